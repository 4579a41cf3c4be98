#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/runtime/base/instant.h"

namespace assay::runtime {

// One parameter of a query.
class Value {
 public:
  Value(std::string_view text) : wire_(std::string(text)) {}
  Value(const std::string& text) : wire_(text) {}
  Value(std::string&& text) : wire_(std::move(text)) {}
  Value(const char* text) : wire_(text) {}
  Value(int32_t number) : wire_(std::to_string(number)) {}
  Value(int64_t number) : wire_(std::to_string(number)) {}
  Value(uint64_t number) : wire_(std::to_string(number)) {}
  Value(bool truth) : wire_(truth ? "t" : "f") {}
  Value(Instant instant) : wire_(ToText(instant)) {}
  Value(std::nullopt_t) {}
  template <typename T>
  Value(const std::optional<T>& value) {
    if (value.has_value()) *this = Value(*value);
  }
  // Bytes and arrays are sent in binary where the parameter is of just that type, which spares both sides the digits and the quoting.
  static Value Bytes(std::string bytes);  // bytea
  static Value Array(const std::vector<std::string>& elements);  // text[]; a nullopt element is NULL
  static Value Array(const std::vector<std::optional<std::string>>& elements);
  static Value Array(const std::vector<int32_t>& elements);  // integer[]
  static Value Array(const std::vector<std::optional<int32_t>>& elements);
  static Value Array(const std::vector<int64_t>& elements);  // bigint[]
  static Value Array(const std::vector<bool>& elements);     // boolean[]
  static Value ByteArray(const std::vector<std::string>& elements);  // bytea[]

  bool null() const { return !wire_.has_value(); }
  // The type whose binary form wire() is, as the server numbers them; 0 = text form.
  uint32_t binary_type() const { return binary_type_; }
  const std::string& wire() const { return *wire_; }
  // In text form, whatever wire() is; nullopt = NULL.
  std::optional<std::string> text() const;
  // Whether a text holds a NUL, which PostgreSQL cannot store.
  bool HoldsNul() const;

 private:
  Value(std::string wire, uint32_t binary_type) : wire_(std::move(wire)), binary_type_(binary_type) {}
  template <typename Elements>
  static Value BinaryArray(const Elements& elements, uint32_t array_type, uint32_t element_type);

  std::optional<std::string> wire_;
  uint32_t binary_type_ = 0;
  bool nul_in_array_ = false;
};

enum class Encoding;

// One row of a result; columns by position, in the order of the SELECT. Valid as long as its Rows. A result that comes in binary (see
// Connection) is read by what its columns are; std::logic_error where something else is asked for.
class Row {
 public:
  Row(const void* result, int row) : result_(result), row_(row) {}
  bool IsNull(int column) const;
  std::string_view Text(int column) const;
  // Numbers and truth as PostgreSQL prints them.
  std::string String(int column) const;
  std::optional<std::string> OptionalString(int column) const;
  int32_t Int(int column) const;
  int64_t Int64(int column) const;
  uint64_t Uint64(int column) const;
  std::optional<int32_t> OptionalInt(int column) const;
  bool Bool(int column) const;
  // Decodes bytea.
  std::string Bytes(int column) const;
  // Those of a result that comes in binary, where they are.
  std::string_view BinaryBytes(int column) const;
  // A timestamptz read as `extract(epoch …)*1e6::bigint` is Int64; this parses the ISO text that PostgreSQL prints in UTC.
  Instant Time(int column) const;
  std::optional<Instant> OptionalTime(int column) const;

 private:
  std::string_view Cell(int column, Encoding* encoding) const;

  const void* result_;
  int row_;
};

}  // namespace assay::runtime
