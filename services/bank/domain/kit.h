#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include "assay/bank/v1/pack.pb.h"

// Chooses the questions of one interview. Pure and deterministic: the same request and catalogue give the same kit on
// every machine; another seed gives another kit of about the same worth.
namespace assay::bank {

// What choosing needs to know of a question; its text stays where it is.
struct QuestionFacts {
  struct Role {
    std::string role;
    bool critical = false;
  };

  std::string id;
  int revision = 1;
  v1::Level level = v1::LEVEL_UNSPECIFIED;
  v1::QuestionKind kind = v1::QUESTION_KIND_UNSPECIFIED;
  std::string competency;
  std::string section;
  // Roles it is relevant for; none = any.
  std::vector<Role> roles;
  // 0 = not estimated, kDefaultMinutes is assumed.
  int minutes = 0;
  v1::StoryKind story = v1::STORY_KIND_UNSPECIFIED;
  // Questions that ask the same thing, harder or easier; never in one kit with it.
  std::vector<std::string> variants;
  // How often it was used lately; the least used is preferred.
  int exposure = 0;
};

inline constexpr int kDefaultMinutes = 5;

QuestionFacts FactsOf(const v1::QuestionContent& content, int revision);

// What kits are drawn from: facts of published questions, indexed, and the catalogue entries that shape a kit. Built
// once for a state of the bank and shared; immutable.
class KitCatalogue {
 public:
  struct Parts {
    std::vector<QuestionFacts> questions;
    std::vector<v1::Format> formats;
    std::vector<v1::RoleGuide> roles;
    // Basis points by competency id.
    std::map<std::string, int> weights;
    std::string default_format;
  };

  explicit KitCatalogue(Parts parts);
  // Every question of a pack, at revision 1.
  static KitCatalogue FromPack(const v1::Pack& pack);

  // Sorted by id, so that the order in which a store returns rows changes nothing.
  const std::vector<QuestionFacts>& questions() const { return parts_.questions; }
  const std::vector<v1::Format>& formats() const { return parts_.formats; }
  const std::vector<v1::RoleGuide>& roles() const { return parts_.roles; }
  const std::string& default_format() const { return parts_.default_format; }
  // Positions of questions of a level and kind.
  const std::vector<int>& Bucket(v1::Level level, v1::QuestionKind kind) const;
  // Position of a question, -1 when there is none.
  int Find(std::string_view id) const;
  const v1::RoleGuide* FindRole(std::string_view id) const;
  const v1::Format* FindFormat(std::string_view id) const;
  // Dense numbers of the competency and section of a question.
  int CompetencyOf(int question) const { return competency_of_[static_cast<std::size_t>(question)]; }
  int SectionOf(int question) const { return section_of_[static_cast<std::size_t>(question)]; }
  int WeightOf(int competency) const { return weight_of_[static_cast<std::size_t>(competency)]; }
  int CompetencyCount() const { return static_cast<int>(weight_of_.size()); }
  // 2 when a question names the role as critical, 1 when it names it, 0 when it names only others, −1 when none.
  int RelevanceOf(int question, int role) const;
  // Dense number of a role id that some question names, −1 otherwise.
  int RoleNumber(const std::string& role) const;
  // Fixed number of a question for mixing with a seed; depends on its id alone.
  std::uint64_t HashOf(int question) const { return hash_of_[static_cast<std::size_t>(question)]; }
  // Positions of the variants of a question, in both directions.
  const std::vector<int>& VariantsOf(int question) const { return variants_of_[static_cast<std::size_t>(question)]; }

 private:
  Parts parts_;
  std::map<std::pair<int, int>, std::vector<int>> buckets_;
  std::vector<int> competency_of_, section_of_, weight_of_;
  std::vector<std::uint64_t> hash_of_;
  std::map<std::string, int> role_numbers_;
  // Role number × 2 + critical, by question.
  std::vector<std::vector<int>> roles_of_;
  std::vector<std::vector<int>> variants_of_;
};

// A question that must be in the kit, for swapping one and keeping the rest.
struct LockedQuestion {
  std::string id;
  // Slot id; empty = the first that takes it.
  std::string slot;
};

struct KitRequest {
  std::string role;
  v1::Level level = v1::LEVEL_UNSPECIFIED;
  // Format id; empty = one of `minutes`, else the default.
  std::string format;
  // Length of the round, 5 to 480; 0 = as the format says. Another length than the format's scales its boxes.
  int minutes = 0;
  std::uint64_t seed = 0;
  // What this candidate has had, in earlier rounds or applications, and what is not to be drawn.
  std::vector<std::string> excluded;
  std::vector<LockedQuestion> locked;
};

struct KitPick {
  std::string question;
  int revision = 0;
  int minutes = 0;
  bool critical = false;
  bool locked = false;
  // Why it was chosen, for a human: "role-critical for mlops; production-mlops (20 %); …".
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
  // SLOT_COUNT, STORY, TIME_BOX, COMPETITION, LOCKED.
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
// design slot where there is one; no exclusion, no repeat, no two variants of one question; the locked ones.
//
// Soft, to be made large:  Σ own(q) + Σ_c w_c/5 · (1 − 2^−n_c) + 60 · sections + 400 · [a role-critical question],
//   own(q) = 1000 preferred by the slot + 120 role-critical + 250 in the role's focus + 150 relevant for the role
//            (50 for any role, −150 for others only) + 300 at the level (250 where the level hardly matters)
//            − 4 · min(exposure, 50) + 0 … 299 from the seed;
//   w_c basis points and n_c questions of competency c, sections the number of different ones.
//
// NOT_FOUND: unknown role or format. INVALID_ARGUMENT: level, minutes, or a locked question that is unknown or excluded.
// FAILED_PRECONDITION: infeasible; the message names each constraint and by how much, `shortfalls` has them as data.
absl::StatusOr<Kit> AssembleKit(const KitRequest& request, const KitCatalogue& catalogue,
                                std::vector<KitShortfall>* shortfalls = nullptr);

// The format that a request means, its boxes scaled when it asks for another length.
absl::StatusOr<v1::Format> FormatFor(const KitRequest& request, const KitCatalogue& catalogue);

// True when a question of this level and kind may be put to a candidate for `wanted`.
bool LevelAllows(v1::Level level, v1::QuestionKind kind, v1::Level wanted);

}  // namespace assay::bank
