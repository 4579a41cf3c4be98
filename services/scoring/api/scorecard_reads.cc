#include "services/scoring/api/scorecard_reads.h"

#include <cstdlib>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/head.h"
#include "services/scoring/api/card_change.h"
#include "services/scoring/api/list_rules.h"
#include "services/scoring/store/enum_text.h"
#include "services/scoring/store/external_id_store.h"

namespace assay::scoring {
namespace {

using runtime::RequestContext;
using runtime::Tx;
using visibility::Sight;

constexpr int kDefaultPage = 50;
constexpr int kMaxPage = 1000;

const ListRules& Rules() {
  static const ListRules rules{.fields = {kExternalSystem}, .order = "create_time desc"};
  return rules;
}

// What is left of a card for somebody who may know that it is in and nothing else.
v1::Scorecard StatusOnly(const v1::Scorecard& card) {
  v1::Scorecard status;
  status.set_name(card.name());
  status.set_interviewer(card.interviewer());
  status.set_application(card.application());
  status.set_state(card.state());
  return status;
}

std::set<std::string> ApplicationsOf(const std::vector<CardRow>& rows) {
  std::set<std::string> applications;
  for (const CardRow& row : rows) applications.insert(row.application);
  return applications;
}

template <typename T>
absl::StatusOr<T> InRead(ScoringParts& parts, const RequestContext& context,
                         const std::function<absl::StatusOr<T>(Tx&)>& work) {
  return runtime::Transact<T>(parts.pool, runtime::TxMode::kReadOnly, context.tenant(), context.deadline, work);
}

}  // namespace

absl::StatusOr<std::map<std::string, v1::Scorecard>> ScorecardReads::Visible(Tx& tx, const RequestContext& context,
                                                                             const std::vector<CardRow>& rows,
                                                                             ReadTrail& trail, bool break_glass) {
  std::map<std::string, v1::Scorecard> cards;
  if (rows.empty()) return cards;
  ASSIGN_OR_RETURN(const Viewer viewer,
                   Viewer::Load(tx, context, parts_.clock.Now(), ApplicationsOf(rows), break_glass));
  std::vector<v1::Scorecard*> whole;
  for (const CardRow& row : rows) {
    const visibility::Verdict verdict = viewer.Card(row);
    if (verdict.sight == Sight::kNothing) continue;
    v1::Scorecard& card = cards[CardName(row.key)];
    card = ToProto(row);
    if (verdict.sight == Sight::kExists) {
      card = StatusOnly(card);
      continue;
    }
    trail.Saw(*viewer.Find(row.application), row.application, row.key.interview, verdict);
    whole.push_back(&card);
  }
  RETURN_IF_ERROR(AddContents(tx, parts_.vault, whole));
  return cards;
}

absl::StatusOr<v1::Scorecard> ScorecardReads::Get(const RequestContext& context, const v1::GetScorecardRequest& request) {
  ASSIGN_OR_RETURN(const CardKey key, ParseCardName(request.name()));
  ReadTrail trail(parts_, context);
  ASSIGN_OR_RETURN(const v1::Scorecard card, InRead<v1::Scorecard>(parts_, context, [&](Tx& tx) -> absl::StatusOr<v1::Scorecard> {
                     ASSIGN_OR_RETURN(const CardRow row, ReadCard(tx, key));
                     ASSIGN_OR_RETURN(auto cards,
                                      Visible(tx, context, {row}, trail, !request.break_glass_reason().empty()));
                     if (cards.empty()) return runtime::NotFound(request.name());
                     return std::move(cards.begin()->second);
                   }));
  RETURN_IF_ERROR(trail.Leave(request.name(), request.break_glass_reason()));
  return card;
}

absl::StatusOr<v1::ListScorecardsResponse> ScorecardReads::List(const RequestContext& context,
                                                                const v1::ListScorecardsRequest& request) {
  const std::string parent = IdOf(request.parent());
  const bool break_glass = !request.break_glass_reason().empty();
  if (break_glass && parent == "-")
    return runtime::InvalidField("break_glass_reason", "needs one interview as parent");
  ASSIGN_OR_RETURN(const ListFilter filter,
                   ListFilter::Parse(Rules(), CardFields(), kFirstCardParameter, v1::Scorecard::descriptor(), request.filter(),
                                     request.order_by()));
  const std::string asked = request.parent() + "\n" + request.filter() + "\n" + request.order_by();
  ASSIGN_OR_RETURN(const runtime::Page page, parts_.pages.Open(context, asked, request.page_size(), request.page_token(),
                                                               kDefaultPage, kMaxPage));
  CardFilter wanted;
  if (parent != "-") wanted.interview = parent;
  wanted.filter = filter.sql();
  ReadTrail trail(parts_, context);
  ASSIGN_OR_RETURN(
      const v1::ListScorecardsResponse response,
      InRead<v1::ListScorecardsResponse>(parts_, context, [&](Tx& tx) -> absl::StatusOr<v1::ListScorecardsResponse> {
        v1::ListScorecardsResponse found;
        ASSIGN_OR_RETURN(*found.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
        ASSIGN_OR_RETURN(wanted.own, ReadOwnIds(tx, IdentityOf(context.principal)));
        std::vector<std::string> after = page.after;
        std::vector<std::string> last;
        // Reads on past what is hidden: a page that ends early, or a token for more, would tell that something is there.
        while (true) {
          ASSIGN_OR_RETURN(const std::vector<CardRow> rows, ListCards(tx, wanted, after, page.size + 1));
          ASSIGN_OR_RETURN(auto cards, Visible(tx, context, rows, trail, break_glass));
          for (const CardRow& row : rows) {
            const auto card = cards.find(CardName(row.key));
            if (card == cards.end() || !filter.Matches(card->second)) continue;
            if (found.scorecards_size() == page.size) {
              found.set_next_page_token(parts_.pages.Seal(context, asked, last));
              return found;
            }
            *found.add_scorecards() = std::move(card->second);
            last = PageKeyOf(row);
          }
          if (static_cast<int>(rows.size()) <= page.size) return found;
          after = PageKeyOf(rows.back());
        }
      }));
  RETURN_IF_ERROR(trail.Leave(request.parent() + "/scorecards", request.break_glass_reason()));
  return response;
}

absl::StatusOr<v1::BatchGetScorecardsResponse> ScorecardReads::BatchGet(const RequestContext& context,
                                                                        const v1::BatchGetScorecardsRequest& request) {
  std::vector<CardKey> keys;
  const std::string parent = IdOf(request.parent());
  for (const std::string& name : request.names()) {
    ASSIGN_OR_RETURN(CardKey key, ParseCardName(name));
    if (!parent.empty() && parent != "-" && key.interview != parent)
      return runtime::InvalidField("names", fmt::format("{} is not of {}", name, request.parent()));
    keys.push_back(std::move(key));
  }
  ReadTrail trail(parts_, context);
  ASSIGN_OR_RETURN(
      const v1::BatchGetScorecardsResponse response,
      InRead<v1::BatchGetScorecardsResponse>(parts_, context, [&](Tx& tx) -> absl::StatusOr<v1::BatchGetScorecardsResponse> {
        v1::BatchGetScorecardsResponse found;
        ASSIGN_OR_RETURN(*found.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
        ASSIGN_OR_RETURN(const std::vector<CardRow> rows, ReadCards(tx, keys));
        ASSIGN_OR_RETURN(const auto cards, Visible(tx, context, rows, trail, false));
        for (const std::string& name : request.names()) {
          const auto card = cards.find(name);
          if (card == cards.end()) return runtime::NotFound(name);
          *found.add_scorecards() = card->second;
        }
        return found;
      }));
  RETURN_IF_ERROR(trail.Leave((request.parent().empty() ? "interviews/-" : request.parent()) + "/scorecards"));
  return response;
}

absl::StatusOr<v1::BatchGetScorecardsByExternalIdResponse> ScorecardReads::BatchGetByExternalId(
    const RequestContext& context, const v1::BatchGetScorecardsByExternalIdRequest& request) {
  using Response = v1::BatchGetScorecardsByExternalIdResponse;
  ReadTrail trail(parts_, context);
  ASSIGN_OR_RETURN(const Response response, InRead<Response>(parts_, context, [&](Tx& tx) -> absl::StatusOr<Response> {
                     Response found;
                     ASSIGN_OR_RETURN(*found.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
                     ASSIGN_OR_RETURN(const auto owners, FindByExternalId(tx, "scorecard", request.external_ids()));
                     std::vector<CardKey> keys;
                     for (const auto& [external, id] : owners)
                       keys.push_back({id.substr(0, id.find('/')), id.substr(id.find('/') + 1)});
                     ASSIGN_OR_RETURN(const std::vector<CardRow> rows, ReadCards(tx, keys));
                     ASSIGN_OR_RETURN(const auto cards, Visible(tx, context, rows, trail, false));
                     for (const auto& asked : request.external_ids()) {
                       const auto owner = owners.find({asked.system(), asked.id()});
                       const std::string id = owner == owners.end() ? "" : owner->second;
                       const auto card = id.empty() ? cards.end()
                                                    : cards.find(CardName({id.substr(0, id.find('/')),
                                                                           id.substr(id.find('/') + 1)}));
                       if (card == cards.end()) {
                         *found.add_missing() = asked;
                       } else {
                         *found.add_scorecards() = card->second;
                       }
                     }
                     return found;
                   }));
  RETURN_IF_ERROR(trail.Leave("interviews/-/scorecards"));
  return response;
}

absl::StatusOr<v1::ListScorecardRevisionsResponse> ScorecardReads::ListRevisions(
    const RequestContext& context, const v1::ListScorecardRevisionsRequest& request) {
  using Response = v1::ListScorecardRevisionsResponse;
  ASSIGN_OR_RETURN(const CardKey key, ParseCardName(request.name()));
  ASSIGN_OR_RETURN(const runtime::Page page, parts_.pages.Open(context, request.name(), request.page_size(),
                                                               request.page_token(), kDefaultPage, kMaxPage));
  const int after = page.after.empty() ? 0 : std::atoi(page.after[0].c_str());
  ReadTrail trail(parts_, context);
  ASSIGN_OR_RETURN(const Response response, InRead<Response>(parts_, context, [&](Tx& tx) -> absl::StatusOr<Response> {
                     Response found;
                     ASSIGN_OR_RETURN(*found.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
                     ASSIGN_OR_RETURN(const CardRow row, ReadCard(tx, key));
                     ASSIGN_OR_RETURN(const Viewer viewer, Viewer::Load(tx, context, parts_.clock.Now(), {row.application}));
                     const visibility::Verdict verdict = viewer.Card(row);
                     if (row.draft() || (verdict.sight != Sight::kOwn && !verdict.all()))
                       return runtime::NotFound(request.name());
                     trail.Saw(*viewer.Find(row.application), row.application, row.key.interview, verdict);
                     ASSIGN_OR_RETURN(auto revisions, ReadRevisions(tx, parts_.vault, key, after, page.size + 1));
                     const bool more = static_cast<int>(revisions.size()) > page.size;
                     if (more) revisions.resize(page.size);
                     for (v1::ScorecardRevision& revision : revisions) *found.add_revisions() = std::move(revision);
                     if (more) {
                       found.set_next_page_token(parts_.pages.Seal(
                           context, request.name(), {std::to_string(found.revisions(page.size - 1).revision())}));
                     }
                     return found;
                   }));
  RETURN_IF_ERROR(trail.Leave(request.name()));
  return response;
}

}  // namespace assay::scoring
