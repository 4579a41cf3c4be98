#include "services/bank/domain/kit_bucket.h"

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>

namespace assay::bank {
namespace {

constexpr std::uint32_t kUnmapped = std::numeric_limits<std::uint32_t>::max();

std::string TextOf(const KitBucket::RoleSet& roles) {
  std::string text;
  for (const QuestionFacts::Role& role : roles) text += role.role + (role.critical ? "!" : "") + " ";
  return text;
}

}  // namespace

QuestionFacts FactsOf(const v1::QuestionContent& content, int revision) {
  QuestionFacts facts;
  facts.id = content.id();
  facts.revision = revision;
  facts.level = content.level();
  facts.kind = content.kind();
  facts.competency = content.competency();
  facts.section = content.section();
  for (const v1::RoleRelevance& role : content.roles()) facts.roles.push_back({role.role(), role.critical()});
  facts.minutes = content.estimated_minutes();
  facts.story = content.story();
  for (const v1::QuestionLink& link : content.links()) {
    if (link.relation() != v1::QUESTION_RELATION_RELATED) facts.variants.push_back(link.question());
  }
  return facts;
}

std::uint64_t HashOf(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  return hash;
}

class KitBucket::Builder {
 public:
  Builder(const KitBucket* before, std::size_t more) : before_(before) {
    const std::size_t size = more + (before == nullptr ? 0 : before->size());
    made_.rows_.reserve(size);
    made_.id_ends_.reserve(size);
    made_.revisions_.reserve(size);
    made_.sections_.reserve(size);
    made_.ids_.reserve(before == nullptr ? more * 8 : before->ids_.size() + more * 8);
    if (before == nullptr) return;
    competency_of_.assign(before->competencies_.size(), kUnmapped);
    roles_of_.assign(before->role_sets_.size(), kUnmapped);
  }

  void Keep(std::size_t row) {
    Row kept = before_->rows_[row];
    std::uint32_t& competency = competency_of_[kept.competency()];
    if (competency == kUnmapped) competency = Competency(before_->competencies_[kept.competency()]);
    std::uint32_t& roles = roles_of_[kept.roles];
    if (roles == kUnmapped) roles = Roles(before_->role_sets_[kept.roles]);
    kept.group = GroupOf(competency, kept.story());
    kept.roles = roles;
    if (kept.has_variants) AddVariants(before_->VariantsOf(row));
    Add(kept, before_->IdOf(row), before_->revisions_[row], before_->sections_[row]);
  }

  void Put(const QuestionFacts& facts) {
    Row row;
    row.hash = HashOf(facts.id);
    row.group = GroupOf(Competency(facts.competency), facts.story);
    row.roles = Roles(facts.roles);
    row.minutes = static_cast<std::uint8_t>(std::clamp(facts.minutes > 0 ? facts.minutes : kDefaultMinutes, 1, 255));
    row.leaked = facts.leaked;
    row.has_variants = !facts.variants.empty();
    AddVariants(facts.variants);
    Add(row, facts.id, facts.revision, HashOf(facts.section));
  }

  KitBucket Take() {
    made_.Mean();
    return std::move(made_);
  }

 private:
  // A story that is not known counts as none.
  static std::uint32_t GroupOf(std::uint32_t competency, v1::StoryKind story) {
    return competency * kStories + (v1::StoryKind_IsValid(story) ? static_cast<std::uint32_t>(story) : 0);
  }
  std::uint32_t Competency(const std::string& id) {
    const auto [at, fresh] = competencies_.emplace(id, made_.competencies_.size());
    if (fresh) made_.competencies_.push_back(id);
    return at->second;
  }
  std::uint32_t Roles(const RoleSet& roles) {
    const auto [at, fresh] = role_sets_.emplace(TextOf(roles), made_.role_sets_.size());
    if (fresh) made_.role_sets_.push_back(roles);
    return at->second;
  }
  void AddVariants(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) made_.variants_.emplace_back(made_.rows_.size(), id);
  }
  void Add(const Row& row, std::string_view id, int revision, std::uint64_t section) {
    made_.rows_.push_back(row);
    made_.ids_ += id;
    made_.id_ends_.push_back(static_cast<std::uint32_t>(made_.ids_.size()));
    made_.revisions_.push_back(revision);
    made_.sections_.push_back(section);
  }

