#include "services/bank/api/catalog_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "assay/bank/v1/catalog_service.pb.h"
#include "services/bank/domain/content_hash.h"
#include "services/bank/domain/lint_lookup.h"
#include "services/bank/domain/pack_lint.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/feed/head.h"

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using runtime::RequestContext;
using runtime::ResultName;
using runtime::Tx;
using runtime::TxMode;
using runtime::WriteTx;

// A kind of catalogue entry: its collection and its list in Pack.
struct Collection {
  const char* name;
  const char* pack_field;
};

constexpr Collection kCollections[] = {
    {"competencies", "competencies"}, {"scales", "scales"}, {"roleGuides", "roles"}, {"formats", "formats"},
    {"loops", "loops"}, {"policies", "policies"}, {"flagDefinitions", "flags"}, {"probingTechniques", "probing_techniques"},
    {"scorecardTemplates", "scorecard_templates"}, {"vignettes", "vignettes"}, {"hiringChecks", "hiring_checks"},
    {"sectionGuidance", "section_guidance"}};

// All Catalog… messages share the shape {name, revision, entry, pack, content_hash, create_time}.
template <typename Item>
absl::StatusOr<Item> ToItem(const CatalogEntry& entry) {
  Item item;
  item.set_name(entry.Name());
  item.set_revision(entry.revision);
  item.set_pack(entry.pack.empty() ? "" : "packs/" + entry.pack);
  item.set_content_hash(entry.content_hash);
  *item.mutable_create_time() = runtime::ToTimestamp(entry.create_time);
  Message* content = item.GetReflection()->MutableMessage(&item, Item::descriptor()->FindFieldByNumber(3));
  if (!content->ParseFromString(entry.content)) return runtime::Internal(fmt::format("stored {} cannot be parsed", entry.Name()));
  return item;
}

template <typename GetRequest, typename ListRequest, typename ListResponse, typename Item>
void Bind(runtime::Service& service, BankParts& parts, const std::string& collection, const char* get, const char* list) {
  service.Unary<GetRequest, Item>(get, [&parts, collection](const RequestContext& context, const GetRequest& request) -> absl::StatusOr<Item> {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName(collection + "/*", request.name()));
    ASSIGN_OR_RETURN(const auto name, runtime::ParseRevision(ids[0]));
    return runtime::Transact<Item>(parts.pool, TxMode::kReadOnly, context.tenant(), context.deadline, [&](Tx& tx) -> absl::StatusOr<Item> {
      ASSIGN_OR_RETURN(const CatalogEntry entry, ReadCatalogEntry(tx, collection, name.id, name.revision));
      return ToItem<Item>(entry);
    });
  });
  service.Unary<ListRequest, ListResponse>(
      list, [&parts, collection](const RequestContext& context, const ListRequest& request) -> absl::StatusOr<ListResponse> {
        ASSIGN_OR_RETURN(const auto page, parts.pages.Open(context, collection, request.page_size(), request.page_token()));
        return runtime::Transact<ListResponse>(
            parts.pool, TxMode::kReadOnly, context.tenant(), context.deadline, [&](Tx& tx) -> absl::StatusOr<ListResponse> {
              ListResponse response;
              ASSIGN_OR_RETURN(*response.mutable_as_of_cursor(), runtime::AsOfCursor(tx, parts.cursors));
              ASSIGN_OR_RETURN(const auto entries, ListCatalog(tx, collection, page));
              const auto* field = ListResponse::descriptor()->FindFieldByNumber(1);
              for (size_t i = 0; i < entries.size() && static_cast<int>(i) < page.size; ++i) {
                ASSIGN_OR_RETURN(const Item item, ToItem<Item>(entries[i]));
                response.GetReflection()->AddMessage(&response, field)->CopyFrom(item);
              }
              if (static_cast<int>(entries.size()) > page.size) {
                response.set_next_page_token(parts.pages.Seal(context, collection, {entries[page.size - 1].id}));
              }
              return response;
            });
      });
}

// The policy by itself, and whether the bank has the competencies that it weighs.
absl::Status CheckPolicy(Tx& tx, const v1::Policy& policy) {
  v1::Pack alone;
  *alone.add_policies() = policy;
  ASSIGN_OR_RETURN(const auto entries, ReadWholeCatalog(tx));
  std::set<std::string> elsewhere;
  for (const CatalogEntry& entry : entries) elsewhere.insert(fmt::format("{}/{}", entry.collection, entry.id));
  LintLookup lookup(alone, elsewhere);
  runtime::Violations violations;
  for (const Finding& finding : LintCatalogue(alone, lookup)) {
    if (MakesUnusable(finding) && finding.path.rfind("policies/", 0) == 0) {
      violations.Add("policy" + finding.path.substr(std::min(finding.path.size(), sizeof("policies/") - 1 + policy.id().size())), finding.message);
    }
  }
  return violations.ToStatus();
}

