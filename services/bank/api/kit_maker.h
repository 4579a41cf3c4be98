#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/kit.pb.h"
#include "assay/bank/v1/question.pb.h"
#include "services/bank/api/parts.h"
#include "services/bank/domain/kit.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/names.h"
#include "services/runtime/rpc/request_context.h"

namespace assay::bank {

// Contents by revision name, `questions/q037@3`.
using KitContents = std::map<std::string, v1::QuestionContent>;

// How one kit is to be made.
struct KitOrder {
  std::string role;
  std::shared_ptr<const KitCatalogue> catalogue;
  // What of the request this catalogue does not allow; null = nothing to look at. It comes before `choose`, and is told only to
  // those who do not repeat a request that was done: a question that was asked for may be gone since.
  std::function<absl::Status(const KitCatalogue&)> check;
  std::function<absl::StatusOr<Kit>(const KitCatalogue&, std::vector<KitShortfall>* shortfalls)> choose;
  // The questions of the chosen kit that are drawn now; null = all.
  std::function<std::vector<runtime::RevisionName>(const Kit&)> fresh;
  // The kit as it is stored, from the contents of those.
  std::function<v1::Kit(const Kit&, const KitContents&)> fill;
};

struct DrawnKit {
  v1::Kit kit;
  std::vector<runtime::RevisionName> fresh;
};

// What the calls on kits and plans have in common: choosing from memory, filling in the words, and storing.
class KitMaker {
 public:
  explicit KitMaker(BankParts& parts) : parts_(parts) {}

  absl::StatusOr<std::shared_ptr<const KitCatalogue>> Catalogue(const runtime::RequestContext& context) const {
    return parts_.catalogues.Get(parts_.pool, context.tenant(), context.now, context.deadline);
  }

  // Chooses from memory and reads the words, without a transaction of its own when they are in memory too.
  absl::StatusOr<DrawnKit> Draw(const runtime::RequestContext& context, const KitOrder& order) const;
  // Looks at what was drawn as the database has it now. Where a question was retired, replaced, marked or used up since
  // memory learned of it, draws once more from what the database says of it; its id is added to `stale`. CONFLICT when that
  // happens twice.
  static absl::Status Confirm(runtime::WriteTx& write, const KitOrder& order, DrawnKit& drawn, std::vector<std::string>& stale);

  // The catalogue with these questions and the cap as the database has them now, whatever memory holds.
  static absl::StatusOr<KitCatalogue> AsStored(runtime::WriteTx& write, const KitCatalogue& catalogue, const std::vector<std::string>& ids);

  // Draws, then writes what was drawn: the mutation `request`, whose answer is the kit. It counts as a use of what was drawn
  // now; what it keeps of another kit was counted with that one.
  absl::StatusOr<v1::Kit> Make(const runtime::RequestContext& context, const google::protobuf::Message& request, const KitOrder& order) const;

  // Ids of what a candidate has had: questions by id or name, and all of the kits named. INVALID_FIELDS.
  absl::StatusOr<std::vector<std::string>> Excluded(const runtime::RequestContext& context,
                                                    const google::protobuf::RepeatedPtrField<std::string>& questions,
                                                    const google::protobuf::RepeatedPtrField<std::string>& kits) const;

  // Contents at pinned revisions: from memory, the others in one statement. NOT_FOUND.
  absl::StatusOr<KitContents> Contents(const runtime::RequestContext& context, const std::vector<runtime::RevisionName>& names) const;
  // The same within a transaction.
  static absl::StatusOr<KitContents> ContentsIn(runtime::Tx& tx, const std::vector<runtime::RevisionName>& names);

  // The kit with the words of its questions in `language` (empty = each question's own), its findings and its hash; without
  // name and time.
  static v1::Kit Filled(const Kit& chosen, const KitCatalogue& catalogue, const KitContents& contents, const std::string& language);
  // One question as it stands in a kit.
  static v1::KitQuestion Worded(const KitPick& pick, const v1::QuestionContent& content, const std::string& language);
  // The ten common mistakes on it, by the names that the catalogue has for them.
  static std::vector<v1::KitFinding> Findings(const v1::Kit& kit, const KitContents& contents, const KitCatalogue& catalogue);
  // Over what is asked, of whom, in which boxes; not over what explains it.
  static std::string HashOfContent(const v1::Kit& kit);

  // Names and stores a kit and tells the feed. `counted` as in InsertKit.
  static absl::Status Store(runtime::WriteTx& write, v1::Kit& kit, const std::vector<bool>& counted);

 private:
  BankParts& parts_;
};

// States of a kit in the feed.
inline constexpr const char* kKitAssembled = "ASSEMBLED";
inline constexpr const char* kKitGivenOut = "GIVEN_OUT";
// What the feed says the kit belongs to.
std::map<std::string, std::string> RelatedOf(const v1::Kit& kit);

// Names of the questions that the kit pins.
std::vector<runtime::RevisionName> PicksOf(const Kit& kit);
// Their ids.
std::vector<std::string> IdsOf(const std::vector<runtime::RevisionName>& names);

// "q037", "questions/q037" or "questions/q037@3". INVALID_FIELDS is for the caller to say.
absl::StatusOr<runtime::RevisionName> ParseQuestionReference(std::string_view text);
// Adds a violation unless the tag is empty or well-formed.
void CheckLanguage(const std::string& field, const std::string& tag, runtime::Violations& violations);

// The domain's errors in the catalogue's words: UNKNOWN_ROLE, KIT_INFEASIBLE, INVALID_FIELDS.
absl::Status ToKitError(const absl::Status& status, const std::string& role, const KitCatalogue& catalogue,
                        const std::vector<KitShortfall>& shortfalls);

}  // namespace assay::bank
