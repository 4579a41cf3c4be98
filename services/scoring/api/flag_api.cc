#include "services/scoring/api/flag_api.h"

#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "assay/scoring/v1/scorecard_service.pb.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/head.h"
#include "services/scoring/api/card_change.h"
#include "services/scoring/api/list_rules.h"
#include "services/scoring/api/superseding.h"
#include "services/scoring/api/viewer.h"
#include "services/scoring/domain/flag_rules.h"
#include "services/scoring/store/application_store.h"
#include "services/scoring/store/enum_text.h"
#include "services/scoring/store/interview_store.h"
#include "services/scoring/store/requisition_store.h"

namespace assay::scoring {
namespace {

using runtime::RequestContext;
using runtime::Tx;
using runtime::WriteTx;
using visibility::Sight;

const ListRules& Rules() {
  static const ListRules rules{.fields = {kExternalSystem}, .order = "create_time desc"};
  return rules;
}

struct FlagKey {
  std::string application;
  std::string id;
};

absl::StatusOr<FlagKey> ParseFlagName(const std::string& name) {
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, runtime::ParseName("applications/*/flags/*", name));
  return FlagKey{ids[0], ids[1]};
}

bool Shown(const visibility::Verdict& verdict) { return verdict.sight == Sight::kOwn || verdict.all(); }

// Flags: visible as the card that raised them.
class FlagApi {
 public:
  FlagApi(ScoringParts& parts, JudgedContentCache& contents) : parts_(parts), contents_(contents) {}

  absl::StatusOr<v1::Flag> Get(const RequestContext& context, const v1::GetFlagRequest& request) {
    ASSIGN_OR_RETURN(const FlagKey key, ParseFlagName(request.name()));
    ReadTrail trail(parts_, context);
    ASSIGN_OR_RETURN(const v1::Flag flag, InRead<v1::Flag>(context, [&](Tx& tx) -> absl::StatusOr<v1::Flag> {
                       ASSIGN_OR_RETURN(FlagRow row, ReadFlag(tx, key.application, key.id));
                       ASSIGN_OR_RETURN(const Viewer viewer, Load(tx, context, {key.application}));
                       if (!Visible(viewer, row, trail)) return runtime::NotFound(request.name());
                       RETURN_IF_ERROR(AddFlagTexts(tx, parts_.vault, {&row}));
                       return std::move(row.flag);
                     }));
    RETURN_IF_ERROR(trail.Leave(request.name()));
    return flag;
  }

  absl::StatusOr<v1::ListFlagsResponse> List(const RequestContext& context, const v1::ListFlagsRequest& request) {
    ASSIGN_OR_RETURN(const ListFilter filter,
                     ListFilter::Parse(Rules(), FlagFields(), kFirstFlagParameter, v1::Flag::descriptor(), request.filter(),
                                       request.order_by()));
    const std::string asked = request.parent() + "\n" + request.filter() + "\n" + request.order_by();
    ASSIGN_OR_RETURN(const runtime::Page page,
                     parts_.pages.Open(context, asked, request.page_size(), request.page_token(), 50, 1000));
    FlagFilter wanted;
    if (IdOf(request.parent()) != "-") wanted.application = IdOf(request.parent());
    wanted.filter = filter.sql();
    ReadTrail trail(parts_, context);
    ASSIGN_OR_RETURN(const v1::ListFlagsResponse response,
                     InRead<v1::ListFlagsResponse>(context, [&](Tx& tx) { return Page(tx, context, wanted, filter, page, asked, trail); }));
    RETURN_IF_ERROR(trail.Leave(request.parent() + "/flags"));
    return response;
  }

  absl::StatusOr<v1::Flag> Raise(const RequestContext& context, const v1::RaiseFlagRequest& request) {
    ASSIGN_OR_RETURN(const std::vector<std::string> parent, runtime::ParseName("applications/*", request.parent()));
    return parts_.mutator.Run<v1::Flag>(
        context, request,
        [&](WriteTx& write, v1::Flag& response) { return RaiseIn(write, parent[0], request.flag(), response); },
        [&](Tx& tx, const runtime::ResultName& result) { return Reread(tx, result.name); });
  }

  absl::StatusOr<v1::Flag> Confirm(const RequestContext& context, const v1::ConfirmFlagRequest& request) {
    return Resolve(context, request, [&](const FlagRow& row, const FlagAction& action) {
      return ConfirmFlag(row.flag, row.raised_by, action,
                         request.has_critical() ? std::optional<bool>(request.critical()) : std::nullopt);
    });
  }

  absl::StatusOr<v1::Flag> Dismiss(const RequestContext& context, const v1::DismissFlagRequest& request) {
    return Resolve(context, request, [](const FlagRow& row, const FlagAction& action) { return DismissFlag(row.flag, action); });
  }

 private:
  template <typename T>
  absl::StatusOr<T> InRead(const RequestContext& context, const std::function<absl::StatusOr<T>(Tx&)>& work) {
    return runtime::Transact<T>(parts_.pool, runtime::TxMode::kReadOnly, context.tenant(), context.deadline, work);
  }

