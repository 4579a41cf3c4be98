#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace assay::runtime {

// How a field is compared with a value.
enum class FilterOperator {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kHas,   // field:value
  kBare,  // a field by itself, which is true or false
};

// What stands right of the operator. A star at either end of the text, not behind a backslash, stands for any characters; a
// star alone for any value at all.
struct FilterValue {
  std::string text;
  bool any_before = false;
  bool any_after = false;

  bool wild() const { return any_before || any_after; }
  bool present() const { return wild() && text.empty(); }
  friend bool operator==(const FilterValue&, const FilterValue&) = default;
};

// A filter as it was understood. kAnd without children is the empty filter, which everything passes; otherwise kAnd and kOr
// have two children or more, kNot has one and kTerm none.
struct FilterNode {
  enum class Kind { kAnd, kOr, kNot, kTerm };
  Kind kind = Kind::kAnd;
  std::vector<FilterNode> children;
  // Of a term.
  std::string field;
  FilterOperator op = FilterOperator::kEqual;
  FilterValue value;

  friend bool operator==(const FilterNode&, const FilterNode&) = default;
};

inline constexpr int kMaxFilterDepth = 32;
inline constexpr int kMaxFilterTerms = 100;

// Parses an AIP-160 filter: `level = fresher AND (role:mlops OR tag:retrieval) AND NOT leaked`. OR binds tighter than AND, terms
// side by side are joined by AND, NOT and - negate the term or parenthesis behind them. Values are words or texts in quotes, in
// which \" \' \\ \* \n and \t are escapes. FILTER_INVALID says where and what was expected; also for text that is not UTF-8, for
// more than kMaxFilterTerms terms and for parentheses deeper than kMaxFilterDepth.
absl::StatusOr<FilterNode> ParseFilter(std::string_view filter);

// The canonical text of a filter, which parses to the same.
std::string PrintFilter(const FilterNode& filter);

// "=", "!=", …; empty for kBare.
std::string_view FilterOperatorText(FilterOperator op);

// FILTER_INVALID on the field `filter`.
absl::Status FilterInvalid(std::string description);

}  // namespace assay::runtime
