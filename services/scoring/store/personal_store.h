#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "services/runtime/crypto/personal.h"
#include "services/scoring/store/document_store.h"

namespace assay::scoring {

// The statements of one *_personal table: $1 tenant; `write` takes id, key_id and ciphertext, `read` ids.
struct PersonalQueries {
  const runtime::Query write;
  const runtime::Query read;
};

// Seals the personal fields of `message` under the data key of `subject`.
absl::Status WritePersonal(const PersonalQueries& queries, runtime::Tx& tx, runtime::PersonalVault& vault,
                           const std::string& subject, std::string_view id, const google::protobuf::Message& message);

// Merges what is stored and can still be opened into the messages, by id.
absl::Status MergePersonal(const PersonalQueries& queries, runtime::Tx& tx, runtime::PersonalVault& vault,
                           const std::map<std::string, google::protobuf::Message*>& messages);

template <typename Message>
absl::Status AddPersonal(const PersonalQueries& queries, runtime::Tx& tx, runtime::PersonalVault& vault,
                         std::vector<Stored<Message>>& rows) {
  std::map<std::string, google::protobuf::Message*> messages;
  for (Stored<Message>& row : rows) messages[row.id] = &row.message;
  return MergePersonal(queries, tx, vault, messages);
}

}  // namespace assay::scoring
