#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "services/runtime/base/instant.h"
#include "services/runtime/crypto/personal.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/rpc/request_context.h"

namespace assay::runtime {

// One entry of the tenant's chain (assay.runtime.v1.AuditEntry without what the chain adds).
struct AuditRecord {
  std::string category = "write";  // write, read, privileged, break-glass, export, privacy
  std::string resource;
  // Free text about people: sealed under the data key of `subject`, so it needs a vault.
  std::string reason;
  std::string request_id;
  // Whose data key seals the reason, such as "candidates/ada"; empty = `resource`.
  std::string subject;
};

// A record with who caused it and when.
struct AuditEntry {
  Instant time{};
  std::string actor;
  std::string on_behalf_of;
  std::string method;
  AuditRecord record;
};
AuditEntry EntryOf(const RequestContext& context, AuditRecord record);

// Appends to the chain of the transaction's tenant. It locks the tenant's head row until the commit, so it is the last thing
// a transaction does. INTERNAL when a reason is given and no vault.
absl::Status AppendAudit(Tx& tx, const RequestContext& context, const std::vector<AuditRecord>& records,
                         PersonalVault* vault = nullptr);
// The same for entries of several callers that share a transaction.
absl::Status AppendAuditEntries(Tx& tx, const std::vector<AuditEntry>& entries, PersonalVault* vault = nullptr);

// What an entry's hash covers besides the hash before it.
struct ChainedFields {
  std::string tenant;
  int64_t sequence = 0;
  int64_t time_micros = 0;
  std::string actor;
  std::string on_behalf_of;
  std::string method;
  std::string resource;
  std::string category;
  std::string request_id;
  std::string reason_hash;  // SHA-256 of the sealed reason, raw; empty without one
};

// SHA-256(0x00 ‖ every field behind its length ‖ previous), raw. `previous` is the hash of the entry before.
std::string ChainHash(std::string_view previous, const ChainedFields& fields);
// What the first entry follows: 32 zero bytes.
std::string ChainStart();

// What a walk along a chain found.
struct ChainFinding {
  int64_t entries = 0;
  std::string head_hash;            // raw, of the last entry read
  int64_t first_broken = 0;         // sequence; 0 = intact
  std::string finding;              // what is wrong there
};

// Checks a chain entry by entry in order of sequence; every row is recomputed.
class ChainWalk {
 public:
  ChainWalk() : previous_(ChainStart()) { result_.head_hash = previous_; }
  // `previous_hash` and `hash` as stored, raw.
  void Visit(const ChainedFields& fields, std::string_view previous_hash, std::string_view hash);
  // Names a fault that a caller found at `sequence`, unless an earlier one is known.
  void Break(int64_t sequence, std::string finding);
  // Compares the end with the stored head.
  ChainFinding Finish(int64_t head_sequence, std::string_view head_hash);

 private:
  ChainFinding result_;
  int64_t last_ = 0;
  std::string previous_;
};

}  // namespace assay::runtime
