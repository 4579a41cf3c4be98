#include "services/scoring/store/scorecard_store.h"

#include <fmt/format.h>

#include <map>

#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/store/card_content.h"
#include "services/scoring/store/document_store.h"
#include "services/scoring/store/enum_text.h"

namespace assay::scoring {
namespace {

using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

#define ASSAY_CARD_COLUMNS                                                                                                   \
  "s.interview, s.interviewer, s.uid, s.version, s.state, s.revision, s.application, s.candidate, s.requisition, "           \
  "s.panel_role, s.submitted_by, s.rated_after_exposure, s.amended_after_exposure, s.rated_after_assist, s.late, "           \
  "s.submit_time, s.amend_time, s.create_time, s.update_time, s.document"
constexpr int kCardColumns = 20;

const Query kRead{"scorecard_read", "SELECT " ASSAY_CARD_COLUMNS R"sql(
  FROM unnest($2::text[], $3::text[]) AS k (interview, interviewer)
  JOIN scorecard s ON s.tenant = $1 AND s.interview = k.interview AND s.interviewer = k.interviewer
)sql"};

const Query kLock{"scorecard_lock", "SELECT " ASSAY_CARD_COLUMNS R"sql(
  FROM scorecard s WHERE s.tenant = $1 AND s.interview = $2 AND s.interviewer = $3 FOR UPDATE
)sql"};

const runtime::FilteredQuery kList{"scorecard_list", "SELECT " ASSAY_CARD_COLUMNS R"sql(
  FROM scorecard s
  WHERE s.tenant = $1
    AND ($2::timestamptz IS NULL OR (s.create_time, s.interview, s.interviewer) < ($2::timestamptz, $3::text, $4::text))
    AND ($6::text IS NULL OR s.interview = $6)
    AND (s.state <> 'DRAFT' OR s.interviewer = ANY($7::text[]))
    AND {filter}
  ORDER BY s.create_time DESC, s.interview DESC, s.interviewer DESC LIMIT $5
)sql"};

const Query kOfApplication{"scorecard_of_application", "SELECT " ASSAY_CARD_COLUMNS R"sql(, coalesce(r.subject, '')
  FROM scorecard s LEFT JOIN interviewer r ON r.tenant = s.tenant AND r.id = s.interviewer
  WHERE s.tenant = $1 AND s.application = $2 AND s.revision > 0
  ORDER BY s.interview, s.interviewer
)sql"};

const Query kRevisionsOfApplication{"scorecard_revisions_of_application", R"sql(
  SELECT s.interview, s.interviewer, v.revision, v.after_exposure,
         r.ordinal, r.question, r.competency, r.score, r.not_assessed_reason, r.concepts
  FROM scorecard s
  JOIN scorecard_revision v ON v.tenant = s.tenant AND v.interview = s.interview AND v.interviewer = s.interviewer
  LEFT JOIN rating r ON r.tenant = v.tenant AND r.interview = v.interview AND r.interviewer = v.interviewer
                    AND r.revision = v.revision
  WHERE s.tenant = $1 AND s.application = $2 AND s.revision > 0
  ORDER BY s.interview, s.interviewer, v.revision, r.ordinal
)sql"};

// Revisions from $5 to $6 of each card, with what is sealed of them; a draft (revision 0) has the sealed row alone.
const Query kContents{"scorecard_contents", R"sql(
  SELECT k.place, k.first, v.revision, v.submitted_by, v.after_exposure, v.recommendation, v.external_system,
         v.external_value, v.revise_time, p.key_id, p.ciphertext
  FROM unnest($2::text[], $3::text[], $4::integer[], $5::integer[]) WITH ORDINALITY
         AS k (interview, interviewer, first, last, place)
  LEFT JOIN scorecard_revision v ON v.tenant = $1 AND v.interview = k.interview AND v.interviewer = k.interviewer
                                AND v.revision BETWEEN k.first AND k.last
  LEFT JOIN scorecard_personal p ON p.tenant = $1 AND p.interview = k.interview AND p.interviewer = k.interviewer
                                AND p.revision = coalesce(v.revision, 0) AND (v.revision IS NOT NULL OR k.first = 0)
  ORDER BY k.place, v.revision
)sql"};

const Query kRatings{"scorecard_ratings", R"sql(
  SELECT k.place, r.revision, r.question, r.competency, r.score, r.not_assessed_reason, r.concepts
  FROM unnest($2::text[], $3::text[], $4::integer[], $5::integer[]) WITH ORDINALITY
         AS k (interview, interviewer, first, last, place)
  JOIN rating r ON r.tenant = $1 AND r.interview = k.interview AND r.interviewer = k.interviewer
               AND r.revision BETWEEN k.first AND k.last
  ORDER BY k.place, r.revision, r.ordinal
)sql"};

const Query kWriteDraft{"scorecard_write_draft", R"sql(
  WITH personal AS (
    INSERT INTO scorecard_personal (tenant, interview, interviewer, revision, key_id, ciphertext)
    VALUES ($1, $2, $3, 0, $13, $14)
    ON CONFLICT (tenant, interview, interviewer, revision)
      DO UPDATE SET key_id = EXCLUDED.key_id, ciphertext = EXCLUDED.ciphertext
  )
  INSERT INTO scorecard (tenant, interview, interviewer, uid, version, state, revision, application, candidate, requisition,
                         panel_role, submitted_by, create_time, update_time, document)
  VALUES ($1, $2, $3, $4, $5, 'DRAFT', 0, $6, $7, $8, $9, '', $10, $11, $12)
  ON CONFLICT (tenant, interview, interviewer) DO UPDATE
    SET version = EXCLUDED.version, panel_role = EXCLUDED.panel_role, update_time = EXCLUDED.update_time,
        document = EXCLUDED.document
    WHERE scorecard.revision = 0 AND scorecard.version = EXCLUDED.version - 1
)sql"};

const Query kAmend{"scorecard_amend", R"sql(
  UPDATE scorecard SET version = $4, state = 'AMENDED', revision = $5, amended_after_exposure = $6, amend_time = $7,
                       update_time = $7, submitted_by = $8
  WHERE tenant = $1 AND interview = $2 AND interviewer = $3 AND version = $4 - 1
)sql"};

const Query kInsertRevision{"scorecard_insert_revision", R"sql(
  INSERT INTO scorecard_revision (tenant, interview, interviewer, revision, submitted_by, after_exposure, recommendation,
                                  external_system, external_value, revise_time)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
)sql"};

const Query kInsertRatings{"scorecard_insert_ratings", R"sql(
  INSERT INTO rating (tenant, interview, interviewer, revision, ordinal, question, competency, score, not_assessed_reason,
                      concepts)
  SELECT $1, r.* FROM unnest($2::text[], $3::text[], $4::integer[], $5::smallint[], $6::text[], $7::text[], $8::smallint[],
                             $9::text[], $10::text[]) AS r
)sql"};

const Query kInsertPersonal{"scorecard_insert_personal", R"sql(
  INSERT INTO scorecard_personal (tenant, interview, interviewer, revision, key_id, ciphertext)
  VALUES ($1, $2, $3, $4, $5, $6)
)sql"};

template <typename Enum>
Enum Parse(const google::protobuf::EnumDescriptor* descriptor, std::string_view prefix, std::string_view text) {
  const auto* value = descriptor->FindValueByName(std::string(prefix).append(text));
  return static_cast<Enum>(value == nullptr ? 0 : value->number());
}

CardRow RowOf(const Row& row) {
  CardRow card;
  card.key = {row.String(0), row.String(1)};
  card.uid = row.String(2);
  card.version = row.Int64(3);
  card.state = Parse<v1::ScorecardState>(v1::ScorecardState_descriptor(), "SCORECARD_STATE_", row.Text(4));
  card.revision = row.Int(5);
  card.application = row.String(6);
  card.candidate = row.String(7);
  card.requisition = row.String(8);
  card.role = Parse<v1::PanelRole>(v1::PanelRole_descriptor(), "PANEL_ROLE_", row.Text(9));
  card.submitted_by = row.String(10);
  card.rated_after_exposure = row.Bool(11);
  card.amended_after_exposure = row.Bool(12);
  card.rated_after_assist = row.Bool(13);
  card.late = row.Bool(14);
  card.submit_time = row.OptionalTime(15);
  card.amend_time = row.OptionalTime(16);
  card.create_time = row.Time(17);
  card.update_time = row.Time(18);
  card.document = row.Bytes(19);
  return card;
}

std::vector<CardRow> RowsOf(const Rows& rows) {
  std::vector<CardRow> cards;
  for (const Row row : rows) cards.push_back(RowOf(row));
  return cards;
}

// Cards of which revisions `first` to `last` are wanted.
struct Wanted {
  std::vector<std::string> interviews;
  std::vector<std::string> interviewers;
  std::vector<int32_t> first;
  std::vector<int32_t> last;

