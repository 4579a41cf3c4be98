#include "services/bank/domain/kit_catalogue.h"

#include <algorithm>

namespace assay::bank {
namespace {

template <typename Entries>
auto FindById(const Entries& entries, std::string_view id) -> decltype(entries.data()) {
  for (const auto& entry : entries) {
    if (entry.id() == id) return &entry;
  }
  return nullptr;
}

constexpr std::size_t kKinds = v1::QuestionKind_MAX + 1;

// Of a level and kind that this version knows; a newer one may have stored others.
bool InRange(v1::Level level, v1::QuestionKind kind) { return v1::Level_IsValid(level) && v1::QuestionKind_IsValid(kind); }

std::size_t IndexOf(v1::Level level, v1::QuestionKind kind) {
  return static_cast<std::size_t>(level) * kKinds + static_cast<std::size_t>(kind);
}

}  // namespace

class KitCatalogue::UseEdit {
 public:
  explicit UseEdit(KitCatalogue& catalogue) : catalogue_(catalogue), edited_(catalogue.buckets_.size()) {}
  ~UseEdit() {
    for (std::size_t i = 0; i < edited_.size(); ++i) {
      if (edited_[i] != nullptr) catalogue_.buckets_[i].uses = std::move(edited_[i]);
    }
  }
  // The count of a question, to be changed; null for an unknown one.
  int* Of(std::string_view id) {
    const Place place = catalogue_.Find(id);
    if (!place.found()) return nullptr;
    auto& copy = edited_[static_cast<std::size_t>(place.bucket - catalogue_.buckets_.data())];
    if (copy == nullptr) copy = std::make_shared<std::vector<int>>(*place.bucket->uses);
    return &(*copy)[place.row];
  }

 private:
  KitCatalogue& catalogue_;
  std::vector<std::shared_ptr<std::vector<int>>> edited_;
};

KitCatalogue::KitCatalogue() : entries_(std::make_shared<const Entries>()) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    buckets_[i].level = static_cast<v1::Level>(i / kKinds);
    buckets_[i].kind = static_cast<v1::QuestionKind>(i % kKinds);
  }
}

KitCatalogue::KitCatalogue(Parts parts) : KitCatalogue() {
  Entries entries;
  entries.formats = std::move(parts.formats);
  entries.roles = std::move(parts.roles);
  entries.weights = std::move(parts.weights);
  entries.default_format = std::move(parts.default_format);
  *this = With(std::move(parts.questions), {}).WithEntries(std::move(entries)).WithCap(parts.cap);
}

KitCatalogue KitCatalogue::FromPack(const v1::Pack& pack) {
  Parts parts;
  for (const v1::QuestionContent& question : pack.questions()) parts.questions.push_back(FactsOf(question, 1));
  parts.formats.assign(pack.formats().begin(), pack.formats().end());
  parts.roles.assign(pack.roles().begin(), pack.roles().end());
  for (const v1::Competency& competency : pack.competencies()) {
    parts.weights[competency.id()] = competency.weight_basis_points();
  }
  parts.default_format = pack.default_format();
  return KitCatalogue(std::move(parts));
}

