#include "services/runtime/db/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "services/runtime/base/text.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/db/result_table.h"

namespace assay::runtime {
namespace {

std::string Quoted(std::string_view element) {
  std::string out;
  out.reserve(element.size() + 2);
  out += '"';
  // What needs no escape goes over in one piece.
  for (size_t at = 0; at < element.size();) {
    const size_t escaped = std::min(element.find_first_of("\"\\", at), element.size());
    out.append(element, at, escaped - at);
    if (escaped < element.size()) {
      out += '\\';
      out += element[escaped];
    }
    at = escaped + 1;
  }
  out += '"';
  return out;
}

void AppendBigEndian(uint64_t number, size_t bytes, std::string& out) {
  for (size_t i = bytes; i-- > 0;) out += static_cast<char>(number >> (8 * i));
}

void AppendElement(const std::string& text, std::string& out) {
  AppendBigEndian(text.size(), 4, out);
  out += text;
}
void AppendElement(bool truth, std::string& out) {
  AppendBigEndian(1, 4, out);
  out += static_cast<char>(truth ? 1 : 0);
}
template <std::signed_integral Number>
void AppendElement(Number number, std::string& out) {
  AppendBigEndian(sizeof number, 4, out);
  AppendBigEndian(static_cast<uint64_t>(number), sizeof number, out);
}
template <typename T>
void AppendElement(const std::optional<T>& element, std::string& out) {
  constexpr uint32_t kNull = 0xFFFFFFFF;
  element.has_value() ? AppendElement(*element, out) : AppendBigEndian(kNull, 4, out);
}

size_t SizeOf(const std::string& text) { return text.size(); }
size_t SizeOf(const std::optional<std::string>& text) { return text.has_value() ? text->size() : 0; }
template <typename T>
size_t SizeOf(const T&) {
  return sizeof(int64_t);
}

bool HasNul(std::string_view text) { return text.find('\0') != text.npos; }
bool HasNul(const std::optional<std::string>& text) { return text.has_value() && HasNul(std::string_view(*text)); }

// The binary form of an array: dimensions, a flag, the type of its elements; then length and first index of the one dimension, unless
// it is empty; then each element with its length before it.
constexpr size_t kArrayHeader = 12, kArrayDimension = 8;

// That holds this cell.
const ResultTable& TableWith(const void* result, int row, int column) {
  const auto* table = static_cast<const ResultTable*>(result);
  if (table == nullptr || row < 0 || row >= table->rows || column < 0 || static_cast<size_t>(column) >= table->encodings.size()) {
    throw std::logic_error(fmt::format("the result has no row {}, column {}", row, column));
  }
  return *table;
}

// A mismatch between a SELECT and its reader is a fault of ours; the transaction turns it into INTERNAL.
[[noreturn]] void Mismatch(int column, const char* wanted) {
  throw std::logic_error(fmt::format("column {} is not {}", column, wanted));
}

template <typename Number>
Number Parsed(std::string_view text, int column, const char* wanted) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) Mismatch(column, wanted);
  return number;
}

// Value of each hexadecimal digit in lower case, -1 for other characters.
constexpr std::array<int8_t, 256> kDigitValues = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 10; ++i) values[static_cast<size_t>('0' + i)] = static_cast<int8_t>(i);
  for (int i = 0; i < 6; ++i) values[static_cast<size_t>('a' + i)] = static_cast<int8_t>(10 + i);
  return values;
}();

int Digit(char c) { return kDigitValues[static_cast<unsigned char>(c)]; }

// "2026-11-21 09:30:00.5+00", as PostgreSQL prints a timestamptz with DateStyle ISO in UTC.
std::optional<Instant> ParseTime(std::string_view text) {
  const auto number = [&text](size_t at, size_t length) {
    int value = -1;
    if (at + length <= text.size()) {
      const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + length, value);
      if (error != std::errc() || end != text.data() + at + length) value = -1;
    }
    return value;
  };
  constexpr size_t kSeconds = 19;
  if (text.size() < kSeconds + 3 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':') return std::nullopt;
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (year < 0 || month < 1 || day < 1 || hour < 0 || minute < 0 || second < 0) return std::nullopt;
  size_t at = kSeconds;
  int64_t micros = 0;
  if (text[at] == '.') {
    int64_t scale = 100'000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) micros += (text[at] - '0') * scale;
  }
  if (text.substr(at) != "+00") return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return Instant(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + std::chrono::microseconds(micros);
}