absl::StatusOr<v1::CatalogPolicy> PublishPolicy(BankParts& parts, const RequestContext& context, const v1::PublishPolicyRequest& request) {
  return parts.mutator.Run<v1::CatalogPolicy>(
      context, request,
      [&](WriteTx& write, v1::CatalogPolicy& response) -> absl::StatusOr<ResultName> {
        RETURN_IF_ERROR(CheckPolicy(write.tx(), request.policy()));
        int revision = 1;
        const auto newest = ReadCatalogEntry(write.tx(), "policies", request.policy().id(), 0);
        if (newest.ok()) {
          revision = newest->revision + 1;
        } else if (newest.status().code() != absl::StatusCode::kNotFound) {
          return newest.status();
        }
        CatalogEntry entry{"policies", request.policy().id(), revision, "", runtime::SerializeDeterministic(request.policy()),
                           ContentHash(request.policy()), context.now};
        absl::Status inserted = InsertCatalogEntries(write.tx(), {entry}, context.now);
        if (!runtime::ViolatedConstraint(inserted).empty()) {
          return runtime::Error(runtime::v1::ERROR_REASON_CONFLICT, "a concurrent change won; repeat the call");
        }
        RETURN_IF_ERROR(inserted);
        write.Emit(CatalogEvent(entry));
        ASSIGN_OR_RETURN(response, ToItem<v1::CatalogPolicy>(entry));
        return ResultName{entry.Name(), revision};
      },
      [&](Tx& tx, const ResultName& name) -> absl::StatusOr<v1::CatalogPolicy> {
        ASSIGN_OR_RETURN(const CatalogEntry entry, ReadCatalogEntry(tx, "policies", request.policy().id(), static_cast<int>(name.revision)));
        return ToItem<v1::CatalogPolicy>(entry);
      });
}

}  // namespace

runtime::OutboxEvent CatalogEvent(const CatalogEntry& entry) {
  const bool policy = entry.collection == "policies";
  runtime::OutboxEvent event;
  event.type = policy ? runtime::v1::EVENT_TYPE_POLICY_PUBLISHED : runtime::v1::EVENT_TYPE_CATALOG_PUBLISHED;
  event.resource = entry.Name();
  event.aggregate_type = policy ? "policy" : "catalog";
  event.version = entry.revision;
  event.state = "PUBLISHED";
  return event;
}

std::vector<CatalogEntry> CatalogOf(const v1::Pack& pack) {
  std::vector<CatalogEntry> entries;
  for (const Collection& collection : kCollections) {
    const FieldDescriptor* field = v1::Pack::descriptor()->FindFieldByName(collection.pack_field);
    const auto& reflection = *pack.GetReflection();
    for (int i = 0; i < reflection.FieldSize(pack, field); ++i) {
      const Message& item = reflection.GetRepeatedMessage(pack, field, i);
      const std::string id = item.GetReflection()->GetString(item, item.GetDescriptor()->FindFieldByName("id"));
      entries.push_back({collection.name, id, 0, pack.id(), runtime::SerializeDeterministic(item), ContentHash(item), {}});
    }
  }
  return entries;
}

absl::Status AddToPack(const std::vector<CatalogEntry>& entries, v1::Pack& pack) {
  for (const CatalogEntry& entry : entries) {
    for (const Collection& collection : kCollections) {
      if (entry.collection != collection.name) continue;
      const FieldDescriptor* field = v1::Pack::descriptor()->FindFieldByName(collection.pack_field);
      if (!pack.GetReflection()->AddMessage(&pack, field)->ParseFromString(entry.content)) {
        return runtime::Internal(fmt::format("stored {} cannot be parsed", entry.Name()));
      }
    }
  }
  return absl::OkStatus();
}

void BindCatalog(runtime::Service& service, BankParts& parts) {
#define BIND(Type, Types, collection) \
  Bind<v1::Get##Type##Request, v1::List##Types##Request, v1::List##Types##Response, v1::Catalog##Type>(service, parts, collection, "Get" #Type, "List" #Types)
  BIND(Competency, Competencies, "competencies");
  BIND(Scale, Scales, "scales");
  BIND(RoleGuide, RoleGuides, "roleGuides");
  BIND(Format, Formats, "formats");
  BIND(Loop, Loops, "loops");
  BIND(Policy, Policies, "policies");
  BIND(FlagDefinition, FlagDefinitions, "flagDefinitions");
  BIND(ProbingTechnique, ProbingTechniques, "probingTechniques");
  BIND(ScorecardTemplate, ScorecardTemplates, "scorecardTemplates");
  BIND(Vignette, Vignettes, "vignettes");
#undef BIND
  service.Unary<v1::PublishPolicyRequest, v1::CatalogPolicy>(
      "PublishPolicy", [&parts](const RequestContext& context, const v1::PublishPolicyRequest& request) {
        auto published = PublishPolicy(parts, context, request);
        parts.catalogues.EntriesChanged(context.tenant());
        return published;
      });
}

}  // namespace assay::bank
