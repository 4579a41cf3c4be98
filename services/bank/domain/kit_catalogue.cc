#include <algorithm>
#include <unordered_map>
#include <utility>

#include "services/bank/domain/kit.h"

namespace assay::bank {
namespace {

// FNV-1a, 64 bits: fixed for ever, unlike std::hash.
std::uint64_t Fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  return hash;
}

// Dense number of a text, given on first sight.
int Intern(const std::string& text, std::unordered_map<std::string, int>& numbers) {
  return numbers.emplace(text, static_cast<int>(numbers.size())).first->second;
}

template <typename Entries>
auto FindById(const Entries& entries, std::string_view id) -> decltype(entries.data()) {
  for (const auto& entry : entries) {
    if (entry.id() == id) return &entry;
  }
  return nullptr;
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

KitCatalogue::KitCatalogue(Parts parts) : parts_(std::move(parts)) {
  std::sort(parts_.questions.begin(), parts_.questions.end(),
            [](const QuestionFacts& a, const QuestionFacts& b) { return a.id < b.id; });
  std::unordered_map<std::string, int> competencies;
  std::unordered_map<std::string, int> sections;
  for (std::size_t i = 0; i < parts_.questions.size(); ++i) {
    const QuestionFacts& facts = parts_.questions[i];
    buckets_[{facts.level, facts.kind}].push_back(static_cast<int>(i));
    competency_of_.push_back(Intern(facts.competency, competencies));
    section_of_.push_back(Intern(facts.section, sections));
    hash_of_.push_back(Fnv1a(facts.id));
    std::vector<int>& roles = roles_of_.emplace_back();
    for (const QuestionFacts::Role& role : facts.roles) {
      const int number = role_numbers_.emplace(role.role, static_cast<int>(role_numbers_.size())).first->second;
      roles.push_back(number * 2 + (role.critical ? 1 : 0));
    }
  }
  weight_of_.assign(competencies.size(), 0);
  for (const auto& [id, number] : competencies) {
    const auto weight = parts_.weights.find(id);
    if (weight != parts_.weights.end()) weight_of_[static_cast<std::size_t>(number)] = weight->second;
  }
  // A link names its other end once; it excludes both ways.
  variants_of_.resize(parts_.questions.size());
  for (std::size_t i = 0; i < parts_.questions.size(); ++i) {
    for (const std::string& variant : parts_.questions[i].variants) {
      const int other = Find(variant);
      if (other < 0 || other == static_cast<int>(i)) continue;
      variants_of_[i].push_back(other);
      variants_of_[static_cast<std::size_t>(other)].push_back(static_cast<int>(i));
    }
  }
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

const std::vector<int>& KitCatalogue::Bucket(v1::Level level, v1::QuestionKind kind) const {
  static const std::vector<int> kNone;
  const auto bucket = buckets_.find({level, kind});
  return bucket == buckets_.end() ? kNone : bucket->second;
}

int KitCatalogue::Find(std::string_view id) const {
  const auto at = std::lower_bound(parts_.questions.begin(), parts_.questions.end(), id,
                                   [](const QuestionFacts& facts, std::string_view wanted) { return facts.id < wanted; });
  return at != parts_.questions.end() && at->id == id ? static_cast<int>(at - parts_.questions.begin()) : -1;
}

int KitCatalogue::RelevanceOf(int question, int role) const {
  const std::vector<int>& roles = roles_of_[static_cast<std::size_t>(question)];
  if (roles.empty()) return -1;
  for (const int entry : roles) {
    if (entry / 2 == role) return 1 + entry % 2;
  }
  return 0;
}

int KitCatalogue::RoleNumber(const std::string& role) const {
  const auto at = role_numbers_.find(role);
  return at == role_numbers_.end() ? -1 : at->second;
}

const v1::RoleGuide* KitCatalogue::FindRole(std::string_view id) const { return FindById(parts_.roles, id); }

const v1::Format* KitCatalogue::FindFormat(std::string_view id) const { return FindById(parts_.formats, id); }

}  // namespace assay::bank
