#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "assay/bank/v1/pack.pb.h"
#include "services/runtime/base/names.h"

namespace assay::bank {

// What entries of a pack may refer to: its entries of one kind.
struct LintTarget {
  // As in the names of the API; empty for what is not looked for outside the pack.
  const char* collection;
  // For people.
  const char* kind;
  std::set<std::string> ids = {};
};

// How the references of a pack are looked up: in the pack itself, and among names that are known to be there outside of it.
class LintLookup {
 public:
  // What is found in neither is added to `open` where it is an id at all, up to a limit. Keeps references to all three.
  LintLookup(const v1::Pack& pack, const std::set<std::string>& elsewhere, std::set<std::string>* open = nullptr)
      : omitted_(pack.omitted_questions().begin(), pack.omitted_questions().end()), elsewhere_(elsewhere), open_(open) {}

  bool Knows(const LintTarget& target, const std::string& id) {
    if (target.ids.count(id) > 0) return true;
    if (*target.collection == '\0') return false;
    std::string name = fmt::format("{}/{}", target.collection, id);
    if (elsewhere_.count(name) > 0) return true;
    if (open_ == nullptr || !runtime::IsIdentifier(id)) return false;
    std::size_t& noted = noted_[target.collection];
    if (noted < kMaxOpen && open_->insert(std::move(name)).second) ++noted;
    return false;
  }
  // Whether the pack says that it lacks this question on purpose.
  bool Omits(const std::string& question) const { return omitted_.count(question) > 0; }

 private:
  // Of each collection.
  static constexpr std::size_t kMaxOpen = 10'000;

  const std::set<std::string> omitted_;
  const std::set<std::string>& elsewhere_;
  std::set<std::string>* const open_;
  std::map<std::string, std::size_t> noted_;
};

}  // namespace assay::bank
