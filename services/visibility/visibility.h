#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::visibility {

// How much of something a viewer may see.
enum class Sight {
  // It does not exist for them: NOT_FOUND, in no list, count, aggregate, event or error.
  kNothing,
  // That it exists and in what state; nothing that was judged.
  kExists,
  // What they wrote themselves.
  kOwn,
  kAll,
};

// The answer, with the rule behind it for logs, audit and tests; never shown to a caller.
struct Verdict {
  Sight sight = Sight::kNothing;
  std::string_view reason;
  // Seen by a tenant-wide right and not by a part in the process: the read is audited.
  bool privileged = false;
  // Seen because of a break-glass reason: audited before the answer, and the viewer's own card is marked.
  bool broke_glass = false;

  bool all() const { return sight == Sight::kAll; }
};

// Where the viewer stands with their own card of one interview.
enum class OwnCard {
  kNotOnPanel,
  // Still to be submitted.
  kOwed,
  // Never submitted, and the interview takes none any more (closed or canceled).
  kMissed,
  kSubmitted,
};

// One interview of the application as the viewer stands to it.
struct Round {
  std::string interview;  // id
  OwnCard own = OwnCard::kNotOnPanel;
};

enum class PeerVisibility { kAfterOwn, kNever };

// Everything the predicate may depend on, about one viewer and one application.
struct Facts {
  // Of the token. `projector` is our own read model, which authorises again when it serves.
  bool projector = false;
  bool read_any = false;      // recruiting admin, or an ATS acting for no one in particular
  bool auditor = false;       // audit.read
  bool fairness = false;      // fairness.read: aggregates only
  bool break_glass = false;   // gave a reason
  // Of the requisition.
  bool hiring_manager = false;
  bool recruiter = false;
  bool decider = false;
  PeerVisibility peers = PeerVisibility::kAfterOwn;
  bool earlier_rounds_visible = false;
  // Every card of the application that is owed is in or past its due time.
  bool every_card_in_or_due = false;
  // All interviews of the application, from first to last.
  std::vector<Round> rounds;
};

// A submitted card written by somebody else in `interview`. DOMAIN §4, the one predicate: reads, lists, counts, aggregates,
// reports, exports and the feed all ask here.
Verdict OnPeerCard(const Facts& facts, std::string_view interview);

// A card: `own` = the viewer is its author. A draft is its author's alone, administrators and our own services included.
Verdict OnCard(const Facts& facts, std::string_view interview, bool own, bool draft);

// The interview itself: when, by whom, with which questions; nothing that was judged.
Verdict OnInterview(const Facts& facts, std::string_view interview);

// The application itself: who, for what, in which state.
Verdict OnApplication(const Facts& facts);

// A decision or an evaluation: it shows every panel's means, so it needs sight of every card.
Verdict OnDecision(const Facts& facts);

// What was raised about the application as a whole by somebody else; with an interview it is seen as its cards are.
Verdict OnFlag(const Facts& facts, std::string_view interview, bool own);

// Whether the viewer owes a card of the application: an aggregate served to them leaves it out.
bool OwesCard(const Facts& facts);

}  // namespace assay::visibility
