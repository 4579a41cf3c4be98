#include "services/scoring/store/document_store.h"

#include <fmt/format.h>

#include "google/protobuf/descriptor.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/personal_fields.h"
#include "services/runtime/base/status_macros.h"
#include "services/scoring/store/enum_text.h"

namespace assay::scoring {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Timestamp;
using runtime::Instant;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

namespace {

// Columns of every SELECT, in this order.
enum Column { kId, kUid, kVersion, kDocument, kCreateTime, kUpdateTime };

const FieldDescriptor* Field(const Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

void SetText(Message& message, const char* name, std::string text) {
  message.GetReflection()->SetString(&message, Field(message, name), std::move(text));
}

std::string GetText(const Message& message, const char* name) {
  return message.GetReflection()->GetString(message, Field(message, name));
}

void SetTime(Message& message, const char* name, Instant instant) {
  message.GetReflection()->MutableMessage(&message, Field(message, name))->CopyFrom(runtime::ToTimestamp(instant));
}

Instant GetTime(const Message& message, const char* name) {
  const Message& field = message.GetReflection()->GetMessage(message, Field(message, name));
  return runtime::FromTimestamp(static_cast<const Timestamp&>(field));
}

absl::Status Decode(const DocumentTable& table, const Row& row, Message& message) {
  if (!message.ParseFromString(row.Bytes(kDocument))) {
    return runtime::Internal(fmt::format("stored {} {} cannot be read", table.type, row.Text(kId)));
  }
  SetText(message, "name", table.NameOf(row.Text(kId)));
  SetText(message, "uid", row.String(kUid));
  SetText(message, "etag", EtagOf(row.Int64(kVersion)));
  SetTime(message, "create_time", row.Time(kCreateTime));
  SetTime(message, "update_time", row.Time(kUpdateTime));
  return absl::OkStatus();
}

// What stands in columns or in *_personal is not repeated in the document.
Value Encode(const Message& message) {
  const std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  for (const char* name : {"name", "uid", "etag", "create_time", "update_time"}) {
    copy->GetReflection()->ClearField(copy.get(), Field(*copy, name));
  }
  runtime::ClearPersonal(*copy);
  return Value::Bytes(runtime::SerializeDeterministic(*copy));
}

std::string StateOf(const Message& message) { return EnumText(message, "state"); }

absl::Status Add(const DocumentTable& table, const Rows& rows,
                 const std::function<void(std::string id, int64_t version)>& add, document::SlotFactory next) {
  for (const Row row : rows) {
    add(row.String(kId), row.Int64(kVersion));
    RETURN_IF_ERROR(Decode(table, row, *next()));
  }
  return absl::OkStatus();
}

}  // namespace

std::string EtagOf(int64_t version) { return fmt::format("\"{}\"", version); }

namespace document {

absl::Status Read(const DocumentTable& table, const runtime::Query& query, Tx& tx, std::string_view id, Slot& slot) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(query, {tx.tenant(), id}));
  if (rows.empty()) return runtime::NotFound(table.NameOf(id));
  slot.id = rows[0].String(kId);
  slot.version = rows[0].Int64(kVersion);
  return Decode(table, rows[0], *slot.message);
}

absl::Status ReadMany(const DocumentTable& table, Tx& tx, const std::vector<std::string>& ids,
                      const std::function<void(std::string id, int64_t version)>& add, SlotFactory next) {
  if (ids.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(table.queries->batch, {tx.tenant(), Value::Array(ids)}));
  return Add(table, rows, add, next);
}

absl::Status List(const DocumentTable& table, Tx& tx, const runtime::Page& page, int limit,
                  const runtime::SqlFilter& filter, const std::function<void(std::string id, int64_t version)>& add,
                  SlotFactory next) {
  std::vector<Value> parameters = {tx.tenant(), std::nullopt, std::nullopt, limit};
  if (page.after.size() == 2) {
    parameters[1] = Value(page.after[0]);
    parameters[2] = Value(page.after[1]);
  }
  parameters.insert(parameters.end(), filter.parameters.begin(), filter.parameters.end());
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(table.queries->list.Where(filter.where), parameters));
  return Add(table, rows, add, next);
}

absl::Status Insert(const DocumentTable& table, Tx& tx, Slot slot) {
  const Message& message = *slot.message;
  std::vector<Value> parameters = {tx.tenant(),
                                   slot.id,
                                   GetText(message, "uid"),
                                   slot.version,
                                   StateOf(message),
                                   Encode(message),
                                   GetTime(message, "create_time"),
                                   GetTime(message, "update_time")};
  for (Value& value : table.columns(message)) parameters.push_back(std::move(value));
  const absl::StatusOr<int> inserted = tx.Execute(table.queries->insert, parameters);
  if (runtime::ViolatedConstraint(inserted.status()) == fmt::format("{}_pkey", table.type)) {
    return runtime::AlreadyExists(table.NameOf(slot.id));
  }
  return inserted.status();
}

absl::Status Update(const DocumentTable& table, Tx& tx, Slot& slot) {
  const Message& message = *slot.message;
  std::vector<Value> parameters = {tx.tenant(),      slot.id,         slot.version + 1,
                                   StateOf(message), Encode(message), GetTime(message, "update_time")};
  for (Value& value : table.columns(message)) parameters.push_back(std::move(value));
  ASSIGN_OR_RETURN(const int updated, tx.Execute(table.queries->update, parameters));
  if (updated != 1) return runtime::EtagMismatch(table.NameOf(slot.id));
  ++slot.version;
  return absl::OkStatus();
}

std::vector<std::string> KeyOf(const DocumentTable& table, const Message& message, std::string_view id) {
  return {runtime::ToText(GetTime(message, table.order_field)), std::string(id)};
}

}  // namespace document
}  // namespace assay::scoring
