#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "services/runtime/base/rational.h"

namespace assay::runtime {

// A JSON value whose text is a function of its content alone: keys in byte order, no spaces, no
// floating point. Decisions are hashed and replayed in this form, because protobuf's serialisation
// may change between versions.
class Json {
 public:
  using List = std::vector<Json>;
  using Object = std::map<std::string, Json, std::less<>>;

  Json() = default;                                          // null
  Json(bool value) : value_(value) {}                        // NOLINT(google-explicit-constructor)
  Json(int value) : value_(Token{std::to_string(value)}) {}  // NOLINT(google-explicit-constructor)
  Json(std::int64_t value)
      : value_(Token{std::to_string(value)}) {}          // NOLINT(google-explicit-constructor)
  Json(std::string value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Json(std::string_view value)
      : value_(std::string(value)) {}                      // NOLINT(google-explicit-constructor)
  Json(const char* value) : value_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Json(List value) : value_(std::move(value)) {}           // NOLINT(google-explicit-constructor)
  Json(Object value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  // A rational is a string, reduced: "193/50".
  Json(const Rational& value) : value_(ToString(value)) {}  // NOLINT(google-explicit-constructor)
  // A number written as DecimalString writes it.
  static Json Decimal(const Rational& value);

  // One line, as hashed.
  std::string Canonical() const;
  // The same content over several lines, for people.
  std::string Pretty() const;

 private:
  struct Token {
    std::string text;
  };
  void Write(std::string& out, int depth, bool pretty) const;

  std::variant<std::monostate, bool, Token, std::string, List, Object> value_;
};

}  // namespace assay::runtime
