#include "services/runtime/idempotency.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

#include "google/protobuf/descriptor.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

// Waits where another transaction holds the same key; when that one commits, nothing is inserted.
const Query kClaim{"idempotency_claim", R"sql(
  INSERT INTO idempotency (tenant, subject, method, request_id, request_hash)
  SELECT $1, k.subject, k.method, k.request_id, k.hash
  FROM unnest($2::text[], $3::text[], $4::text[], $5::bytea[]) AS k (subject, method, request_id, hash)
  ORDER BY k.subject, k.method, k.request_id
  ON CONFLICT DO NOTHING
  RETURNING subject, method, request_id
)sql"};

// A statement of its own after the claim, so that it sees what a twin committed meanwhile. The row lock is written to the
// log: the commit of a replay waits for the standbys like a write, so it never confirms what only the primary has.
const Query kFind{"idempotency_find", R"sql(
  SELECT i.request_hash, i.result_name, i.result_revision, i.xid, i.sequence
  FROM idempotency i
  WHERE i.tenant = $1 AND i.subject = $2 AND i.method = $3 AND i.request_id = $4
  FOR UPDATE
)sql"};

const Query kStore{"idempotency_store", R"sql(
  UPDATE idempotency i SET result_name = r.name, result_revision = r.revision, sequence = r.sequence
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
    AS r (subject, method, request_id, name, revision, sequence)
  WHERE i.tenant = $1 AND i.subject = r.subject AND i.method = r.method AND i.request_id = r.request_id
)sql"};

const Query kPosition{"idempotency_position", "SELECT pg_current_xact_id()"};

using Identity = std::tuple<std::string, std::string, std::string>;

Identity IdentityOf(const RequestKey& key) { return {key.subject, key.method, key.request_id}; }

}  // namespace

std::string RequestIdOf(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || field->is_repeated() || field->cpp_type() != field->CPPTYPE_STRING) return "";
  return request.GetReflection()->GetString(request, field);
}

bool IsValidateOnly(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("validate_only");
  if (field == nullptr || field->is_repeated() || field->cpp_type() != field->CPPTYPE_BOOL) return false;
  return request.GetReflection()->GetBool(request, field);
}

RequestKey KeyOf(const RequestContext& context, const google::protobuf::Message& request) {
  const Principal& who = context.principal;
  std::string subject = fmt::format("{}#{}", who.issuer, who.subject);
  if (!who.on_behalf_of.empty()) subject += fmt::format(" for {}", who.on_behalf_of);
  return {std::move(subject), context.method, RequestIdOf(request), Sha256(SerializeDeterministic(request))};
}

absl::StatusOr<std::vector<Claim>> ClaimRequests(Tx& tx, const std::vector<RequestKey>& keys) {
  std::vector<Claim> claims(keys.size());
  if (keys.empty()) return claims;
  std::vector<std::string> subjects, methods, request_ids, hashes;
  for (const RequestKey& key : keys) {
    subjects.push_back(key.subject);
    methods.push_back(key.method);
    request_ids.push_back(key.request_id);
    hashes.push_back(key.hash);
  }
  ASSIGN_OR_RETURN(const Rows fresh, tx.Run(kClaim, {tx.tenant(), Value::Array(subjects), Value::Array(methods),
                                                     Value::Array(request_ids), Value::ByteArray(hashes)}));
  if (fresh.size() == static_cast<int>(keys.size())) return claims;

  std::map<Identity, bool> ours;
  for (const Row row : fresh) ours[{row.String(0), row.String(1), row.String(2)}] = true;
  for (size_t i = 0; i < keys.size(); ++i) {
    const RequestKey& key = keys[i];
    if (ours.count(IdentityOf(key)) != 0) continue;
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(kFind, {tx.tenant(), key.subject, key.method, key.request_id}));
    if (rows.empty()) return Error(v1::ERROR_REASON_CONFLICT, "a concurrent change won; the same call may be repeated");
    const Row row = rows[0];
    claims[i] = {row.Bytes(0) == key.hash ? ClaimState::kReplay : ClaimState::kReused,
                 {row.String(1), row.Int64(2)},
                 {row.Uint64(3), row.Uint64(4)}};
  }
  return claims;
}

absl::Status StoreResults(Tx& tx, const std::vector<RequestResult>& results) {
  if (results.empty()) return absl::OkStatus();
  std::vector<std::string> subjects, methods, request_ids, names;
  std::vector<int64_t> revisions, sequences;
  for (const RequestResult& result : results) {
    subjects.push_back(result.key.subject);
    methods.push_back(result.key.method);
    request_ids.push_back(result.key.request_id);
    names.push_back(result.result.name);
    revisions.push_back(result.result.revision);
    sequences.push_back(static_cast<int64_t>(result.sequence));
  }
  ASSIGN_OR_RETURN(const int stored,
                   tx.Execute(kStore, {tx.tenant(), Value::Array(subjects), Value::Array(methods), Value::Array(request_ids),
                                       Value::Array(names), Value::Array(revisions), Value::Array(sequences)}));
  if (stored != static_cast<int>(results.size())) return Internal("an idempotency row is gone before its commit");
  return absl::OkStatus();
}

absl::StatusOr<FeedPosition> PositionOf(Tx& tx) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kPosition, {}));
  return FeedPosition{rows[0].Uint64(0), 0};
}

absl::Status RequestIdReused(const RequestKey& key) {
  return Error(v1::ERROR_REASON_REQUEST_ID_REUSED,
               fmt::format("request_id {} was used for a different {} request", key.request_id,
                           key.method.substr(key.method.find('/') + 1)),
               {{"request_id", key.request_id}});
}

}  // namespace assay::runtime
