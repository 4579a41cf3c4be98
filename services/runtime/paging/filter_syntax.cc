#include "services/runtime/paging/filter_syntax.h"

#include <fmt/format.h>

#include <cctype>
#include <optional>
#include <utility>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"

namespace assay::runtime {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool EndsWord(char c) { return IsSpace(c) || std::string_view("()\"'=<>!,").find(c) != std::string_view::npos; }

bool IsFieldName(std::string_view word) {
  if (word.empty() || !(std::isalpha(static_cast<unsigned char>(word.front())))) return false;
  for (const char c : word) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.') return false;
  }
  return word.back() != '.';
}

// At most 40 characters of what was written, for a message.
std::string Excerpt(std::string_view text) {
  constexpr size_t kMost = 40;
  if (text.size() <= kMost) return std::string(text);
  size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

FilterNode Joined(FilterNode::Kind kind, std::vector<FilterNode> children) {
  if (children.size() == 1) return std::move(children.front());
  FilterNode node;
  node.kind = kind;
  node.children = std::move(children);
  return node;
}

// Recursive descent over the grammar of AIP-160; a parenthesis is the only thing that recurses.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<FilterNode> Parse() {
    if (!IsUtf8(text_) || text_.find('\0') != std::string_view::npos) return FilterInvalid("must be well-formed UTF-8 without NUL (U+0000)");
    Skip();
    if (Done()) return FilterNode();
    ASSIGN_OR_RETURN(FilterNode node, Expression(0));
    if (!Done()) return Bad("a parenthesis is closed that was not opened");
    return node;
  }

 private:
  absl::Status Bad(const std::string& what) const { return FilterInvalid(fmt::format("at character {}: {}", CodePoints(text_.substr(0, at_)) + 1, what)); }

  bool Done() const { return at_ >= text_.size(); }
  char Peek() const { return Done() ? '\0' : text_[at_]; }
  void Skip() {
    while (!Done() && IsSpace(text_[at_])) ++at_;
  }
  // The word that starts here, without taking it.
  std::string_view Word() const {
    size_t end = at_;
    while (end < text_.size() && !EndsWord(text_[end]) && text_[end] != ':') ++end;
    return text_.substr(at_, end - at_);
  }
  bool Take(std::string_view word) {
    if (Word() != word) return false;
    at_ += word.size();
    Skip();
    return true;
  }

  // Factors joined by AND or by standing side by side.
  absl::StatusOr<FilterNode> Expression(int depth) {
    std::vector<FilterNode> factors;
    do {
      ASSIGN_OR_RETURN(FilterNode factor, Factor(depth));
      factors.push_back(std::move(factor));
      const bool joined = Take("AND");
      if (!joined && (Done() || Peek() == ')')) break;
    } while (true);
    return Joined(FilterNode::Kind::kAnd, std::move(factors));
  }

  absl::StatusOr<FilterNode> Factor(int depth) {
    std::vector<FilterNode> terms;
    do {
      ASSIGN_OR_RETURN(FilterNode term, Term(depth));
      terms.push_back(std::move(term));
    } while (Take("OR"));
    return Joined(FilterNode::Kind::kOr, std::move(terms));
  }

  absl::StatusOr<FilterNode> Term(int depth) {
    bool negated = Take("NOT");
    if (!negated && Peek() == '-') {
      negated = true;
      ++at_;
    }
    ASSIGN_OR_RETURN(FilterNode simple, Simple(depth));
    if (!negated) return simple;
    FilterNode node;
    node.kind = FilterNode::Kind::kNot;
    node.children.push_back(std::move(simple));
    return node;
  }

  absl::StatusOr<FilterNode> Simple(int depth) {
    if (Done()) return Bad("the filter ends where a term is expected");
    if (Peek() == '(') {
      if (depth >= kMaxFilterDepth) return Bad(fmt::format("parentheses are nested deeper than {}", kMaxFilterDepth));
      ++at_;
      Skip();
      ASSIGN_OR_RETURN(FilterNode inner, Expression(depth + 1));
      if (Peek() != ')') return Bad("a parenthesis is not closed");
      ++at_;
      Skip();
      return inner;
    }
    return Restriction();
  }

  absl::StatusOr<FilterNode> Restriction() {
    if (++terms_ > kMaxFilterTerms) return Bad(fmt::format("more than {} terms", kMaxFilterTerms));
    if (Peek() == ')') return Bad("a term is expected before the parenthesis closes");
    if (Peek() == '"' || Peek() == '\'') return Bad("a text stands alone; write field = \"text\"");
    const std::string_view word = Word();
    if (word == "AND" || word == "OR" || word == "NOT") return Bad(fmt::format("a term is expected, found {}", word));
    if (!IsFieldName(word)) {
      return Bad(word.empty() ? fmt::format("the name of a field is expected, found \"{}\"", Excerpt(text_.substr(at_)))
                              : fmt::format("\"{}\" is not the name of a field; write field = value", Excerpt(word)));
    }
    at_ += word.size();
    Skip();
    FilterNode node;
    node.kind = FilterNode::Kind::kTerm;
    node.field = std::string(word);
    node.op = TakeOperator();
    if (node.op == FilterOperator::kBare) {
      if (Peek() == '!') return Bad("! is no operator; write NOT before a term or != within it");
      return node;
    }
    ASSIGN_OR_RETURN(node.value, Value());
    return node;
  }

  FilterOperator TakeOperator() {
    static constexpr std::pair<std::string_view, FilterOperator> kOperators[] = {
        {"!=", FilterOperator::kNotEqual}, {"<=", FilterOperator::kLessOrEqual}, {">=", FilterOperator::kGreaterOrEqual},
        {"=", FilterOperator::kEqual},     {"<", FilterOperator::kLess},         {">", FilterOperator::kGreater},
        {":", FilterOperator::kHas}};
    for (const auto& [text, op] : kOperators) {
      if (text_.substr(at_, text.size()) != text) continue;
      at_ += text.size();
      Skip();
      return op;
    }
    return FilterOperator::kBare;
  }

  absl::StatusOr<FilterValue> Value() {
    if (Done()) return Bad("the filter ends where a value is expected");
    if (Peek() == '(') return Bad("a value is expected; write (field = a OR field = b)");
    if (Peek() == '"' || Peek() == '\'') return Quoted();
    const size_t start = at_;
    while (!Done() && !EndsWord(Peek())) ++at_;
    if (at_ == start) return Bad("a value is expected; put it in quotes where it has other characters than letters and digits");
    const std::string_view word = text_.substr(start, at_ - start);
    std::vector<bool> stars;
    for (const char c : word) stars.push_back(c == '*');
    ASSIGN_OR_RETURN(FilterValue value, Wild(std::string(word), stars));
    Skip();
    return value;
  }

  absl::StatusOr<FilterValue> Quoted() {
    const char quote = text_[at_++];
    std::string value;
    std::vector<bool> stars;  // of each byte: a star that was not escaped
    while (!Done() && Peek() != quote) {
      char c = text_[at_++];
      const bool escaped = c == '\\';
      if (escaped) {
        if (Done()) break;
        c = text_[at_++];
        if (c == 'n' || c == 't') {
          c = c == 'n' ? '\n' : '\t';
        } else if (std::string_view("\"'\\*").find(c) == std::string_view::npos) {
          at_ -= 2;
          return Bad("a backslash may stand before \" ' \\ * n and t alone; write \\\\ for one");
        }
      }
      value += c;
      stars.push_back(c == '*' && !escaped);
    }
    if (Done()) return Bad("a quote is not closed");
    ++at_;
    ASSIGN_OR_RETURN(FilterValue wild, Wild(std::move(value), stars));
    Skip();
    return wild;
  }

  absl::StatusOr<FilterValue> Wild(std::string text, const std::vector<bool>& stars) const {
    FilterValue value;
    size_t first = 0;
    size_t last = text.size();
    if (first < last && stars[first]) {
      value.any_before = true;
      ++first;
    }
    if (first < last && stars[last - 1]) {
      value.any_after = true;
      --last;
    }
    for (size_t i = first; i < last; ++i) {
      if (stars[i]) return Bad("a * stands at the start or the end of a value; write \\* in quotes for the character");
    }
    value.text = text.substr(first, last - first);
    return value;
  }

  const std::string_view text_;
  size_t at_ = 0;
  int terms_ = 0;
};