  void Add(const CardKey& key, int from, int to) {
    interviews.push_back(key.interview);
    interviewers.push_back(key.interviewer);
    first.push_back(from);
    last.push_back(to);
  }
  std::vector<Value> Values(const std::string& tenant) const {
    return {tenant, Value::Array(interviews), Value::Array(interviewers), Value::Array(first), Value::Array(last)};
  }
};

// The revisions of each wanted card, by place from 0.
absl::StatusOr<std::vector<std::vector<v1::ScorecardRevision>>> Contents(Tx& tx, runtime::PersonalVault& vault,
                                                                         const Wanted& wanted) {
  std::vector<std::vector<v1::ScorecardRevision>> found(wanted.first.size());
  ASSIGN_OR_RETURN(const Rows ratings, tx.Run(kRatings, wanted.Values(tx.tenant())));
  std::map<std::pair<int64_t, int>, v1::ScorecardContent> rated;
  for (const Row row : ratings) *rated[{row.Int64(0), row.Int(1)}].add_ratings() = RatingOf(row, 2);
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kContents, wanted.Values(tx.tenant())));
  for (const Row row : rows) {
    v1::ScorecardRevision& revision = found[row.Int64(0) - 1].emplace_back();
    const bool draft = row.IsNull(2);
    if (!draft) {
      revision.set_revision(row.Int(2));
      *revision.mutable_content() = rated[{row.Int64(0), row.Int(2)}];
      revision.set_submitted_by(row.String(3));
      revision.set_amended_after_exposure(row.Int(2) > 1 && row.Bool(4));
      v1::Recommendation recommendation = v1::RECOMMENDATION_UNSPECIFIED;
      v1::Recommendation_Parse("RECOMMENDATION_" + row.String(5), &recommendation);
      revision.mutable_content()->set_recommendation(recommendation);
      if (!row.Text(6).empty()) {
        revision.mutable_content()->mutable_external_recommendation()->set_system(row.String(6));
        revision.mutable_content()->mutable_external_recommendation()->set_value(row.String(7));
      }
      *revision.mutable_revise_time() = runtime::ToTimestamp(row.Time(8));
    }
    if (row.IsNull(9)) continue;
    const absl::StatusOr<std::string> opened = vault.Open(tx, {row.String(9), row.Bytes(10)});
    if (absl::IsNotFound(opened.status())) continue;  // erased with the candidate
    RETURN_IF_ERROR(opened.status());
    if (draft) {
      revision.ParseFromString(*opened);
    } else {
      MergePersonalPart(*opened, revision);
    }
  }
  return found;
}

}  // namespace

