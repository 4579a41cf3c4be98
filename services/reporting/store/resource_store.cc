#include "services/reporting/store/resource_store.h"

#include <set>

#include <fmt/format.h>

#include "assay/bank/v1/catalog_service.pb.h"
#include "services/reporting/domain/viewer.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/personal_fields.h"
#include "services/runtime/base/status_macros.h"

namespace assay::reporting {
namespace {

using google::protobuf::Message;
using runtime::PersonalVault;
using runtime::Query;
using runtime::Row;
using runtime::Rows;
using runtime::Tx;
using runtime::Value;

const Query kVersions{"resource_versions", R"sql(
  SELECT name, generation, version FROM resource WHERE tenant = $1 AND name = ANY($2)
)sql"};

const Query kPut{"resource_put", R"sql(
  INSERT INTO resource (tenant, name, type, feed, version, generation, state, candidate, application, requisition, interview,
                        document, key_id, ciphertext, update_time)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  ON CONFLICT (tenant, name) DO UPDATE SET
    version = EXCLUDED.version, generation = EXCLUDED.generation, state = EXCLUDED.state, candidate = EXCLUDED.candidate,
    application = EXCLUDED.application, requisition = EXCLUDED.requisition, interview = EXCLUDED.interview,
    document = EXCLUDED.document, key_id = EXCLUDED.key_id, ciphertext = EXCLUDED.ciphertext, update_time = EXCLUDED.update_time
  WHERE (resource.generation, resource.version) < (EXCLUDED.generation, EXCLUDED.version)
)sql"};

const Query kUnpark{"parked_event_settle", R"sql(
  DELETE FROM parked_event WHERE tenant = $1 AND resource = $2
)sql"};

const Query kCandidateOf{"resource_candidate_of", R"sql(
  SELECT candidate FROM resource WHERE tenant = $1 AND name = $2
)sql"};

const Query kApplicationsOf{"resource_applications_of", R"sql(
  SELECT name FROM resource WHERE tenant = $1 AND candidate = $2 AND type = 'application'
)sql"};

const Query kDropSealed{"resource_drop_sealed", R"sql(
  UPDATE resource SET key_id = NULL, ciphertext = NULL WHERE tenant = $1 AND key_id = ANY($2)
)sql"};

const Query kSweep{"resource_sweep", R"sql(
  DELETE FROM resource WHERE tenant = $1 AND name IN (
    SELECT name FROM resource WHERE tenant = $1 AND feed = $2 AND generation < $3 AND type <> 'policy' LIMIT $4)
)sql"};

const Query kOfApplication{"resource_of_application", R"sql(
  SELECT name, type, document, key_id, ciphertext FROM resource
  WHERE tenant = $1 AND application = $2 AND document IS NOT NULL ORDER BY name
)sql"};

const Query kByName{"resource_by_name", R"sql(
  SELECT name, type, document, key_id, ciphertext FROM resource
  WHERE tenant = $1 AND name = ANY($2) AND document IS NOT NULL ORDER BY name
)sql"};

const Query kByType{"resource_of_type", R"sql(
  SELECT name, type, document, key_id, ciphertext FROM resource
  WHERE tenant = $1 AND type = ANY($2) AND document IS NOT NULL ORDER BY name
)sql"};

std::string Field(const Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING || field->is_repeated()) return "";
  return message.GetReflection()->GetString(message, field);
}

// What a resource belongs to, for indexes: from its fields, else from its name.
struct Belongs {
  std::string candidate, application, requisition, interview;
};

// "applications/a1/flags/f1" → "applications/a1".
std::string ParentOf(const std::string& name, const std::string& collection) {
  if (name.rfind(collection + "/", 0) != 0) return "";
  return name.substr(0, name.find('/', collection.size() + 1));
}

Belongs BelongsOf(const ProjectedResource& resource) {
  Belongs belongs;
  if (resource.message != nullptr) {
    belongs = {Field(*resource.message, "candidate"), Field(*resource.message, "application"),
               Field(*resource.message, "requisition"), Field(*resource.message, "interview")};
  }
  if (resource.type == "candidate") belongs.candidate = resource.name;
  if (resource.type == "requisition") belongs.requisition = resource.name;
  if (belongs.application.empty()) belongs.application = ParentOf(resource.name, "applications");
  if (belongs.interview.empty()) belongs.interview = ParentOf(resource.name, "interviews");
  return belongs;
}

// Whose data key seals the resource's personal text.
absl::StatusOr<std::string> SubjectOf(Tx& tx, const ProjectedResource& resource, const Belongs& belongs) {
  if (resource.type == "interviewer") return resource.name;
  if (!belongs.candidate.empty()) return belongs.candidate;
  if (belongs.application.empty()) return resource.name;
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kCandidateOf, {tx.tenant(), belongs.application}));
  // Before the application itself is known its name stands in; ForgetCandidate destroys that key too.
  if (rows.empty() || rows[0].Text(0).empty()) return belongs.application;
  return rows[0].String(0);
}