std::string Printed(const FilterValue& value) {
  std::string out = value.any_before ? "\"*" : "\"";
  for (const char c : value.text) {
    if (c == '\n' || c == '\t') {
      out += c == '\n' ? "\\n" : "\\t";
      continue;
    }
    if (c == '"' || c == '\\' || c == '*') out += '\\';
    out += c;
  }
  return out + (value.any_after ? "*\"" : "\"");
}

std::string Within(const FilterNode& node) {
  const bool composite = node.kind == FilterNode::Kind::kAnd || node.kind == FilterNode::Kind::kOr;
  return composite ? "(" + PrintFilter(node) + ")" : PrintFilter(node);
}

}  // namespace

absl::Status FilterInvalid(std::string description) {
  return InvalidFields({{"filter", std::move(description)}}, v1::ERROR_REASON_FILTER_INVALID);
}

std::string_view FilterOperatorText(FilterOperator op) {
  switch (op) {
    case FilterOperator::kEqual: return "=";
    case FilterOperator::kNotEqual: return "!=";
    case FilterOperator::kLess: return "<";
    case FilterOperator::kLessOrEqual: return "<=";
    case FilterOperator::kGreater: return ">";
    case FilterOperator::kGreaterOrEqual: return ">=";
    case FilterOperator::kHas: return ":";
    case FilterOperator::kBare: return "";
  }
  return "";
}

absl::StatusOr<FilterNode> ParseFilter(std::string_view filter) { return Parser(filter).Parse(); }

std::string PrintFilter(const FilterNode& filter) {
  switch (filter.kind) {
    case FilterNode::Kind::kTerm:
      if (filter.op == FilterOperator::kBare) return filter.field;
      return fmt::format("{} {} {}", filter.field, FilterOperatorText(filter.op), Printed(filter.value));
    case FilterNode::Kind::kNot:
      // NOT of a NOT needs the parenthesis, because the grammar has one NOT per term.
      return filter.children[0].kind == FilterNode::Kind::kNot ? "NOT (" + PrintFilter(filter.children[0]) + ")"
                                                               : "NOT " + Within(filter.children[0]);
    case FilterNode::Kind::kAnd:
    case FilterNode::Kind::kOr: {
      std::string out;
      for (const FilterNode& child : filter.children) {
        if (!out.empty()) out += filter.kind == FilterNode::Kind::kAnd ? " AND " : " OR ";
        out += Within(child);
      }
      return out;
    }
  }
  return "";
}

}  // namespace assay::runtime