std::string CardName(const CardKey& key) { return fmt::format("interviews/{}/scorecards/{}", key.interview, key.interviewer); }

std::string CandidateKey(std::string_view candidate) { return fmt::format("candidates/{}", candidate); }

v1::Scorecard ToProto(const CardRow& row) {
  v1::Scorecard card;
  card.ParseFromString(row.document);
  card.set_name(CardName(row.key));
  card.set_uid(row.uid);
  card.set_interviewer("interviewers/" + row.key.interviewer);
  card.set_submitted_by(row.submitted_by);
  card.set_state(row.state);
  card.set_revision(row.revision);
  card.set_rated_after_exposure(row.rated_after_exposure);
  card.set_amended_after_exposure(row.amended_after_exposure);
  card.set_rated_after_assist(row.rated_after_assist);
  card.set_late(row.late);
  if (row.submit_time) *card.mutable_submit_time() = runtime::ToTimestamp(*row.submit_time);
  if (row.amend_time) *card.mutable_amend_time() = runtime::ToTimestamp(*row.amend_time);
  card.set_etag(EtagOf(row.version));
  *card.mutable_create_time() = runtime::ToTimestamp(row.create_time);
  *card.mutable_update_time() = runtime::ToTimestamp(row.update_time);
  card.set_application("applications/" + row.application);
  return card;
}

