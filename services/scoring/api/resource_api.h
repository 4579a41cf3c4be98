#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "absl/status/statusor.h"
#include "services/runtime/audit/read_auditor.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/head.h"
#include "services/scoring/api/list_rules.h"
#include "services/scoring/api/parts.h"
#include "services/scoring/api/resource_messages.h"
#include "services/scoring/domain/resource_change.h"
#include "services/scoring/store/document_store.h"
#include "services/scoring/store/enum_text.h"
#include "services/scoring/store/external_id_store.h"

namespace assay::scoring {

// What sets one resource type apart from the others.
struct ResourceRules {
  ListRules list = {};
  FixedFields fixed = {};
  runtime::v1::EventType created = runtime::v1::EVENT_TYPE_UNSPECIFIED;
  runtime::v1::EventType updated = runtime::v1::EVENT_TYPE_UNSPECIFIED;
};

// The standard methods of a resource that stands in a table of documents. A type derives from it to say what creating and
// changing one takes. Thread-safe.
template <typename Message>
class ResourceApi {
 public:
  using Row = Stored<Message>;
  using Context = runtime::RequestContext;

  ResourceApi(ScoringParts& parts, const Documents<Message>& documents, ResourceRules rules)
      : parts_(parts), documents_(documents), rules_(std::move(rules)) {}
  virtual ~ResourceApi() = default;

