#include "services/runtime/paging/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

class Reader {
 public:
  Reader(std::string_view text, const std::vector<std::string>& fields) : text_(text), fields_(fields) {}

  absl::StatusOr<std::map<std::string, std::string>> Read() {
    std::map<std::string, std::string> terms;
    Skip();
    while (!text_.empty()) {
      ASSIGN_OR_RETURN(const std::string field, Word());
      if (std::find(fields_.begin(), fields_.end(), field) == fields_.end()) return Bad(fmt::format("unknown field \"{}\"", field));
      if (text_.empty() || text_.front() != '=') return Bad(fmt::format("expected = after {}", field));
      text_.remove_prefix(1);
      Skip();
      ASSIGN_OR_RETURN(std::string value, Value());
      if (!terms.emplace(field, std::move(value)).second) return Bad(fmt::format("{} is named twice", field));
      if (text_.empty()) break;
      ASSIGN_OR_RETURN(const std::string joint, Word());
      if (joint != "AND") return Bad(fmt::format("expected AND, found \"{}\"", joint));
      if (text_.empty()) return Bad("ends after AND");
    }
    return terms;
  }

 private:
  absl::Status Bad(const std::string& what) const {
    std::string known;
    for (const std::string& field : fields_) known += (known.empty() ? "" : ", ") + field;
    return InvalidFields({{"filter", fmt::format("{}; write terms like field = \"value\" joined by AND; known fields: {}", what, known)}},
                         v1::ERROR_REASON_FILTER_INVALID);
  }

  void Skip() {
    while (!text_.empty() && std::isspace(static_cast<unsigned char>(text_.front()))) text_.remove_prefix(1);
  }

  absl::StatusOr<std::string> Word() {
    size_t size = 0;
    while (size < text_.size()) {
      const unsigned char c = text_[size];
      if (std::isspace(c) || c == '=' || c == '"' || c == '(' || c == ')') break;
      ++size;
    }
    if (size == 0) return Bad("expected a word");
    std::string word(text_.substr(0, size));
    text_.remove_prefix(size);
    Skip();
    return word;
  }

  absl::StatusOr<std::string> Value() {
    if (text_.empty() || text_.front() != '"') return Word();
    text_.remove_prefix(1);
    std::string value;
    while (!text_.empty() && text_.front() != '"') {
      if (text_.front() == '\\' && text_.size() > 1) text_.remove_prefix(1);
      value += text_.front();
      text_.remove_prefix(1);
    }
    if (text_.empty()) return Bad("a quote is not closed");
    text_.remove_prefix(1);
    Skip();
    return value;
  }

  std::string_view text_;
  const std::vector<std::string>& fields_;
};

}  // namespace

absl::StatusOr<std::map<std::string, std::string>> ParseFilter(std::string_view filter, const std::vector<std::string>& fields) {
  return Reader(filter, fields).Read();
}

std::optional<std::string> TermOf(const std::map<std::string, std::string>& terms, const std::string& field) {
  const auto found = terms.find(field);
  return found == terms.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace assay::runtime
