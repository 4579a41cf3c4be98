#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/bank/domain/kit.h"

// What one request may choose from: the few hundred questions of a bank that can win, measured.
namespace assay::bank {

// A question of the pool: one of the catalogue, or one that a kit keeps as it was.
struct PoolQuestion {
  std::uint64_t hash = 0;
  KitCatalogue::Place place;
  const QuestionFacts* pinned = nullptr;

  std::string_view id() const { return pinned != nullptr ? std::string_view(pinned->id) : place.bucket->questions->IdOf(place.row); }
  QuestionFacts Facts() const;
};

// A question that may fill a slot, with the part of its worth that depends on nothing else in the kit. Numbers are dense
// within a pool; those of questions depend on their ids alone.
struct KitCandidate {
  int question = 0;
  int minutes = 0;
  v1::StoryKind story = v1::STORY_KIND_UNSPECIFIED;
  int competency = 0;
  int section = 0;
  int grade = 0;
  bool critical = false;
  bool focus = false;
  bool preferred = false;
  // KitPool::variants has some of it.
  bool has_variants = false;
  // 2 relevant for the role, 1 for any role, 0 for others only.
  int relevance = 0;
  std::int64_t own = 0;
};

// How many questions would fit but for these reasons.
struct Withheld {
  int excluded = 0;
  int over_cap = 0;
  int leaked = 0;
  int taken = 0;
};

// A slot as the search sees it.
struct KitBox {
  std::string id;
  int minutes = 0;
  int min_questions = 0;
  int max_questions = 0;
  std::vector<v1::StoryKind> stories;
  std::vector<KitCandidate> candidates;
  // By story.
  std::array<Withheld, v1::StoryKind_MAX + 1> withheld;

  Withheld WithheldInAll() const;
};

struct KitPool {
  std::vector<KitBox> boxes;
  // By KitCandidate::question, in order of hash. They point into the request and the catalogue.
  std::vector<PoolQuestion> questions;
  std::vector<std::vector<int>> variants;
  // Basis points by KitCandidate::competency.
  std::vector<int> weights;
  // Gives questions the numbers of their order by hash, so that nothing depends on where they were found first, and links
  // variants, which name each other once and exclude both ways.
  void PutInOrder();
  // Number of a question, -1 when it is not in the pool.
  int NumberOf(std::string_view id) const;
  // The kit must hold a role-critical question.
  bool needs_critical = false;
  // Role-critical questions that fit but are leaked, over the cap or taken.
  Withheld critical_withheld;
};

// `wide` keeps many times as many: for a second look where the few seem not to do.
KitPool MakePool(const KitRequest& request, const KitCatalogue& catalogue, const v1::Format& format,
                 const v1::RoleGuide& role, bool wide = false);

// Why a question of the catalogue is no candidate of a slot; empty when it is one.
std::string WhyNoCandidate(const KitRequest& request, const KitCatalogue& catalogue, const v1::Format& format,
                           const v1::RoleGuide& role, int slot, const KitCatalogue::Place& place);

}  // namespace assay::bank