// The whole message where its key still exists, else what is not personal.
absl::Status ParseInto(Tx& tx, PersonalVault& vault, const Row& row, Message& message) {
  std::string bytes = row.Bytes(2);
  if (!row.IsNull(3)) {
    absl::StatusOr<std::string> whole = vault.Open(tx, {row.String(3), row.Bytes(4)});
    if (whole.ok()) {
      bytes = *std::move(whole);
    } else if (!absl::IsNotFound(whole.status())) {
      return whole.status();
    }
  }
  if (!message.ParseFromString(bytes)) return runtime::Internal(fmt::format("stored {} cannot be parsed", row.Text(0)));
  return absl::OkStatus();
}

// Reads rows into the source, each by its type.
class Reader {
 public:
  Reader(Tx& tx, PersonalVault& vault, ReportSource& source) : tx_(tx), vault_(vault), source_(source) {}

  absl::Status Read(const Query& query, Value which) {
    ASSIGN_OR_RETURN(const Rows rows, tx_.Run(query, {tx_.tenant(), std::move(which)}));
    for (const Row row : rows) RETURN_IF_ERROR(Take(row));
    return absl::OkStatus();
  }

 private:
  absl::Status Take(const Row& row) {
    const std::string_view type = row.Text(1);
    const auto into = [&](Message& message) { return ParseInto(tx_, vault_, row, message); };
    if (type == "application") return into(source_.application);
    if (type == "candidate") return into(source_.candidate);
    if (type == "requisition") return into(source_.requisition);
    if (type == "interview") return into(source_.interviews.emplace_back());
    if (type == "scorecard") return into(source_.scorecards.emplace_back());
    if (type == "flag") return into(source_.flags.emplace_back());
    if (type == "decision") return into(source_.decisions.emplace_back());
    if (type == "interviewer") return into(source_.interviewers[row.String(0)]);
    if (type == "competency") return Entry<bank::v1::CatalogCompetency>(row, source_.competencies, &bank::v1::CatalogCompetency::competency);
    if (type == "role-guide") return Entry<bank::v1::CatalogRoleGuide>(row, source_.roles, &bank::v1::CatalogRoleGuide::role_guide);
    if (type == "flag-definition") {
      return Entry<bank::v1::CatalogFlagDefinition>(row, source_.flags_known, &bank::v1::CatalogFlagDefinition::flag_definition);
    }
    if (type == "policy") {
      bank::v1::CatalogPolicy policy;
      RETURN_IF_ERROR(into(policy));
      source_.policies[row.String(0)] = std::move(*policy.mutable_policy());
    }
    return absl::OkStatus();
  }

