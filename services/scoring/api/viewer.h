#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/runtime/v1/event.pb.h"
#include "assay/scoring/v1/requisition.pb.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/store/decision_store.h"
#include "services/scoring/store/exposure_store.h"
#include "services/scoring/store/flag_store.h"
#include "services/scoring/store/scorecard_store.h"
#include "services/visibility/visibility.h"

namespace assay::scoring {

// Who is looking, as the interviewer table knows them.
ViewerIdentity IdentityOf(const runtime::Principal& principal);

// One application as the viewer stands to it.
struct ApplicationView {
  visibility::Facts facts;
  std::string candidate;  // id
  v1::Requisition requisition;
  // Interviews whose cards the viewer is known to have read.
  std::set<std::string> exposed;
  // Submitted cards of these interviews are there to be read off a decision.
  std::set<std::string> interviews_with_cards;
};

// The facts of the visibility predicate for one caller, and its answers about what is stored. Loaded in three statements for
// any number of applications.
class Viewer {
 public:
  static absl::StatusOr<Viewer> Load(runtime::Tx& tx, const runtime::RequestContext& context, runtime::Instant now,
                                     const std::set<std::string>& applications, bool break_glass = false);

  // Null where the application does not exist.
  const ApplicationView* Find(const std::string& application) const;
  const std::vector<std::string>& own_ids() const { return own_ids_; }
  bool IsMe(std::string_view interviewer_id) const;
  const std::string& subject() const { return subject_; }

  visibility::Verdict Card(const CardRow& row) const;
  visibility::Verdict Flag(const FlagRow& row) const;
  visibility::Verdict Decision(const std::string& application) const;

 private:
  std::string subject_;
  std::vector<std::string> own_ids_;
  std::map<std::string, ApplicationView> views_;
};

// What a read leaves behind before its answer goes out: which peers' cards the reader has now seen, and the audit of
// privileged, break-glass and other sensitive reads.
class ReadTrail {
 public:
  ReadTrail(ScoringParts& parts, const runtime::RequestContext& context) : parts_(parts), context_(context) {}

  // The reader saw the submitted card of `interview`, or something derived from it.
  void Saw(const ApplicationView& view, const std::string& application, const std::string& interview,
           const visibility::Verdict& verdict);
  // The reader saw what shows every card of the application.
  void SawAll(const ApplicationView& view, const std::string& application, const visibility::Verdict& verdict);
  // Writes it. The caller answers only when it is OK.
  absl::Status Leave(const std::string& resource, const std::string& break_glass_reason = "");

 private:
  ScoringParts& parts_;
  const runtime::RequestContext& context_;
  std::set<Exposure> exposures_;
  std::string candidate_;
  bool sensitive_ = false;
  bool privileged_ = false;
  bool broke_glass_ = false;
};

// Whether the caller may learn of an event or resource that is not for the whole tenant: the feed's side of the predicate.
bool MayLearnOf(ScoringParts& parts, const runtime::RequestContext& context, const runtime::v1::Event& event);

}  // namespace assay::scoring