  const KitBucket* before_;
  KitBucket made_;
  std::unordered_map<std::string, std::uint32_t> competencies_;
  std::unordered_map<std::string, std::uint32_t> role_sets_;
  // Where what `before` calls so stands now.
  std::vector<std::uint32_t> competency_of_;
  std::vector<std::uint32_t> roles_of_;
};

KitBucket KitBucket::Merge(const KitBucket* before, const std::vector<const QuestionFacts*>& put,
                           const std::vector<std::string_view>& gone) {
  Builder builder(before, put.size());
  const std::size_t size = before == nullptr ? 0 : before->size();
  std::size_t row = 0;
  std::size_t added = 0;
  std::size_t dropped = 0;
  while (row < size || added < put.size()) {
    if (row == size || (added < put.size() && put[added]->id <= before->IdOf(row))) {
      if (row < size && put[added]->id == before->IdOf(row)) ++row;
      builder.Put(*put[added++]);
      continue;
    }
    const std::string_view id = before->IdOf(row);
    while (dropped < gone.size() && gone[dropped] < id) ++dropped;
    if (dropped == gone.size() || gone[dropped] != id) builder.Keep(row);
    ++row;
  }
  return builder.Take();
}

void KitBucket::Mean() {
  std::map<std::string_view, std::vector<std::pair<std::uint32_t, Meaning>>> by_role;
  for (std::uint32_t set = 0; set < role_sets_.size(); ++set) {
    unnamed_.push_back(role_sets_[set].empty() ? kAnyRole : kOthersOnly);
    for (const QuestionFacts::Role& role : role_sets_[set]) by_role[role.role].emplace_back(set, role.critical ? kNamedCritical : kNamed);
  }
  for (auto& [role, sets] : by_role) named_.emplace_back(role, std::move(sets));
}

std::vector<KitBucket::Meaning> KitBucket::MeaningsFor(std::string_view role) const {
  std::vector<Meaning> meanings = unnamed_;
  const auto at = std::lower_bound(named_.begin(), named_.end(), role,
                                   [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (at == named_.end() || at->first != role) return meanings;
  for (const auto& [set, meaning] : at->second) meanings[set] = std::max(meanings[set], meaning);
  return meanings;
}

std::vector<std::string> KitBucket::VariantsOf(std::size_t row) const {
  std::vector<std::string> ids;
  auto at = std::lower_bound(variants_.begin(), variants_.end(), row,
                             [](const auto& entry, std::size_t wanted) { return entry.first < wanted; });
  for (; at != variants_.end() && at->first == row; ++at) ids.push_back(at->second);
  return ids;
}

int KitBucket::Find(std::string_view id) const {
  std::size_t low = 0;
  std::size_t high = rows_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    (IdOf(middle) < id ? low : high) = IdOf(middle) < id ? middle + 1 : middle;
  }
  return low < rows_.size() && IdOf(low) == id ? static_cast<int>(low) : -1;
}

std::size_t KitBucket::Bytes() const {
  std::size_t bytes = sizeof(*this) + rows_.capacity() * sizeof(Row) + ids_.capacity() + id_ends_.capacity() * 4 +
                      revisions_.capacity() * 4 + sections_.capacity() * 8;
  for (const auto& [row, id] : variants_) bytes += sizeof(std::pair<std::uint32_t, std::string>) + id.capacity();
  for (const std::string& id : competencies_) bytes += sizeof(id) + id.capacity();
  for (const RoleSet& roles : role_sets_) bytes += sizeof(roles) + roles.size() * (sizeof(QuestionFacts::Role) + 16);
  for (const auto& [role, sets] : named_) bytes += sizeof(role) + role.capacity() + sizeof(sets) + sets.capacity() * 8;
  bytes += unnamed_.capacity();
  return bytes;
}

}  // namespace assay::bank