KitCatalogue KitCatalogue::With(std::vector<QuestionFacts> put, std::vector<std::string> gone) const {
  KitCatalogue next = *this;
  std::stable_sort(put.begin(), put.end(), [](const QuestionFacts& a, const QuestionFacts& b) { return a.id < b.id; });
  std::array<std::vector<const QuestionFacts*>, kBuckets> put_of;
  std::vector<std::string_view> moved;
  for (std::size_t i = 0; i < put.size(); ++i) {
    // Named twice: the last one counts. One of no level or kind that we know can be in no kit.
    if (i + 1 < put.size() && put[i + 1].id == put[i].id) continue;
    moved.push_back(put[i].id);
    if (!InRange(put[i].level, put[i].kind)) continue;
    put_of[IndexOf(put[i].level, put[i].kind)].push_back(&put[i]);
  }
  // Whatever is put leaves the bucket it stood in, which may be another one than it goes to.
  for (const std::string& id : gone) moved.push_back(id);
  std::sort(moved.begin(), moved.end());
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const KitBucket* before = buckets_[i].questions.get();
    std::vector<std::string_view> out;
    if (before != nullptr) {
      std::copy_if(moved.begin(), moved.end(), std::back_inserter(out),
                   [&](std::string_view id) { return before->Find(id) >= 0; });
    }
    if (out.empty() && put_of[i].empty()) continue;
    auto made = std::make_shared<const KitBucket>(KitBucket::Merge(before, put_of[i], out));
    auto uses = std::make_shared<std::vector<int>>(made->size(), 0);
    // Both are in order of id: the counts of what stayed are found walking along.
    for (std::size_t row = 0, old = 0; before != nullptr && row < made->size() && old < before->size();) {
      const int order = made->IdOf(row).compare(before->IdOf(old));
      if (order == 0) (*uses)[row] = (*buckets_[i].uses)[old];
      row += order <= 0 ? 1 : 0;
      old += order >= 0 ? 1 : 0;
    }
    for (const QuestionFacts* facts : put_of[i]) (*uses)[static_cast<std::size_t>(made->Find(facts->id))] = facts->exposure;
    next.buckets_[i].questions = std::move(made);
    next.buckets_[i].uses = std::move(uses);
  }
  return next;
}

KitCatalogue KitCatalogue::WithEntries(Entries entries) const {
  KitCatalogue next = *this;
  next.entries_ = std::make_shared<const Entries>(std::move(entries));
  return next;
}

KitCatalogue KitCatalogue::WithCap(Cap cap) const {
  KitCatalogue next = *this;
  next.cap_ = cap;
  return next;
}

KitCatalogue KitCatalogue::WithUses(const std::vector<std::pair<std::string, int>>& uses) const {
  KitCatalogue next = *this;
  {
    UseEdit edit(next);
    for (const auto& [id, count] : uses) {
      if (int* known = edit.Of(id)) *known = count;
    }
  }
  return next;
}

KitCatalogue KitCatalogue::WithUsed(const std::vector<std::string>& questions) const {
  KitCatalogue next = *this;
  {
    UseEdit edit(next);
    for (const std::string& id : questions) {
      if (int* known = edit.Of(id)) ++*known;
    }
  }
  return next;
}

std::size_t KitCatalogue::size() const {
  std::size_t size = 0;
  for (const Bucket& bucket : buckets_) size += bucket.size();
  return size;
}

std::size_t KitCatalogue::Bytes() const {
  std::size_t bytes = sizeof(*this);
  for (const Bucket& bucket : buckets_) {
    if (bucket.questions != nullptr) bytes += bucket.questions->Bytes() + bucket.uses->capacity() * sizeof(int);
  }
  return bytes;
}

std::vector<std::string> KitCatalogue::Ids() const {
  std::vector<std::string> ids;
  ids.reserve(size());
  for (const Bucket& bucket : buckets_) {
    for (std::size_t row = 0; row < bucket.size(); ++row) ids.emplace_back(bucket.questions->IdOf(row));
  }
  return ids;
}

int KitCatalogue::WeightOf(const std::string& competency) const {
  const auto weight = entries_->weights.find(competency);
  return weight == entries_->weights.end() ? 0 : weight->second;
}

std::string KitCatalogue::PolicyOf(const std::string& role) const {
  const auto policy = entries_->policies.find(role);
  return policy == entries_->policies.end() ? std::string() : policy->second;
}

const v1::RoleGuide* KitCatalogue::FindRole(std::string_view id) const { return FindById(entries_->roles, id); }

const v1::Format* KitCatalogue::FindFormat(std::string_view id) const { return FindById(entries_->formats, id); }

const KitCatalogue::Bucket& KitCatalogue::BucketOf(v1::Level level, v1::QuestionKind kind) const {
  static const Bucket kNone;
  return InRange(level, kind) ? buckets_[IndexOf(level, kind)] : kNone;
}

KitCatalogue::Place KitCatalogue::Find(std::string_view id) const {
  for (const Bucket& bucket : buckets_) {
    if (bucket.questions == nullptr) continue;
    if (const int row = bucket.questions->Find(id); row >= 0) return {&bucket, static_cast<std::size_t>(row)};
  }
  return {};
}

}  // namespace assay::bank
