#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "services/bank/domain/kit_catalogue.h"
#include "services/bank/domain/kit_facts.h"

// Chooses the questions of one interview. Pure and deterministic: the same request and catalogue give the same kit on
// every machine; another seed gives another kit of about the same worth. docs/kits.md says it for readers.
namespace assay::bank {

// A question that must be in the kit.
struct LockedQuestion {
  std::string id;
  // Slot id; empty = one that takes it and leaves the others room, one that prefers it first.
  std::string slot = {};
  // Set: it is in the slot at this revision already and stays there, whatever the bank holds or says of it by now.
  std::optional<QuestionFacts> pinned = {};
  // For the reader of the kit; empty = "kept as asked".
  std::string why = {};
};

struct KitRequest {
  std::string role;
  v1::Level level = v1::LEVEL_UNSPECIFIED;
  // Format id; empty = one of `minutes`, else the default.
  std::string format;
  // Length of the round, 5 to 480; 0 = as the format says. Another length than the format's scales its boxes.
  int minutes = 0;
  std::uint64_t seed = 0;
  // What this candidate has had, in earlier rounds or applications.
  std::vector<std::string> excluded;
  std::vector<LockedQuestion> locked;
  // Not to be drawn for a reason of the kit's own: swapped out, or in another form of a plan.
  std::vector<std::string> taken = {};
  // The kit may be without a role-critical question even where one would suit it.
  bool may_lack_critical = false;
  // Used as it is instead of what `format` and `minutes` name.
  std::optional<v1::Format> shape = {};
};

struct KitPick {
  std::string question;
  int revision = 0;
  int minutes = 0;
  bool critical = false;
  bool locked = false;
  // Why it was chosen, for a human: "role-critical for mlops; covers production-mlops (20 %); …".
  std::string why;

  // "questions/q037@3".
  std::string Name() const;
  bool operator==(const KitPick&) const = default;
};

struct KitSlot {
  std::string id;
  std::string display_name;
  int minutes = 0;
  std::string script;
  std::vector<KitPick> picks;

  bool operator==(const KitSlot&) const = default;
};

struct Kit {
  std::string role;
  v1::Level level = v1::LEVEL_UNSPECIFIED;
  std::string format;
  int minutes = 0;
  std::uint64_t seed = 0;
  std::vector<KitSlot> slots;
  // Competency ids rated over the whole round.
  std::vector<std::string> overall_competencies;
  // The objective below; kits of one request compare by it.
  std::int64_t value = 0;

  bool operator==(const Kit&) const = default;
};

// A hard constraint that cannot be met, and by how much.
struct KitShortfall {
  // SLOT_COUNT, STORY, TIME_BOX, COMPETITION, ROLE_CRITICAL, LOCKED; EXPOSURE_CAP and LEAK where there would be enough but
  // for the cap or for leaked questions.
  std::string constraint;
  // Slot id; empty for the kit as a whole.
  std::string slot;
  // Questions, or minutes for TIME_BOX.
  int needed = 0;
  int available = 0;
  std::string message;
};

// Hard: every slot has its number of questions of its kinds (for the level, where the slot says so) and competencies,
// within its minutes; the stories it asks for; role's own questions where it is role-specific; no question above the
// level, and below it by more than one step only theory, stories, opening and closing; design questions only in the
// design slot where there is one; a role-critical question where one suits the format, unless the candidate has had one; no
// exclusion, no leak, nothing at its cap, no repeat, no two variants of one question; the locked ones.
//
// Soft, to be made large:
//   Σ own(q) + Σ_c w_c/5 · (1 − 2^−n_c) + 60 · sections + 80 · grades + 400 · [a role-critical question],
//   own(q) = 1000 preferred by the slot + 120 role-critical + 250 in the role's focus + 150 relevant for the role
//            (50 for any role, −150 for others only) + 300 at the level (250 where the level hardly matters)
//            − 4 · min(uses, 50) + 0 … 299 from the seed;
//   w_c basis points and n_c questions of competency c, sections the number of different ones, grades the number of
//   different grades of difficulty (GradeOf). All but own(q) add less for each further question (submodular).
//
// NOT_FOUND: unknown role or format. INVALID_ARGUMENT: level, minutes, or a locked question that is unknown or excluded.
// FAILED_PRECONDITION: infeasible; the message names each constraint and by how much, `shortfalls` has them as data.
absl::StatusOr<Kit> AssembleKit(const KitRequest& request, const KitCatalogue& catalogue,
                                std::vector<KitShortfall>* shortfalls = nullptr);

// The format that a request means, its boxes scaled when it asks for another length.
absl::StatusOr<v1::Format> FormatFor(const KitRequest& request, const KitCatalogue& catalogue);

// True when a question of this level and kind may be put to a candidate for `wanted`.
bool LevelAllows(v1::Level level, v1::QuestionKind kind, v1::Level wanted);

// Difficulty, 1 to 6: the level (fresher 1 to senior 3) plus what the kind adds (theory 0, technical and practical 1,
// scenario 2, design 3). 0 for stories, opening and closing, which have none.
int GradeOf(v1::Level level, v1::QuestionKind kind);

}  // namespace assay::bank
