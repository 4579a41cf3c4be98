#include "services/scoring/store/personal_store.h"

#include <memory>

#include "services/runtime/base/error.h"
#include "services/runtime/base/personal_fields.h"
#include "services/runtime/base/status_macros.h"

namespace assay::scoring {

using google::protobuf::Message;
using runtime::Value;

absl::Status WritePersonal(const PersonalQueries& queries, runtime::Tx& tx, runtime::PersonalVault& vault,
                           const std::string& subject, std::string_view id, const Message& message) {
  const std::unique_ptr<Message> personal(message.New());
  personal->CopyFrom(message);
  runtime::KeepPersonal(*personal);
  ASSIGN_OR_RETURN(const runtime::SealedText sealed, vault.Seal(tx, subject, personal->SerializeAsString()));
  return tx.Execute(queries.write, {tx.tenant(), id, sealed.key_id, Value::Bytes(sealed.ciphertext)}).status();
}

absl::Status MergePersonal(const PersonalQueries& queries, runtime::Tx& tx, runtime::PersonalVault& vault,
                           const std::map<std::string, Message*>& messages) {
  if (messages.empty()) return absl::OkStatus();
  std::vector<std::string> ids;
  for (const auto& [id, message] : messages) ids.push_back(id);
  ASSIGN_OR_RETURN(const runtime::Rows rows, tx.Run(queries.read, {tx.tenant(), Value::Array(ids)}));
  for (const runtime::Row row : rows) {
    const absl::StatusOr<std::string> plain = vault.Open(tx, {row.String(1), row.Bytes(2)});
    if (absl::IsNotFound(plain.status())) continue;  // the key was destroyed: the person is forgotten
    RETURN_IF_ERROR(plain.status());
    if (!messages.at(row.String(0))->MergeFromString(*plain)) {
      return runtime::Internal("stored personal fields cannot be read");
    }
  }
  return absl::OkStatus();
}

}  // namespace assay::scoring