  template <typename Item, typename Content>
  absl::Status Entry(const Row& row, std::map<std::string, Content>& into, const Content& (Item::*content)() const) {
    Item item;
    RETURN_IF_ERROR(ParseInto(tx_, vault_, row, item));
    into[LastSegment(row.String(0))] = (item.*content)();
    return absl::OkStatus();
  }

  Tx& tx_;
  PersonalVault& vault_;
  ReportSource& source_;
};

}  // namespace

absl::StatusOr<std::map<std::string, StoredVersion>> ReadVersions(Tx& tx, const std::vector<std::string>& names) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kVersions, {tx.tenant(), Value::Array(names)}));
  std::map<std::string, StoredVersion> versions;
  for (const Row row : rows) versions[row.String(0)] = {row.Int64(1), row.Int64(2)};
  return versions;
}

absl::Status PutResource(Tx& tx, PersonalVault& vault, const ProjectedResource& resource, runtime::Instant now) {
  const Belongs belongs = BelongsOf(resource);
  Value document = std::nullopt;
  Value key_id = std::nullopt;
  Value ciphertext = std::nullopt;
  if (resource.message != nullptr) {
    const std::unique_ptr<Message> open(resource.message->New());
    open->CopyFrom(*resource.message);
    const bool personal = runtime::ClearPersonal(*open);
    document = Value::Bytes(open->SerializeAsString());
    if (personal) {
      ASSIGN_OR_RETURN(const std::string subject, SubjectOf(tx, resource, belongs));
      ASSIGN_OR_RETURN(const runtime::SealedText sealed, vault.Seal(tx, subject, resource.message->SerializeAsString()));
      key_id = Value(sealed.key_id);
      ciphertext = Value::Bytes(sealed.ciphertext);
    }
  }
  RETURN_IF_ERROR(tx.Execute(kPut, {tx.tenant(), resource.name, resource.type, resource.feed, resource.version, resource.generation,
                                    resource.state, belongs.candidate, belongs.application, belongs.requisition, belongs.interview,
                                    document, key_id, ciphertext, now})
                      .status());
  return tx.Execute(kUnpark, {tx.tenant(), resource.name}).status();
}

absl::Status ForgetCandidate(Tx& tx, PersonalVault& vault, const std::string& candidate) {
  ASSIGN_OR_RETURN(const Rows rows, tx.Run(kApplicationsOf, {tx.tenant(), candidate}));
  std::vector<std::string> keys{candidate};
  for (const Row row : rows) keys.push_back(row.String(0));
  for (const std::string& key : keys) RETURN_IF_ERROR(vault.Destroy(tx, key));
  // What was sealed is noise now, and a later key of the same person would not open it.
  return tx.Execute(kDropSealed, {tx.tenant(), Value::Array(keys)}).status();
}

absl::StatusOr<int> SweepGeneration(Tx& tx, const std::string& feed, int64_t generation, int batch) {
  return tx.Execute(kSweep, {tx.tenant(), feed, generation, batch});
}

absl::StatusOr<ReportSource> ReadReportSource(Tx& tx, PersonalVault& vault, const std::string& application) {
  ReportSource source;
  Reader reader(tx, vault, source);
  RETURN_IF_ERROR(reader.Read(kOfApplication, application));
  if (source.application.name().empty()) return runtime::NotFound(application);
  std::set<std::string> names{source.application.candidate(), source.application.requisition()};
  for (const auto& interview : source.interviews) {
    for (const auto& member : interview.panel()) names.insert(member.interviewer());
  }
  for (const auto& card : source.scorecards) names.insert(card.interviewer());
  for (const auto& decision : source.decisions) names.insert(decision.evaluation().policy());
  RETURN_IF_ERROR(reader.Read(kByName, Value::Array(std::vector<std::string>(names.begin(), names.end()))));
  RETURN_IF_ERROR(reader.Read(kByType, Value::Array(std::vector<std::string>{"competency", "flag-definition", "role-guide"})));
  return source;
}

}  // namespace assay::reporting
