#include "services/runtime/audit/audit_service.h"

#include <fmt/format.h>

#include "absl/strings/numbers.h"
#include "assay/runtime/v1/audit_service.pb.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"

namespace assay::runtime {
namespace {

constexpr int kVerifyPage = 1000;

#define ASSAY_AUDIT_COLUMNS                                                                                             \
  "a.sequence, (extract(epoch FROM a.time) * 1000000)::bigint, a.actor, a.on_behalf_of, a.method, a.resource, "         \
  "a.category, a.request_id, a.reason_hash, a.previous_hash, a.hash, p.key_id, p.ciphertext "                           \
  "FROM audit a LEFT JOIN audit_personal p ON p.tenant = a.tenant AND p.sequence = a.sequence "

const Query kList{"audit_list", "SELECT " ASSAY_AUDIT_COLUMNS
                                "WHERE a.tenant = $1 AND a.sequence < $2::bigint ORDER BY a.sequence DESC LIMIT $3::bigint"};
const Query kListResource{"audit_list_resource", "SELECT " ASSAY_AUDIT_COLUMNS
                          "WHERE a.tenant = $1 AND a.sequence < $2::bigint AND a.resource = $4 "
                          "ORDER BY a.sequence DESC LIMIT $3::bigint"};
const Query kWalk{"audit_walk", "SELECT " ASSAY_AUDIT_COLUMNS
                  "WHERE a.tenant = $1 AND a.sequence > $2::bigint AND a.sequence <= $3::bigint "
                  "ORDER BY a.sequence LIMIT $4::bigint"};
#undef ASSAY_AUDIT_COLUMNS

// One statement, so that head and end belong together. A chain whose head was removed is held against its own rows.
const Query kEnds{"audit_ends", R"sql(
  SELECT coalesce(h.sequence, 0), h.hash, coalesce(e.last, 0)
  FROM (SELECT max(sequence) AS last FROM audit WHERE tenant = $1) e
  LEFT JOIN audit_head h ON h.tenant = $1
)sql"};

enum Column { kSequence, kTime, kActor, kOnBehalfOf, kMethod, kResource, kCategory, kRequestId, kReasonHash, kPrevious, kHash,
              kKeyId, kCiphertext };

ChainedFields FieldsOf(const std::string& tenant, const Row& row) {
  return {tenant,
          row.Int64(kSequence),
          row.Int64(kTime),
          row.String(kActor),
          row.String(kOnBehalfOf),
          row.String(kMethod),
          row.String(kResource),
          row.String(kCategory),
          row.String(kRequestId),
          row.Bytes(kReasonHash)};
}

absl::StatusOr<v1::AuditEntry> ToProto(Tx& tx, PersonalVault& vault, const Row& row) {
  v1::AuditEntry entry;
  entry.set_sequence(row.Int64(kSequence));
  *entry.mutable_time() = ToTimestamp(FromMicros(row.Int64(kTime)));
  entry.set_actor(row.String(kActor));
  entry.set_on_behalf_of(row.String(kOnBehalfOf));
  entry.set_method(row.String(kMethod));
  entry.set_resource(row.String(kResource));
  entry.set_category(row.String(kCategory));
  entry.set_request_id(row.String(kRequestId));
  entry.set_previous_hash(Hex(row.Bytes(kPrevious)));
  entry.set_hash(Hex(row.Bytes(kHash)));
  if (!row.IsNull(kKeyId)) {
    absl::StatusOr<std::string> reason = vault.Open(tx, {row.String(kKeyId), row.Bytes(kCiphertext)});
    // An erased reason leaves the entry standing without it; one that is damaged is for VerifyAuditChain to name.
    if (reason.ok()) {
      entry.set_reason(*std::move(reason));
    } else if (!absl::IsNotFound(reason.status()) && !absl::IsDataLoss(reason.status())) {
      return reason.status();
    }
  }
  return entry;
}

absl::StatusOr<v1::ListAuditEntriesResponse> List(Pool& pool, PersonalVault& vault, const PageTokens& tokens,
                                                  const RequestContext& context,
                                                  const v1::ListAuditEntriesRequest& request) {
  ASSIGN_OR_RETURN(const Page page, tokens.Open(context, request.resource(), request.page_size(), request.page_token()));
  int64_t before = INT64_MAX;
  if (!page.after.empty() && !absl::SimpleAtoi(page.after[0], &before)) return Internal("page token without a sequence");
  return Transact<v1::ListAuditEntriesResponse>(
      pool, TxMode::kReadOnly, context.tenant(), context.deadline,
      [&](Tx& tx) -> absl::StatusOr<v1::ListAuditEntriesResponse> {
        // One more than asked tells whether there is another page.
        std::vector<Value> parameters{context.tenant(), before, page.size + 1};
        if (!request.resource().empty()) parameters.emplace_back(request.resource());
        ASSIGN_OR_RETURN(const Rows rows, tx.Run(request.resource().empty() ? kList : kListResource, parameters));
        v1::ListAuditEntriesResponse response;
        for (int i = 0; i < std::min(rows.size(), page.size); ++i) {
          ASSIGN_OR_RETURN(*response.add_entries(), ToProto(tx, vault, rows[i]));
        }
        if (rows.size() > page.size) {
          response.set_next_page_token(tokens.Seal(context, request.resource(), {rows[page.size - 1].String(kSequence)}));
        }
        return response;
      });
}

absl::StatusOr<v1::VerifyAuditChainResponse> Verify(Pool& pool, const RequestContext& context) {
  ASSIGN_OR_RETURN(const ChainFinding found, VerifyChain(pool, context.tenant(), context.deadline));
  v1::VerifyAuditChainResponse response;
  response.set_intact(found.first_broken == 0);
  response.set_entries(found.entries);
  response.set_head_hash(Hex(found.head_hash));
  response.set_first_broken_sequence(found.first_broken);
  response.set_finding(found.finding);
  return response;
}

}  // namespace

absl::StatusOr<ChainFinding> VerifyChain(Pool& pool, const std::string& tenant, Deadline deadline) {
  int64_t head_sequence = 0;
  int64_t last = 0;
  std::string head_hash;
  RETURN_IF_ERROR(pool.Transact(TxMode::kReadOnly, tenant, deadline, [&](Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Rows rows, tx.Run(kEnds, {tenant}));
    head_sequence = rows[0].Int64(0);
    head_hash = rows[0].IsNull(1) ? ChainStart() : rows[0].Bytes(1);
    last = rows[0].Int64(2);
    return absl::OkStatus();
  }));
  ChainWalk walk;
  int64_t at = 0;
  while (at < last) {
    int read = 0;
    RETURN_IF_ERROR(pool.Transact(TxMode::kReadOnly, tenant, deadline, [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Rows rows, tx.Run(kWalk, {tenant, at, last, kVerifyPage}));
      for (const Row row : rows) {
        const ChainedFields fields = FieldsOf(tenant, row);
        walk.Visit(fields, row.Bytes(kPrevious), row.Bytes(kHash));
        if (!row.IsNull(kCiphertext) && Sha256(row.Bytes(kCiphertext)) != fields.reason_hash) {
          walk.Break(fields.sequence, fmt::format("the reason of entry {} was changed", fields.sequence));
        }
        at = fields.sequence;
      }
      read = rows.size();
      return absl::OkStatus();
    }));
    if (read == 0) break;
  }
  return walk.Finish(head_sequence, head_hash);
}

void AddAuditService(Service& service, Pool& pool, PersonalVault& vault, const PageTokens& tokens) {
  service.Unary<v1::ListAuditEntriesRequest, v1::ListAuditEntriesResponse>(
      "ListAuditEntries", [&](const RequestContext& context, const v1::ListAuditEntriesRequest& request) {
        return List(pool, vault, tokens, context, request);
      });
  service.Unary<v1::VerifyAuditChainRequest, v1::VerifyAuditChainResponse>(
      "VerifyAuditChain", [&](const RequestContext& context, const v1::VerifyAuditChainRequest&) {
        return Verify(pool, context);
      });
}

}  // namespace assay::runtime
