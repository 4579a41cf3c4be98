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

// One parameter of a query: in PostgreSQL's text form, bytes as they are. Text is checked for NUL before it gets here.
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
  // For a bytea.
  static Value Bytes(std::string bytes);
  // Arrays as text literals: '{"a","b"}' with quoting; a nullopt element is NULL.
  static Value Array(const std::vector<std::string>& elements);
  static Value Array(const std::vector<std::optional<std::string>>& elements);
  static Value Array(const std::vector<int32_t>& elements);
  static Value Array(const std::vector<std::optional<int32_t>>& elements);
  static Value Array(const std::vector<int64_t>& elements);
  static Value Array(const std::vector<bool>& elements);
  static Value ByteArray(const std::vector<std::string>& elements);

  // What is sent, in text form or in binary; nullopt = NULL.
  const std::optional<std::string>& wire() const { return wire_; }
  bool binary() const { return binary_; }
  // In text form, whatever is sent.
  std::optional<std::string> text() const;

 private:
  std::optional<std::string> wire_;
  bool binary_ = false;
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
  // A timestamptz read as `extract(epoch …)*1e6::bigint` is Int64; this parses the ISO text that PostgreSQL prints in UTC.
  Instant Time(int column) const;
  std::optional<Instant> OptionalTime(int column) const;

 private:
  std::string_view Cell(int column, Encoding* encoding) const;

  const void* result_;
  int row_;
};

}  // namespace assay::runtime