  template <typename Request>
  absl::StatusOr<Message> Get(const Context& context, const Request& request) {
    RETURN_IF_ERROR(NoteRead(context, request.name()));
    return InRead<Message>(context, [&](runtime::Tx& tx) { return ReadOne(tx, request.name()); });
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> List(const Context& context, const Request& request) {
    ASSIGN_OR_RETURN(const ListFilter filter,
                     ListFilter::Parse(rules_.list, documents_.table().filter_fields(), kFirstFilterParameter,
                                       Message::descriptor(), request.filter(), request.order_by()));
    const std::string asked = request.filter() + "\n" + request.order_by();
    ASSIGN_OR_RETURN(const runtime::Page page, parts_.pages.Open(context, asked, request.page_size(), request.page_token(),
                                                                 /*default_size=*/50, /*max_size=*/1000));
    RETURN_IF_ERROR(NoteRead(context, documents_.table().collection));
    return InRead<Response>(context, [&](runtime::Tx& tx) -> absl::StatusOr<Response> {
      Response response;
      ASSIGN_OR_RETURN(*response.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
      ASSIGN_OR_RETURN(std::vector<Row> rows, documents_.List(tx, page, page.size + 1, filter.sql()));
      if (static_cast<int>(rows.size()) > page.size) {
        rows.resize(page.size);
        response.set_next_page_token(parts_.pages.Seal(context, asked, documents_.KeyOf(rows.back())));
      }
      RETURN_IF_ERROR(AddPersonal(tx, rows));
      for (Row& row : rows) {
        if (filter.Matches(row.message)) AddItem(response, std::move(row.message));
      }
      return response;
    });
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> BatchGet(const Context& context, const Request& request) {
    std::vector<std::string> ids;
    for (const std::string& name : request.names()) {
      ASSIGN_OR_RETURN(std::string id, ParseId(name));
      ids.push_back(std::move(id));
      RETURN_IF_ERROR(NoteRead(context, name));
    }
    return InRead<Response>(context, [&](runtime::Tx& tx) -> absl::StatusOr<Response> {
      Response response;
      ASSIGN_OR_RETURN(*response.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
      ASSIGN_OR_RETURN(const auto found, ReadByIds(tx, ids));
      for (const std::string& id : ids) {
        if (found.count(id) == 0) return runtime::NotFound(documents_.table().NameOf(id));
        AddItem(response, found.at(id));
      }
      return response;
    });
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> BatchGetByExternalId(const Context& context, const Request& request) {
    RETURN_IF_ERROR(NoteRead(context, documents_.table().collection));
    return InRead<Response>(context, [&](runtime::Tx& tx) -> absl::StatusOr<Response> {
      Response response;
      ASSIGN_OR_RETURN(*response.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts_.cursors));
      ASSIGN_OR_RETURN(const auto owners, FindByExternalId(tx, documents_.table().type, request.external_ids()));
      std::vector<std::string> ids;
      for (const auto& [key, id] : owners) ids.push_back(id);
      ASSIGN_OR_RETURN(const auto found, ReadByIds(tx, ids));
      for (const runtime::v1::ExternalId& asked : request.external_ids()) {
        const auto owner = owners.find({asked.system(), asked.id()});
        if (owner == owners.end()) {
          *response.add_missing() = asked;
        } else {
          AddItem(response, found.at(owner->second));
        }
      }
      return response;
    });
  }

  template <typename Request>
  absl::StatusOr<Message> Create(const Context& context, const Request& request) {
    ASSIGN_OR_RETURN(const Row wanted, Wanted(request));
    ASSIGN_OR_RETURN(const Prepare prepare, PlanCreate(context, wanted.message));
    return parts_.mutator.template Run<Message>(
        context, request,
        [&](runtime::WriteTx& write, Message& response) { return CreateIn(write, wanted, prepare, response); },
        [&](runtime::Tx& tx, const runtime::ResultName& result) { return ReadOne(tx, result.name); });
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> FindOrCreate(const Context& context, const Request& request) {
    ASSIGN_OR_RETURN(const Row wanted, Wanted(request));
    const ExternalIds& external_ids = wanted.message.external_ids();
    if (external_ids.empty()) return runtime::InvalidField(FieldOf(request) + ".external_ids", "at least one is needed");
    absl::StatusOr<Response> answer = runtime::Internal("not tried");
    // A second time where somebody created it between the look-up and the insertion.
    for (int attempt = 0; attempt < 2; ++attempt) {
      ASSIGN_OR_RETURN(const std::string found,
                       InRead<std::string>(context, [&](runtime::Tx& tx) { return FindOne(tx, external_ids); }));
      if (attempt > 0 && found.empty()) break;
      Prepare prepare;
      if (found.empty()) {
        ASSIGN_OR_RETURN(prepare, PlanCreate(context, wanted.message));
      }
      answer = FindOrCreateOnce<Request, Response>(context, request, wanted, prepare);
      if (runtime::ReasonOf(answer.status()) != runtime::v1::ERROR_REASON_ALREADY_EXISTS) break;
    }
    return answer;
  }

  template <typename Request>
  absl::StatusOr<Message> Update(const Context& context, const Request& request) {
    const Message& wanted = ResourceOf<Message>(request);
    const std::string prefix = FieldOf(request) + ".";
    RETURN_IF_ERROR(CheckExternalIds(wanted.external_ids(), prefix));
    ASSIGN_OR_RETURN(const std::string id, ParseId(wanted.name()));
    ASSIGN_OR_RETURN(const Change change, PlanUpdate(context, id, wanted, request.update_mask()));
    return parts_.mutator.template Run<Message>(
        context, request,
        [&](runtime::WriteTx& write, Message& response) -> absl::StatusOr<runtime::ResultName> {
          std::vector<Row> rows(1);
          ASSIGN_OR_RETURN(rows[0], LockAt(write.tx(), id, wanted.etag()));
          RETURN_IF_ERROR(AddPersonal(write.tx(), rows));
          Row& row = rows[0];
          const Message before = row.message;
          ASSIGN_OR_RETURN(const std::vector<std::string> changed,
                           ApplyUpdate(wanted, request.update_mask(), rules_.fixed, prefix, row.message));
          if (!changed.empty()) {
            RETURN_IF_ERROR(change(write, before, row));
            for (const std::string& field : changed) {
              if (field != "external_ids") continue;
              RETURN_IF_ERROR(ReplaceExternalIds(write.tx(), documents_.table().type, id, row.message.external_ids()));
            }
            RETURN_IF_ERROR(Save(write, row, rules_.updated));
            RETURN_IF_ERROR(WritePersonal(write.tx(), row));
          }
          response = row.message;
          return runtime::ResultName{row.message.name(), row.version};
        },
        [&](runtime::Tx& tx, const runtime::ResultName& result) { return ReadOne(tx, result.name); });
  }

  // A named change of state: locks, compares the request's etag, lets `change` check and change the row, stores it.
  template <typename Request>
  absl::StatusOr<Message> Transition(const Context& context, const Request& request, runtime::v1::EventType event,
                                     const std::function<absl::Status(runtime::WriteTx&, Row&)>& change) {
    ASSIGN_OR_RETURN(const std::string id, ParseId(request.name()));
    return parts_.mutator.template Run<Message>(
        context, request,
        [&](runtime::WriteTx& write, Message& response) -> absl::StatusOr<runtime::ResultName> {
          ASSIGN_OR_RETURN(Row row, LockAt(write.tx(), id, request.etag()));
          RETURN_IF_ERROR(change(write, row));
          RETURN_IF_ERROR(Save(write, row, event));
          response = row.message;
          return runtime::ResultName{row.message.name(), row.version};
        },
        [&](runtime::Tx& tx, const runtime::ResultName& result) { return ReadOne(tx, result.name); });
  }

 protected:
  // Runs in the transaction that creates `row`, perhaps more than once: checks it and fills in what the server sets.
  using Prepare = std::function<absl::Status(runtime::WriteTx&, Row& row)>;
  // Runs in the transaction of an update, with `row` already changed as the mask says.
  using Change = std::function<absl::Status(runtime::WriteTx&, const Message& before, Row& row)>;

  // What creating `wanted` takes. Called outside of any transaction: other services are asked here.
  virtual absl::StatusOr<Prepare> PlanCreate(const Context& context, const Message& wanted) = 0;
  // What the update takes; the same.
  virtual absl::StatusOr<Change> PlanUpdate(const Context& context, const std::string& id, const Message& wanted,
                                            const google::protobuf::FieldMask& mask) = 0;
  // After the row stands: what else belongs to a new one.
  virtual absl::Status Created(runtime::WriteTx&, const Row&) { return absl::OkStatus(); }
  virtual absl::Status WritePersonal(runtime::Tx&, const Row&) { return absl::OkStatus(); }
  virtual absl::Status AddPersonal(runtime::Tx&, std::vector<Row>&) { return absl::OkStatus(); }
  // What a refused insertion or update means, such as a unique pair; the rest as it is.
  virtual absl::Status Refused(const absl::Status& status, const Row&) const { return status; }
  // Whether reading it is recorded: it says something personal.
  virtual bool Sensitive() const { return false; }
  // For events: role → name.
  virtual std::map<std::string, std::string> Related(const Message&) const { return {}; }

  ScoringParts& parts() { return parts_; }
  const Documents<Message>& documents() const { return documents_; }

  template <typename T>
  absl::StatusOr<T> InRead(const Context& context, const std::function<absl::StatusOr<T>(runtime::Tx&)>& work) {
    return runtime::Transact<T>(parts_.pool, runtime::TxMode::kReadOnly, context.tenant(), context.deadline, work);
  }

  absl::StatusOr<std::string> ParseId(const std::string& name) const {
    ASSIGN_OR_RETURN(const std::vector<std::string> ids, runtime::ParseName(documents_.table().NameOf("*"), name));
    return ids[0];
  }

  absl::StatusOr<Row> LockAt(runtime::Tx& tx, const std::string& id, const std::string& etag) {
    ASSIGN_OR_RETURN(Row row, documents_.Lock(tx, id));
    if (!etag.empty() && etag != row.message.etag()) return runtime::EtagMismatch(row.message.name());
    return row;
  }

  absl::Status Save(runtime::WriteTx& write, Row& row, runtime::v1::EventType event) {
    *row.message.mutable_update_time() = runtime::ToTimestamp(parts_.clock.Now());
    if (absl::Status status = documents_.Update(write.tx(), row); !status.ok()) return Refused(status, row);
    Emit(write, row, event);
    return absl::OkStatus();
  }

 private:
  absl::Status NoteRead(const Context& context, const std::string& resource) {
    if (!Sensitive() || parts_.reads == nullptr || context.principal.service) return absl::OkStatus();
    return parts_.reads->Note(context, {.category = "read", .resource = resource, .reason = {}, .request_id = {}, .subject = {}});
  }

  // The resource of a create request as it may be stored: without what the server sets, with its id.
  template <typename Request>
  absl::StatusOr<Row> Wanted(const Request& request) {
    Row row{GivenIdOf(request), 1, ResourceOf<Message>(request)};
    const runtime::Instant now = parts_.clock.Now();
    if (row.id.empty()) row.id = runtime::NewUuid(now);
    ClearServerFields(row.message);
    RETURN_IF_ERROR(CheckExternalIds(row.message.external_ids(), FieldOf(request) + "."));
    row.message.set_name(documents_.table().NameOf(row.id));
    row.message.set_uid(runtime::NewUuid(now));
    *row.message.mutable_create_time() = *row.message.mutable_update_time() = runtime::ToTimestamp(now);
    return row;
  }

  absl::StatusOr<runtime::ResultName> CreateIn(runtime::WriteTx& write, const Row& wanted, const Prepare& prepare,
                                               Message& response) {
    Row row = wanted;
    RETURN_IF_ERROR(prepare(write, row));
    if (absl::Status status = documents_.Insert(write.tx(), row); !status.ok()) return Refused(status, row);
    RETURN_IF_ERROR(ReplaceExternalIds(write.tx(), documents_.table().type, row.id, row.message.external_ids()));
    RETURN_IF_ERROR(WritePersonal(write.tx(), row));
    RETURN_IF_ERROR(Created(write, row));
    Emit(write, row, rules_.created);
    response = row.message;
    return runtime::ResultName{row.message.name(), row.version};
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> FindOrCreateOnce(const Context& context, const Request& request, const Row& wanted,
                                            const Prepare& prepare) {
    // The result's revision tells a replay whether it was created: 1, or found: 0.
    return parts_.mutator.template Run<Response>(
        context, request,
        [&](runtime::WriteTx& write, Response& response) -> absl::StatusOr<runtime::ResultName> {
          ASSIGN_OR_RETURN(const std::string found, FindOne(write.tx(), wanted.message.external_ids()));
          if (found.empty() && prepare) {
            response.set_created(true);
            return CreateIn(write, wanted, prepare, MutableResourceOf<Message>(response));
          }
          ASSIGN_OR_RETURN(MutableResourceOf<Message>(response), ReadOne(write.tx(), documents_.table().NameOf(found)));
          return runtime::ResultName{documents_.table().NameOf(found), 0};
        },
        [&](runtime::Tx& tx, const runtime::ResultName& result) -> absl::StatusOr<Response> {
          Response response;
          response.set_created(result.revision > 0);
          ASSIGN_OR_RETURN(MutableResourceOf<Message>(response), ReadOne(tx, result.name));
          return response;
        });
  }

  // Id of the one resource that has any of these; "" for none. CONFLICT.
  absl::StatusOr<std::string> FindOne(runtime::Tx& tx, const ExternalIds& external_ids) {
    ASSIGN_OR_RETURN(const auto owners, FindByExternalId(tx, documents_.table().type, external_ids));
    std::string found;
    for (const auto& [key, id] : owners) {
      if (!found.empty() && found != id) {
        return runtime::Error(runtime::v1::ERROR_REASON_CONFLICT,
                              fmt::format("the external ids belong to {} and {}", documents_.table().NameOf(found),
                                          documents_.table().NameOf(id)));
      }
      found = id;
    }
    return found;
  }

  absl::StatusOr<Message> ReadOne(runtime::Tx& tx, const std::string& name) {
    ASSIGN_OR_RETURN(const std::string id, ParseId(name));
    std::vector<Row> rows(1);
    ASSIGN_OR_RETURN(rows[0], documents_.Read(tx, id));
    RETURN_IF_ERROR(AddPersonal(tx, rows));
    return std::move(rows[0].message);
  }

  absl::StatusOr<std::map<std::string, Message>> ReadByIds(runtime::Tx& tx, const std::vector<std::string>& ids) {
    ASSIGN_OR_RETURN(std::vector<Row> rows, documents_.ReadMany(tx, ids));
    RETURN_IF_ERROR(AddPersonal(tx, rows));
    std::map<std::string, Message> found;
    for (Row& row : rows) found[row.id] = std::move(row.message);
    return found;
  }

  void Emit(runtime::WriteTx& write, const Row& row, runtime::v1::EventType type) {
    runtime::OutboxEvent event;
    event.type = type;
    event.resource = row.message.name();
    event.aggregate_type = documents_.table().type;
    event.version = row.version;
    event.state = EnumText(row.message, "state");
    event.related = Related(row.message);
    event.annotations = {row.message.annotations().begin(), row.message.annotations().end()};
    write.Emit(std::move(event));
  }

  ScoringParts& parts_;
  const Documents<Message>& documents_;
  const ResourceRules rules_;
};

}  // namespace assay::scoring
