#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/filter.h"
#include "services/runtime/paging/page_token.h"

namespace assay::scoring {

// The statements of one table whose resources stand in a `document` column. All take the tenant as $1.
struct DocumentQueries {
  const runtime::Query read;    // $2 id
  const runtime::Query lock;    // $2 id; FOR UPDATE
  const runtime::Query batch;   // $2 ids
  const runtime::Query insert;  // $2 id, uid, version, state, document, create_time, update_time, then the table's own
  const runtime::Query update;  // $2 id, version, state, document, update_time, then the table's own; only from version - 1
  const runtime::FilteredQuery list;  // $2 time of the last row or null, $3 its id, $4 limit, then those of the filter
};
// First parameter of a filter in `list`.
inline constexpr int kFirstFilterParameter = 5;

// A resource as it is stored, without personal fields; name, uid, etag, create_time and update_time are filled in.
template <typename Message>
struct Stored {
  std::string id;
  int64_t version = 1;  // etag `"1"`
  Message message;
};

// `"7"`
std::string EtagOf(int64_t version);

// How the documents of one table are reached; made once per resource type.
struct DocumentTable {
  const char* type;        // "candidate": of external ids, aggregates and constraints
  const char* collection;  // "candidates"
  const DocumentQueries* queries;
  // Values of the table's own columns, in the order of `insert` and `update`.
  std::vector<runtime::Value> (*columns)(const google::protobuf::Message& message);
  // By what `list` orders: the name of a timestamp field.
  const char* order_field;
  // What `list` can be filtered by.
  const runtime::FilterFields& (*filter_fields)();

  std::string NameOf(std::string_view id) const { return std::string(collection) + "/" + std::string(id); }
};

namespace document {

// The mechanism, without types; used through Documents<Message>.
struct Slot {
  std::string id;
  int64_t version = 1;
  google::protobuf::Message* message = nullptr;
};
using SlotFactory = const std::function<google::protobuf::Message*()>&;

absl::Status Read(const DocumentTable& table, const runtime::Query& query, runtime::Tx& tx, std::string_view id, Slot& slot);
absl::Status ReadMany(const DocumentTable& table, runtime::Tx& tx, const std::vector<std::string>& ids,
                      const std::function<void(std::string id, int64_t version)>& add, SlotFactory next);
absl::Status List(const DocumentTable& table, runtime::Tx& tx, const runtime::Page& page, int limit,
                  const runtime::SqlFilter& filter, const std::function<void(std::string id, int64_t version)>& add,
                  SlotFactory next);
absl::Status Insert(const DocumentTable& table, runtime::Tx& tx, Slot slot);
absl::Status Update(const DocumentTable& table, runtime::Tx& tx, Slot& slot);
std::vector<std::string> KeyOf(const DocumentTable& table, const google::protobuf::Message& message, std::string_view id);

}  // namespace document

// Typed access to one table of documents.
template <typename Message>
class Documents {
 public:
  explicit constexpr Documents(const DocumentTable& table) : table_(table) {}
  const DocumentTable& table() const { return table_; }

  // NOT_FOUND.
  absl::StatusOr<Stored<Message>> Read(runtime::Tx& tx, std::string_view id) const { return One(table_.queries->read, tx, id); }
  // The same, locked until the transaction ends.
  absl::StatusOr<Stored<Message>> Lock(runtime::Tx& tx, std::string_view id) const { return One(table_.queries->lock, tx, id); }

  // Those that exist, in no order.
  absl::StatusOr<std::vector<Stored<Message>>> ReadMany(runtime::Tx& tx, const std::vector<std::string>& ids) const {
    std::vector<Stored<Message>> found;
    absl::Status status = document::ReadMany(
        table_, tx, ids, [&](std::string id, int64_t version) { found.push_back({std::move(id), version, {}}); },
        [&] { return &found.back().message; });
    if (!status.ok()) return status;
    return found;
  }

  // Newest first, at most `limit`; `filter` is compiled over the table's fields from kFirstFilterParameter.
  absl::StatusOr<std::vector<Stored<Message>>> List(runtime::Tx& tx, const runtime::Page& page, int limit,
                                                    const runtime::SqlFilter& filter) const {
    std::vector<Stored<Message>> found;
    absl::Status status = document::List(
        table_, tx, page, limit, filter, [&](std::string id, int64_t version) { found.push_back({std::move(id), version, {}}); },
        [&] { return &found.back().message; });
    if (!status.ok()) return status;
    return found;
  }
  // Page key of a listed row.
  std::vector<std::string> KeyOf(const Stored<Message>& row) const { return document::KeyOf(table_, row.message, row.id); }

  // Stores version 1 with the message's uid, create_time and update_time. ALREADY_EXISTS; other violations as they come.
  absl::Status Insert(runtime::Tx& tx, Stored<Message>& row) const {
    row.version = 1;
    row.message.set_name(table_.NameOf(row.id));
    row.message.set_etag(EtagOf(1));
    return document::Insert(table_, tx, {row.id, row.version, &row.message});
  }
  // Stores the next version of a locked row with the message's update_time.
  absl::Status Update(runtime::Tx& tx, Stored<Message>& row) const {
    document::Slot slot{row.id, row.version, &row.message};
    absl::Status status = document::Update(table_, tx, slot);
    if (!status.ok()) return status;
    row.version = slot.version;
    row.message.set_etag(EtagOf(row.version));
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<Stored<Message>> One(const runtime::Query& query, runtime::Tx& tx, std::string_view id) const {
    Stored<Message> row;
    document::Slot slot{"", 1, &row.message};
    absl::Status status = document::Read(table_, query, tx, id, slot);
    if (!status.ok()) return status;
    row.id = std::move(slot.id);
    row.version = slot.version;
    return row;
  }

  DocumentTable table_;
};

}  // namespace assay::scoring
