#include "services/runtime/base/rational.h"

#include <algorithm>

#include <fmt/format.h>

#include "absl/status/status.h"

namespace assay::runtime {
namespace {

using Integer = boost::multiprecision::cpp_int;

constexpr int kDecimalPlaces = 6;
constexpr std::size_t kLongestNumber = 40;

bool AllDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Digits only; a leading zero would make cpp_int read octal, so the number is built up by hand.
Integer Digits(std::string_view text) {
  Integer value = 0;
  for (const char c : text) value = value * 10 + (c - '0');
  return value;
}

absl::Status NotANumber(std::string_view text) {
  return absl::InvalidArgumentError(
      fmt::format("'{}' is not a number such as 3.5, 7/2 or 4", text.substr(0, kLongestNumber)));
}

}  // namespace

Rational Fraction(std::int64_t numerator, std::int64_t denominator) {
  return Rational(Integer(numerator), Integer(denominator));
}

Rational FromMilli(std::int64_t thousandths) { return Fraction(thousandths, 1000); }

Rational FromBasisPoints(std::int64_t basis_points) { return Fraction(basis_points, 10000); }

std::string ToString(const Rational& value) {
  const Integer top = boost::multiprecision::numerator(value);
  const Integer bottom = boost::multiprecision::denominator(value);
  return bottom == 1 ? top.str() : top.str() + "/" + bottom.str();
}

std::string DecimalString(const Rational& value) {
  Integer top = boost::multiprecision::numerator(value);
  const Integer bottom = boost::multiprecision::denominator(value);
  const bool negative = top < 0;
  if (negative) top = -top;
  const Integer whole = top / bottom;
  Integer rest = top % bottom;
  std::string places;
  for (int place = 0; place < kDecimalPlaces && rest != 0; ++place) {
    rest *= 10;
    const Integer digit = rest / bottom;
    places += digit.str();
    rest %= bottom;
  }
  places.erase(places.find_last_not_of('0') + 1);
  std::string text = whole.str();
  if (!places.empty()) text += "." + places;
  // What is cut off to nothing has no sign: "-0" is not a number anybody writes.
  return negative && text != "0" ? "-" + text : text;
}

absl::StatusOr<Rational> ParseRational(std::string_view text) {
  if (text.empty() || text.size() > kLongestNumber) return NotANumber(text);
  std::string_view body = text;
  const bool negative = body.front() == '-';
  if (negative) body.remove_prefix(1);
  Integer top;
  Integer bottom = 1;
  if (const auto slash = body.find('/'); slash != std::string_view::npos) {
    const std::string_view above = body.substr(0, slash);
    const std::string_view below = body.substr(slash + 1);
    if (above.empty() || below.empty() || !AllDigits(above) || !AllDigits(below))
      return NotANumber(text);
    top = Digits(above);
    bottom = Digits(below);
    if (bottom == 0) return NotANumber(text);
  } else {
    const auto point = body.find('.');
    const std::string_view whole = body.substr(0, point);
    const std::string_view places =
        point == std::string_view::npos ? std::string_view() : body.substr(point + 1);
    if (whole.empty() && places.empty()) return NotANumber(text);
    if (point != std::string_view::npos && places.empty()) return NotANumber(text);
    if (!AllDigits(whole) || !AllDigits(places)) return NotANumber(text);
    top = Digits(whole);
    for (const char c : places) {
      top = top * 10 + (c - '0');
      bottom *= 10;
    }
  }
  const Rational value(top, bottom);
  return negative ? Rational(-value) : value;
}

}  // namespace assay::runtime