  absl::StatusOr<Viewer> Load(Tx& tx, const RequestContext& context, const std::set<std::string>& applications) {
    return Viewer::Load(tx, context, parts_.clock.Now(), applications);
  }

  static bool Visible(const Viewer& viewer, const FlagRow& row, ReadTrail& trail) {
    const visibility::Verdict verdict = viewer.Flag(row);
    if (!Shown(verdict)) return false;
    if (!row.interview.empty()) {
      trail.Saw(*viewer.Find(row.application), row.application, row.interview, verdict);
    } else {
      trail.SawAll(*viewer.Find(row.application), row.application, verdict);
    }
    return true;
  }

  absl::StatusOr<v1::ListFlagsResponse> Page(Tx& tx, const RequestContext& context, const FlagFilter& wanted,
                                             const ListFilter& filter, const runtime::Page& page, const std::string& asked,
                                             ReadTrail& trail) {
    v1::ListFlagsResponse found;
    ASSIGN_OR_RETURN(*found.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
    std::vector<std::string> after = page.after;
    std::vector<std::string> last;
    // Reads on past what is hidden, as ListScorecards does.
    while (true) {
      ASSIGN_OR_RETURN(std::vector<FlagRow> rows, ListFlags(tx, wanted, after, page.size + 1));
      std::set<std::string> applications;
      for (const FlagRow& row : rows) applications.insert(row.application);
      ASSIGN_OR_RETURN(const Viewer viewer, Load(tx, context, applications));
      std::vector<FlagRow*> shown;
      for (FlagRow& row : rows) {
        if (!filter.Matches(row.flag) || !Shown(viewer.Flag(row))) continue;
        if (found.flags_size() + static_cast<int>(shown.size()) == page.size) {
          found.set_next_page_token(parts_.pages.Seal(context, asked, last));
          break;
        }
        Visible(viewer, row, trail);
        shown.push_back(&row);
        last = PageKeyOf(row);
      }
      RETURN_IF_ERROR(AddFlagTexts(tx, parts_.vault, shown));
      for (FlagRow* row : shown) *found.add_flags() = std::move(row->flag);
      if (!found.next_page_token().empty() || static_cast<int>(rows.size()) <= page.size) return found;
      after = PageKeyOf(rows.back());
    }
  }

  absl::StatusOr<v1::Flag> Reread(Tx& tx, const std::string& name) {
    ASSIGN_OR_RETURN(const FlagKey key, ParseFlagName(name));
    ASSIGN_OR_RETURN(FlagRow row, ReadFlag(tx, key.application, key.id));
    RETURN_IF_ERROR(AddFlagTexts(tx, parts_.vault, {&row}));
    return std::move(row.flag);
  }

  absl::StatusOr<runtime::ResultName> RaiseIn(WriteTx& write, const std::string& application, const v1::Flag& given,
                                              v1::Flag& response) {
    ASSIGN_OR_RETURN(const Viewer viewer, Load(write.tx(), write.context(), {application}));
    const ApplicationView* view = viewer.Find(application);
    if (view == nullptr || !visibility::OnApplication(view->facts).all())
      return runtime::ParentNotFound("parent", "applications/" + application);
    std::string kit_hash;
    NewFlag flag;
    flag.id = runtime::NewUuid(parts_.clock.Now());
    RETURN_IF_ERROR(CheckPlace(write.tx(), viewer, application, given, kit_hash));
    ASSIGN_OR_RETURN(auto judged, contents_.Get(write.tx(), kit_hash, view->requisition.policy()));
    if (judged->flags.count(given.flag_id()) == 0) {
      ASSIGN_OR_RETURN(judged, contents_.Get(write.tx(), kit_hash, view->requisition.policy(), /*fresh=*/true));
    }
    v1::RaisedFlag raised;
    raised.set_flag_id(given.flag_id());
    raised.set_evidence(given.evidence());
    raised.set_critical(given.critical());
    ASSIGN_OR_RETURN(flag.flag, RaiseFlag(*judged, raised));
    flag.flag.set_scorecard(given.scorecard());
    flag.flag.set_interview(given.interview());
    *flag.flag.mutable_annotations() = given.annotations();
    *flag.flag.mutable_external_ids() = given.external_ids();
    flag.raised_by_subject = viewer.subject();
    flag.flag.set_raised_by(viewer.own_ids().empty() ? viewer.subject() : "interviewers/" + viewer.own_ids()[0]);
    const FlagRow row = RowOfNewFlag(flag, application, parts_.clock.Now());
    ASSIGN_OR_RETURN(const runtime::SealedText text,
                     parts_.vault.Seal(write.tx(), CandidateKey(view->candidate), FlagPersonalPart(row.flag)));
    RETURN_IF_ERROR(InsertFlags(write.tx(), {row}, {text}));
    write.Emit(FlagEvent(row, runtime::v1::EVENT_TYPE_FLAG_RAISED, view->candidate));
    response = row.flag;
    return runtime::ResultName{row.flag.name(), row.version};
  }

  // The interview that a flag names is of this application, and the card is the raiser's own.
  static absl::Status CheckPlace(Tx& tx, const Viewer& viewer, const std::string& application, const v1::Flag& given,
                                 std::string& kit_hash) {
    if (!given.scorecard().empty()) {
      ASSIGN_OR_RETURN(const CardKey key, ParseCardName(given.scorecard()));
      if (!viewer.IsMe(key.interviewer)) return runtime::ParentNotFound("flag.scorecard", given.scorecard());
      if (given.interview() != "interviews/" + key.interview)
        return runtime::InvalidField("flag.interview", "must be the interview of the scorecard");
    }
    if (given.interview().empty()) return absl::OkStatus();
    const auto interview = Interviews().Read(tx, IdOf(given.interview()));
    if (absl::IsNotFound(interview.status()) ||
        (interview.ok() && interview->message.application() != "applications/" + application))
      return runtime::ParentNotFound("flag.interview", given.interview());
    RETURN_IF_ERROR(interview.status());
    ASSIGN_OR_RETURN(kit_hash, ReadKitHash(tx, IdOf(given.interview())));
    return absl::OkStatus();
  }

  template <typename Request, typename Rule>
  absl::StatusOr<v1::Flag> Resolve(const RequestContext& context, const Request& request, const Rule& rule) {
    ASSIGN_OR_RETURN(const FlagKey key, ParseFlagName(request.name()));
    return parts_.mutator.Run<v1::Flag>(
        context, request,
        [&](WriteTx& write, v1::Flag& response) -> absl::StatusOr<runtime::ResultName> {
          const FlagAction action{.by = context.principal.effective_subject(),
                                  .reason = request.reason(),
                                  .at = parts_.clock.Now()};
          ASSIGN_OR_RETURN(FlagRow row, LockFlag(write.tx(), key.application, key.id));
          ASSIGN_OR_RETURN(const Viewer viewer, Load(write.tx(), context, {key.application}));
          if (!Shown(viewer.Flag(row))) return runtime::NotFound(request.name());
          if (!request.etag().empty() && request.etag() != row.flag.etag()) return runtime::EtagMismatch(request.name());
          RETURN_IF_ERROR(AddFlagTexts(write.tx(), parts_.vault, {&row}));
          const v1::FlagState before = row.flag.state();
          ASSIGN_OR_RETURN(row.flag, rule(row, action));
          *row.flag.mutable_update_time() = runtime::ToTimestamp(action.at);
          const std::string& candidate = viewer.Find(key.application)->candidate;
          RETURN_IF_ERROR(UpdateFlag(write.tx(), parts_.vault, row, candidate));
          RETURN_IF_ERROR(TellOfResolution(write, row, before, candidate, action.at));
          response = row.flag;
          return runtime::ResultName{row.flag.name(), row.version};
        },
        [&](Tx& tx, const runtime::ResultName& result) { return Reread(tx, result.name); });
  }

  // A flag that reaches the policy, or no longer does, takes the ground from what was decided.
  static absl::Status TellOfResolution(WriteTx& write, const FlagRow& row, v1::FlagState before, const std::string& candidate,
                                       runtime::Instant now) {
    const v1::FlagState after = row.flag.state();
    const auto type = after == v1::FLAG_STATE_DISMISSED   ? runtime::v1::EVENT_TYPE_FLAG_DISMISSED
                      : after == v1::FLAG_STATE_CONFIRMED ? runtime::v1::EVENT_TYPE_FLAG_CONFIRMED
                                                          : runtime::v1::EVENT_TYPE_FLAG_RAISED;
    write.Emit(FlagEvent(row, type, candidate));
    if (after == v1::FLAG_STATE_CONFIRMED) return Supersede(write, row.application, "flag-confirmed", now);
    if (before == v1::FLAG_STATE_CONFIRMED) return Supersede(write, row.application, "flag-dismissed", now);
    return absl::OkStatus();
  }

  ScoringParts& parts_;
  JudgedContentCache& contents_;
};

}  // namespace

void BindFlags(runtime::Service& service, ScoringParts& parts, JudgedContentCache& contents) {
  const auto api = std::make_shared<FlagApi>(parts, contents);
  service.Unary<v1::GetFlagRequest, v1::Flag>(
      "GetFlag", [api](const auto& context, const auto& request) { return api->Get(context, request); });
  service.Unary<v1::ListFlagsRequest, v1::ListFlagsResponse>(
      "ListFlags", [api](const auto& context, const auto& request) { return api->List(context, request); });
  service.Unary<v1::RaiseFlagRequest, v1::Flag>(
      "RaiseFlag", [api](const auto& context, const auto& request) { return api->Raise(context, request); });
  service.Unary<v1::ConfirmFlagRequest, v1::Flag>(
      "ConfirmFlag", [api](const auto& context, const auto& request) { return api->Confirm(context, request); });
  service.Unary<v1::DismissFlagRequest, v1::Flag>(
      "DismissFlag", [api](const auto& context, const auto& request) { return api->Dismiss(context, request); });
}

}  // namespace assay::scoring