absl::StatusOr<std::vector<CardRow>> ReadCards(Tx& tx, const std::vector<CardKey>& keys) {
  std::vector<std::string> interviews, interviewers;
  for (const CardKey& key : keys) {
    interviews.push_back(key.interview);
    interviewers.push_back(key.interviewer);
  }
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kRead, {tx.tenant(), Value::Array(interviews), Value::Array(interviewers)}));
  return RowsOf(rows);
}

absl::StatusOr<CardRow> ReadCard(Tx& tx, const CardKey& key) {
  ASSIGN_OR_RETURN(std::vector<CardRow> rows, ReadCards(tx, {key}));
  if (rows.empty()) return runtime::NotFound(CardName(key));
  return std::move(rows[0]);
}

absl::StatusOr<CardRow> LockCard(Tx& tx, const CardKey& key) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kLock, {tx.tenant(), key.interview, key.interviewer}));
  if (rows.empty()) return runtime::NotFound(CardName(key));
  return RowOf(rows[0]);
}

const runtime::FilterFields& CardFields() {
  static const runtime::FilterFields fields{{"application", {"s.application", runtime::FilterType::kName}},
                                            {"interviewer", {"s.interviewer", runtime::FilterType::kName}},
                                            {"state", runtime::EnumField("s.state", v1::ScorecardState_descriptor())}};
  return fields;
}

absl::StatusOr<std::vector<CardRow>> ListCards(Tx& tx, const CardFilter& filter, const std::vector<std::string>& after,
                                               int limit) {
  const bool first = after.size() != 3;
  const Value none{std::nullopt};
  std::vector<Value> parameters = {tx.tenant(), first ? none : Value(after[0]), first ? none : Value(after[1]),
                                   first ? none : Value(after[2]), limit, filter.interview, Value::Array(filter.own)};
  parameters.insert(parameters.end(), filter.filter.parameters.begin(), filter.filter.parameters.end());
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kList.Where(filter.filter.where), parameters));
  return RowsOf(rows);
}

std::vector<std::string> PageKeyOf(const CardRow& row) {
  return {runtime::ToText(row.create_time), row.key.interview, row.key.interviewer};
}

absl::StatusOr<std::vector<CardHistory>> CardsOfApplication(Tx& tx, std::string_view application) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kOfApplication, {tx.tenant(), application}));
  std::vector<CardHistory> cards;
  std::map<CardKey, size_t> places;
  for (const Row row : rows) {
    CardHistory& card = cards.emplace_back();
    card.row = RowOf(row);
    card.author_subject = row.String(kCardColumns);
    places[card.row.key] = cards.size() - 1;
  }
  ASSIGN_OR_RETURN(const Rows ratings, tx.Run(kRevisionsOfApplication, {tx.tenant(), application}));
  for (const Row row : ratings) {
    const auto place = places.find({row.String(0), row.String(1)});
    if (place == places.end()) continue;  // submitted between the two statements: the next evaluation's
    auto& revisions = cards[place->second].revisions;
    if (revisions.empty() || revisions.back().revision() != row.Int(2)) {
      revisions.emplace_back().set_revision(row.Int(2));
      revisions.back().set_amended_after_exposure(row.Bool(3));
    }
    if (!row.IsNull(4)) *revisions.back().mutable_content()->add_ratings() = RatingOf(row, 5);
  }
  return cards;
}

