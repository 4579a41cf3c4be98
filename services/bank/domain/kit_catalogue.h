#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/bank/v1/pack.pb.h"
#include "services/bank/domain/kit_bucket.h"
#include "services/bank/domain/kit_facts.h"

namespace assay::bank {

// What kits are drawn from: facts of published questions and the catalogue entries that shape a kit. A value that is cheap to
// copy and immutable: a change gives another one, which shares all that did not change (one bucket of a level and kind is
// made anew for a question, a copy of its counts for a use). About 72 bytes a question.
class KitCatalogue {
 public:
  // Entries of the catalogue.
  struct Entries {
    std::vector<v1::Format> formats;
    std::vector<v1::RoleGuide> roles;
    // Basis points by competency id.
    std::map<std::string, int> weights;
    std::string default_format;
    // Revision name of the policy of each role, `policies/standard@2`; of roles without one the pack's default.
    std::map<std::string, std::string> policies;
    // Ids of the checks on kits, by number.
    std::map<int, std::string> checks;
  };
  // How often a question may be used: `max_uses` 0 = without a cap. `days` is the window that uses are counted in.
  struct Cap {
    int max_uses = 0;
    int days = 90;
    bool operator==(const Cap&) const = default;
  };
  // All at once, for tests and offline use.
  struct Parts {
    std::vector<QuestionFacts> questions;
    std::vector<v1::Format> formats;
    std::vector<v1::RoleGuide> roles;
    std::map<std::string, int> weights;
    std::string default_format;
    Cap cap;
  };
  struct Bucket {
    v1::Level level = v1::LEVEL_UNSPECIFIED;
    v1::QuestionKind kind = v1::QUESTION_KIND_UNSPECIFIED;
    std::shared_ptr<const KitBucket> questions;
    // Uses of each, in the same order.
    std::shared_ptr<const std::vector<int>> uses;

    std::size_t size() const { return questions == nullptr ? 0 : questions->size(); }
  };

  KitCatalogue();
  explicit KitCatalogue(Parts parts);
  // Every question of a pack, at revision 1.
  static KitCatalogue FromPack(const v1::Pack& pack);

  // With these questions added or replaced (their uses included) and those `gone` taken out, whatever the order.
  KitCatalogue With(std::vector<QuestionFacts> put, std::vector<std::string> gone) const;
  KitCatalogue WithEntries(Entries entries) const;
  KitCatalogue WithCap(Cap cap) const;
  // With counts of these questions replaced; unknown ones are left out.
  KitCatalogue WithUses(const std::vector<std::pair<std::string, int>>& uses) const;
  // With one use more of each.
  KitCatalogue WithUsed(const std::vector<std::string>& questions) const;

  std::size_t size() const;
  std::size_t Bytes() const;
  // Of every question, bucket by bucket.
  std::vector<std::string> Ids() const;
  const std::vector<v1::Format>& formats() const { return entries_->formats; }
  const std::vector<v1::RoleGuide>& roles() const { return entries_->roles; }
  const std::string& default_format() const { return entries_->default_format; }
  const std::map<int, std::string>& checks() const { return entries_->checks; }
  const Cap& cap() const { return cap_; }
  // Basis points; 0 for an unknown competency.
  int WeightOf(const std::string& competency) const;
  // Revision name of a role's policy; empty where there is none.
  std::string PolicyOf(const std::string& role) const;
  const v1::RoleGuide* FindRole(std::string_view id) const;
  const v1::Format* FindFormat(std::string_view id) const;

  const Bucket& BucketOf(v1::Level level, v1::QuestionKind kind) const;
  // Where a question stands.
  struct Place {
    const Bucket* bucket = nullptr;
    std::size_t row = 0;
    bool found() const { return bucket != nullptr; }
  };
  Place Find(std::string_view id) const;

 private:
  static constexpr std::size_t kBuckets = (v1::Level_MAX + 1) * (v1::QuestionKind_MAX + 1);

  // Copies of the counts that change, made on first touch.
  class UseEdit;

  std::array<Bucket, kBuckets> buckets_;
  std::shared_ptr<const Entries> entries_;
  Cap cap_;
};

}  // namespace assay::bank