uint64_t BigEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

// '{"a",NULL}' of the binary form.
std::string ArrayText(std::string_view array) {
  const uint64_t type = BigEndian(array.substr(8, 4));
  array.remove_prefix(std::min(array.size(), kArrayHeader + kArrayDimension));
  std::string out = "{";
  while (!array.empty()) {
    const auto length = static_cast<int32_t>(BigEndian(array.substr(0, 4)));
    const std::string_view element = array.substr(4, length < 0 ? 0 : static_cast<size_t>(length));
    if (out.size() > 1) out += ',';
    if (length < 0) {
      out += "NULL";
    } else if (type == kText) {
      out += Quoted(element);
    } else if (type == kBytea) {
      out += Quoted("\\x" + Hex(element));
    } else if (type == kBool) {
      out += element[0] != 0 ? "t" : "f";
    } else {
      const uint64_t number = BigEndian(element);
      out += std::to_string(type == kInt4 ? static_cast<int32_t>(number) : static_cast<int64_t>(number));
    }
    array.remove_prefix(4 + element.size());
  }
  return out + "}";
}

// Microseconds since 2000, as a timestamptz is sent in binary. Infinity is no instant.
std::optional<Instant> TimeOf(int64_t micros) {
  if (micros == std::numeric_limits<int64_t>::max() || micros == std::numeric_limits<int64_t>::min()) return std::nullopt;
  constexpr std::chrono::sys_days kEpoch{std::chrono::year(2000) / 1 / 1};
  return Instant(kEpoch) + std::chrono::microseconds(micros);
}

}  // namespace

template <typename Elements>
Value Value::BinaryArray(const Elements& elements, uint32_t array_type, uint32_t element_type) {
  const bool empty = elements.begin() == elements.end();
  std::string out;
  size_t size = kArrayHeader + kArrayDimension;
  for (const auto& element : elements) size += 4 + SizeOf(element);
  out.reserve(size);
  AppendBigEndian(empty ? 0 : 1, 4, out);  // dimensions
  AppendBigEndian(0, 4, out);              // a flag that the server sets by itself
  AppendBigEndian(element_type, 4, out);
  if (!empty) {
    AppendBigEndian(elements.size(), 4, out);
    AppendBigEndian(1, 4, out);  // the first index
  }
  for (const auto& element : elements) {
    // A proxy in the vector of bool.
    if constexpr (std::is_same_v<Elements, std::vector<bool>>) {
      AppendElement(static_cast<bool>(element), out);
    } else {
      AppendElement(element, out);
    }
  }
  Value value(std::move(out), array_type);
  if (element_type == kText) {
    if constexpr (requires { HasNul(*elements.begin()); }) {
      value.nul_in_array_ = std::any_of(elements.begin(), elements.end(), [](const auto& element) { return HasNul(element); });
    }
  }
  return value;
}

Value Value::Bytes(std::string bytes) { return Value(std::move(bytes), kBytea); }
Value Value::Array(const std::vector<std::string>& elements) { return BinaryArray(elements, kTextArray, kText); }
Value Value::Array(const std::vector<std::optional<std::string>>& elements) { return BinaryArray(elements, kTextArray, kText); }
Value Value::Array(const std::vector<int32_t>& elements) { return BinaryArray(elements, kInt4Array, kInt4); }
Value Value::Array(const std::vector<std::optional<int32_t>>& elements) { return BinaryArray(elements, kInt4Array, kInt4); }
Value Value::Array(const std::vector<int64_t>& elements) { return BinaryArray(elements, kInt8Array, kInt8); }
Value Value::Array(const std::vector<bool>& elements) { return BinaryArray(elements, kBoolArray, kBool); }
Value Value::ByteArray(const std::vector<std::string>& elements) { return BinaryArray(elements, kByteaArray, kBytea); }

bool Value::HoldsNul() const { return nul_in_array_ || (binary_type_ == 0 && HasNul(wire_)); }

std::optional<std::string> Value::text() const {
  if (binary_type_ == 0) return wire_;
  if (binary_type_ == kBytea) return "\\x" + Hex(*wire_);
  return ArrayText(*wire_);
}

