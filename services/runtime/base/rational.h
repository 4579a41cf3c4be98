#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace assay::runtime {

// Exact number. Every comparison that an outcome rests on is made on these, never on doubles
// (DOMAIN §2); cpp_rational because products of reduced fractions overflow 64 bits.
using Rational = boost::multiprecision::cpp_rational;

// `numerator / denominator`; the denominator must not be 0.
Rational Fraction(std::int64_t numerator, std::int64_t denominator);

// 3500 → 7/2.
Rational FromMilli(std::int64_t thousandths);

// 2000 → 1/5.
Rational FromBasisPoints(std::int64_t basis_points);

// Reduced: "193/50", "-1/3", or "4" when whole.
std::string ToString(const Rational& value);

// Exact when the decimal ends within six places, else cut off (never rounded) there: "3.86", "4",
// "3.333333".
std::string DecimalString(const Rational& value);

// Reads "193/50", "3.86", ".8" or "-4". INVALID_ARGUMENT for anything else, a zero denominator or
// over 40 characters.
absl::StatusOr<Rational> ParseRational(std::string_view text);

}  // namespace assay::runtime
