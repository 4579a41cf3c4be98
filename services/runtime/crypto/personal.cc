#include "services/runtime/crypto/personal.h"

#include <fmt/format.h>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/crypto/framing.h"

namespace assay::runtime {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view kWrapping = "data-key";
constexpr std::string_view kPersonal = "personal";
constexpr std::chrono::seconds kKeep{60};
constexpr size_t kMaxKept = 100'000;

// A key of this very transaction must not outlive a rollback, so the reader learns whose it is.
const Query kSelectKey{"data_key_select", R"sql(
  SELECT wrapped, coalesce(xid = pg_current_xact_id_if_assigned(), false) FROM data_key WHERE tenant = $1 AND key_id = $2
)sql"};

const Query kInsertKey{"data_key_insert", R"sql(
  INSERT INTO data_key (tenant, key_id, wrapped) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
)sql"};

const Query kDeleteKey{"data_key_delete", R"sql(
  DELETE FROM data_key WHERE tenant = $1 AND key_id = $2
)sql"};

}  // namespace

PersonalVault::Key PersonalVault::Cached(const std::string& tenant, const std::string& key_id) {
  std::lock_guard lock(mutex_);
  const auto found = keys_.find(Framed({tenant, key_id}));
  if (found == keys_.end()) return nullptr;
  if (found->second.until < steady_clock::now()) {
    keys_.erase(found);
    return nullptr;
  }
  return found->second.key;
}

absl::StatusOr<PersonalVault::Key> PersonalVault::KeyOf(Tx& tx, const std::string& key_id, bool create) {
  if (Key key = Cached(tx.tenant(), key_id)) return key;
  const std::string context = Framed({tx.tenant(), key_id});
  ASSIGN_OR_RETURN(Rows rows, tx.Run(kSelectKey, {tx.tenant(), key_id}));
  if (rows.empty()) {
    if (!create) return NotFound(key_id);
    const std::string fresh = RandomBytes(32);
    RETURN_IF_ERROR(
        tx.Execute(kInsertKey, {tx.tenant(), key_id, Value::Bytes(sealer_.Seal(kWrapping, context, fresh))}).status());
    // Another transaction may have made the key between the two statements: what is stored counts.
    ASSIGN_OR_RETURN(rows, tx.Run(kSelectKey, {tx.tenant(), key_id}));
    if (rows.empty()) return Internal(fmt::format("no data key {} after making it", key_id));
  }
  absl::StatusOr<std::string> secret = sealer_.Open(kWrapping, context, rows[0].Bytes(0));
  if (!secret.ok()) {
    return Error(v1::ERROR_REASON_EVENT_PARKED, fmt::format("the data key of {} cannot be unwrapped", key_id),
                 {{"resource", key_id}});
  }
  ASSIGN_OR_RETURN(Key key, Sealer::Create(*secret));
  if (!rows[0].Bool(1)) {
    std::lock_guard lock(mutex_);
    if (keys_.size() >= kMaxKept) keys_.clear();
    keys_[context] = {key, steady_clock::now() + kKeep};
  }
  return key;
}

SealedText PersonalVault::SealWith(const Sealer& key, const std::string& tenant, const std::string& key_id,
                                   std::string_view plain) const {
  return {key_id, key.Seal(kPersonal, Framed({tenant, key_id}), plain)};
}

absl::StatusOr<SealedText> PersonalVault::Seal(Tx& tx, const std::string& subject, std::string_view plain) {
  ASSIGN_OR_RETURN(const Key key, KeyOf(tx, subject, /*create=*/true));
  return SealWith(*key, tx.tenant(), subject, plain);
}

absl::StatusOr<SealedText> PersonalVault::SealCached(const std::string& tenant, const std::string& subject,
                                                     std::string_view plain) {
  const Key key = Cached(tenant, subject);
  if (key == nullptr) return absl::NotFoundError("the data key is not in memory");
  return SealWith(*key, tenant, subject, plain);
}

absl::StatusOr<std::string> PersonalVault::Open(Tx& tx, const SealedText& sealed) {
  ASSIGN_OR_RETURN(const Key key, KeyOf(tx, sealed.key_id, /*create=*/false));
  absl::StatusOr<std::string> plain = key->Open(kPersonal, Framed({tx.tenant(), sealed.key_id}), sealed.ciphertext);
  if (!plain.ok()) {
    return Error(v1::ERROR_REASON_EVENT_PARKED, fmt::format("a text of {} cannot be read", sealed.key_id),
                 {{"resource", sealed.key_id}});
  }
  return plain;
}

absl::Status PersonalVault::Destroy(Tx& tx, const std::string& subject) {
  {
    std::lock_guard lock(mutex_);
    keys_.erase(Framed({tx.tenant(), subject}));
  }
  return tx.Execute(kDeleteKey, {tx.tenant(), subject}).status();
}

}  // namespace assay::runtime