Rows::Rows() = default;

bool Row::IsNull(int column) const { return PQgetisnull(TableWith(result_, row_, column).result.get(), row_, column) == 1; }

std::string_view Row::Cell(int column, Encoding* encoding) const {
  if (IsNull(column)) Mismatch(column, "set: it is NULL");
  const ResultTable& table = *static_cast<const ResultTable*>(result_);
  *encoding = table.encodings[static_cast<size_t>(column)];
  return {PQgetvalue(table.result.get(), row_, column), static_cast<size_t>(PQgetlength(table.result.get(), row_, column))};
}

std::string_view Row::Text(int column) const {
  Encoding encoding{};
  const std::string_view cell = Cell(column, &encoding);
  if (encoding != Encoding::kText) Mismatch(column, "a text");
  return cell;
}

std::string Row::String(int column) const {
  Encoding encoding{};
  const std::string_view cell = Cell(column, &encoding);
  switch (encoding) {
    case Encoding::kText: return std::string(cell);
    case Encoding::kBool: return Bool(column) ? "t" : "f";
    case Encoding::kInt32:
    case Encoding::kInt64: return std::to_string(Int64(column));
    default: Mismatch(column, "a text");
  }
}

std::optional<std::string> Row::OptionalString(int column) const {
  if (IsNull(column)) return std::nullopt;
  return String(column);
}

int32_t Row::Int(int column) const {
  const int64_t number = Int64(column);
  if (number != static_cast<int32_t>(number)) Mismatch(column, "an int32");
  return static_cast<int32_t>(number);
}

int64_t Row::Int64(int column) const {
  Encoding encoding{};
  const std::string_view cell = Cell(column, &encoding);
  switch (encoding) {
    case Encoding::kText: return Parsed<int64_t>(cell, column, "an int64");
    case Encoding::kInt32: return static_cast<int32_t>(BigEndian(cell));
    case Encoding::kInt64: return static_cast<int64_t>(BigEndian(cell));
    default: Mismatch(column, "an int64");
  }
}

uint64_t Row::Uint64(int column) const {
  Encoding encoding{};
  const std::string_view cell = Cell(column, &encoding);
  if (encoding == Encoding::kText) return Parsed<uint64_t>(cell, column, "a uint64");
  const int64_t number = Int64(column);
  if (number < 0) Mismatch(column, "a uint64");
  return static_cast<uint64_t>(number);
}

std::optional<int32_t> Row::OptionalInt(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Int(column);
}

bool Row::Bool(int column) const {
  Encoding encoding{};
  const std::string_view cell = Cell(column, &encoding);
  if (encoding == Encoding::kBool) return cell != std::string_view("\0", 1);
  if (encoding != Encoding::kText || (cell != "t" && cell != "f")) Mismatch(column, "a boolean");
  return cell == "t";
}

std::string_view Row::BinaryBytes(int column) const {
  Encoding encoding{};
  const std::string_view cell = Cell(column, &encoding);
  if (encoding != Encoding::kBytes) Mismatch(column, "a bytea in binary");
  return cell;
}

std::string Row::Bytes(int column) const {
  Encoding encoding{};
  std::string_view text = Cell(column, &encoding);
  if (encoding == Encoding::kBytes) return std::string(text);
  if (encoding != Encoding::kText || !text.starts_with("\\x") || text.size() % 2 != 0) Mismatch(column, "a bytea");
  text.remove_prefix(2);
  std::string bytes(text.size() / 2, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) {
    const int high = Digit(text[2 * i]), low = Digit(text[2 * i + 1]);
    if (high < 0 || low < 0) Mismatch(column, "a bytea");
    bytes[i] = static_cast<char>(high << 4 | low);
  }
  return bytes;
}

Instant Row::Time(int column) const {
  Encoding encoding{};
  const std::string_view cell = Cell(column, &encoding);
  std::optional<Instant> instant;
  if (encoding == Encoding::kText) instant = ParseTime(cell);
  if (encoding == Encoding::kTime) instant = TimeOf(static_cast<int64_t>(BigEndian(cell)));
  if (!instant.has_value()) Mismatch(column, "a timestamptz");
  return *instant;
}

std::optional<Instant> Row::OptionalTime(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Time(column);
}

}  // namespace assay::runtime