absl::Status AddContents(Tx& tx, runtime::PersonalVault& vault, const std::vector<v1::Scorecard*>& cards) {
  if (cards.empty()) return absl::OkStatus();
  Wanted wanted;
  for (const v1::Scorecard* card : cards) {
    const std::string& name = card->name();
    const size_t interview = name.find('/') + 1;
    const size_t end = name.find('/', interview);
    wanted.Add({name.substr(interview, end - interview), IdOf(name)}, card->revision(), card->revision());
  }
  ASSIGN_OR_RETURN(auto contents, Contents(tx, vault, wanted));
  for (size_t i = 0; i < cards.size(); ++i) {
    if (!contents[i].empty()) *cards[i]->mutable_content() = std::move(*contents[i].back().mutable_content());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::ScorecardRevision>> ReadRevisions(Tx& tx, runtime::PersonalVault& vault, const CardKey& key,
                                                                 int after_revision, int limit) {
  Wanted wanted;
  wanted.Add(key, after_revision + 1, after_revision + limit);
  ASSIGN_OR_RETURN(auto contents, Contents(tx, vault, wanted));
  if (contents[0].size() == 1 && contents[0][0].revision() == 0) contents[0].clear();
  return std::move(contents[0]);
}

absl::Status WriteDraft(Tx& tx, runtime::PersonalVault& vault, const CardRow& row, const v1::ScorecardContent& content) {
  ASSIGN_OR_RETURN(const runtime::SealedText sealed, vault.Seal(tx, CandidateKey(row.candidate), DraftPart(content)));
  ASSIGN_OR_RETURN(const int written,
                   tx.Execute(kWriteDraft, {tx.tenant(), row.key.interview, row.key.interviewer, row.uid, row.version,
                                            row.application, row.candidate, row.requisition,
                                            v1::PanelRole_Name(row.role).substr(sizeof("PANEL_ROLE_") - 1), row.create_time,
                                            row.update_time, Value::Bytes(row.document), sealed.key_id,
                                            Value::Bytes(sealed.ciphertext)}));
  if (written == 0) {
    return runtime::Error(runtime::v1::ERROR_REASON_CONFLICT, "a concurrent change won; the same call may be repeated");
  }
  return absl::OkStatus();
}

absl::Status WriteAmendment(Tx& tx, runtime::PersonalVault& vault, const CardRow& row, const v1::ScorecardContent& content,
                            std::string_view amend_reason) {
  const CardKey& key = row.key;
  ASSIGN_OR_RETURN(const int updated, tx.Execute(kAmend, {tx.tenant(), key.interview, key.interviewer, row.version,
                                                          row.revision, row.amended_after_exposure, row.amend_time,
                                                          row.submitted_by}));
  if (updated != 1) return runtime::EtagMismatch(CardName(key));
  RETURN_IF_ERROR(tx.Execute(kInsertRevision,
                             {tx.tenant(), key.interview, key.interviewer, row.revision, row.submitted_by,
                              row.amended_after_exposure || row.rated_after_exposure, EnumText(content, "recommendation"),
                              content.external_recommendation().system(), content.external_recommendation().value(),
                              row.amend_time})
                      .status());
  RatingColumns ratings;
  ratings.Add(key.interview, key.interviewer, row.revision, content);
  std::vector<Value> values = ratings.Values();
  values.insert(values.begin(), Value(tx.tenant()));
  RETURN_IF_ERROR(tx.Execute(kInsertRatings, values).status());
  const std::string personal = PersonalPart(content, amend_reason);
  if (personal.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const runtime::SealedText sealed, vault.Seal(tx, CandidateKey(row.candidate), personal));
  return tx
      .Execute(kInsertPersonal, {tx.tenant(), key.interview, key.interviewer, row.revision, sealed.key_id,
                                 Value::Bytes(sealed.ciphertext)})
      .status();
}

}  // namespace assay::scoring
