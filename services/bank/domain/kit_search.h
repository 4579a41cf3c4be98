#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/bank/domain/kit.h"

// The search behind AssembleKit.
namespace assay::bank {

// A question that may fill a slot, with the part of its worth that depends on nothing else in the kit.
struct KitCandidate {
  int question = 0;
  int minutes = 0;
  v1::StoryKind story = v1::STORY_KIND_UNSPECIFIED;
  int competency = 0;
  int section = 0;
  bool critical = false;
  bool focus = false;
  bool preferred = false;
  // 2 relevant for the role, 1 for any role, 0 for others only.
  int relevance = 0;
  std::int64_t own = 0;
};

// A slot as the search sees it.
struct KitBox {
  std::string id;
  int minutes = 0;
  int min_questions = 0;
  int max_questions = 0;
  std::vector<v1::StoryKind> stories;
  std::vector<KitCandidate> candidates;
  // How many more there would be but for the exclusions.
  int excluded = 0;
};

struct KitChoice {
  KitCandidate candidate;
  bool locked = false;
};

// Slots filled so far. Knows the objective and the constraints that span slots.
class KitDraft {
 public:
  KitDraft(const KitCatalogue& catalogue, const std::vector<KitBox>& boxes);

  // Time, count, repeats, variants.
  bool Fits(std::size_t box, const KitCandidate& candidate) const;
  void Add(std::size_t box, const KitCandidate& candidate, bool locked);
  void Remove(std::size_t box, std::size_t pick);
  void RemoveUnlocked(std::size_t box);
  void Unlock(std::size_t box, int question);
  bool Has(int question) const;
  // What the objective gains.
  std::int64_t Gain(const KitCandidate& candidate) const;
  std::int64_t Value() const;
  // Stories that the slot asks for and has not.
  std::vector<v1::StoryKind> MissingStories(std::size_t box) const;

  const std::vector<std::vector<KitChoice>>& picks() const { return picks_; }
  int MinutesLeft(std::size_t box) const { return (*boxes_)[box].minutes - used_[box]; }

 private:
  // Pointers, so that a draft can be replaced by a better one.
  const KitCatalogue* catalogue_;
  const std::vector<KitBox>* boxes_;
  std::vector<std::vector<KitChoice>> picks_;
  std::vector<int> used_;
  std::vector<int> competency_count_;
  // Of each question, in no order.
  std::vector<int> sections_;
  std::vector<int> questions_;
  int criticals_ = 0;
};

// Fills what each slot must have, by depth-first search from the best candidate on; false when nothing was found
// within the node limit.
bool FillRequired(const std::vector<KitBox>& boxes, KitDraft& draft);

// Adds questions while slots have room, then exchanges questions and refills whole slots while that improves the
// objective.
void Improve(const std::vector<KitBox>& boxes, KitDraft& draft);

// Why the required part cannot be filled. Empty when no single reason stands out.
std::vector<KitShortfall> FindShortfalls(const std::vector<KitBox>& boxes, const KitDraft& locked);

}  // namespace assay::bank
