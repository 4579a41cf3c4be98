#include "services/bank/api/pack_api.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "assay/bank/v1/pack_service.pb.h"
#include "services/bank/api/catalog_api.h"
#include "services/bank/api/question_api.h"
#include "services/bank/domain/content_hash.h"
#include "services/bank/domain/pack_merge.h"
#include "services/bank/store/kit_store.h"
#include "services/bank/store/question_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/rpc/validator.h"

namespace assay::bank {
namespace {

using runtime::MessageReader;
using runtime::RequestContext;
using runtime::ResultName;
using runtime::Tx;
using runtime::TxMode;
using runtime::WriteTx;

constexpr size_t kMaxDocument = 64u << 20;
constexpr size_t kMaxReported = 1000;
constexpr size_t kChunk = 256u << 10;
// A write transaction stays short, because any open one holds the feed's horizon back.
constexpr int kQuestionsPerTransaction = 500;

struct Document {
  v1::ImportHeader header;
  std::string bytes;
};

absl::StatusOr<Document> ReadStream(MessageReader& reader) {
  Document document;
  v1::ImportPackRequest message;
  bool first = true;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, reader.Read(message));
    if (!more) break;
    if (first != message.has_header()) {
      return runtime::InvalidField("header", first ? "the first message must be the header" : "only the first message is a header");
    }
    if (first) {
      document.header = message.header();
    } else {
      document.bytes += message.chunk();
      if (document.bytes.size() > kMaxDocument) {
        return runtime::InvalidField("chunk", fmt::format("at most {} bytes can be imported at once", kMaxDocument));
      }
    }
    first = false;
  }
  if (first) return runtime::InvalidField("header", "the stream is empty; send a header, then chunks");
  return document;
}

// Schema rules (lengths, ranges, patterns) of everything in the pack, as findings with the entry's path.
void CheckSchema(const v1::Pack& pack, v1::ImportReport& report) {
  static const runtime::Validator kValidator(v1::Pack::descriptor());
  for (const runtime::Violation& violation : runtime::ViolationsOf(kValidator.Check(pack))) {
    v1::ImportFinding& finding = *report.add_findings();
    finding.set_severity(v1::FINDING_SEVERITY_ERROR);
    finding.set_path(violation.field);
    finding.set_reason(violation.description);
  }
}

absl::Status Refusal(const v1::ImportReport& report) {
  std::vector<runtime::Violation> violations;
  for (const v1::ImportFinding& finding : report.findings()) {
    if (finding.severity() != v1::FINDING_SEVERITY_ERROR || violations.size() >= kMaxReported) continue;
    violations.push_back({finding.path().empty() ? fmt::format("line {}", finding.line()) : finding.path(), finding.reason()});
  }
  return violations.empty() ? absl::OkStatus()
                            : runtime::InvalidFields(std::move(violations), runtime::v1::ERROR_REASON_PACK_INVALID);
}

class PackApi {
 public:
  explicit PackApi(BankParts& parts) : parts_(parts) {}

  absl::StatusOr<v1::ImportReport> Import(const RequestContext& context, MessageReader& reader) {
    ASSIGN_OR_RETURN(const Document document, ReadStream(reader));
    ASSIGN_OR_RETURN(ReadDocument read, ReadImport(document.header.format(), document.bytes, document.header.pack()));
    ApplyPrefix(read.pack);
    v1::ImportReport& report = read.report;
    report.set_pack("packs/" + read.pack.id());
    report.set_dry_run(document.header.dry_run());
    CheckSchema(read.pack, report);
    const bool foreign = document.header.format() == v1::PACK_FORMAT_GUIDE || document.header.format() == v1::PACK_FORMAT_CSV;
    // A foreign document's findings are for a person to read; what was dropped is counted and the rest is good.
    const absl::Status refusal = foreign ? absl::OkStatus() : Refusal(report);
    if (document.header.dry_run()) {
      RETURN_IF_ERROR(Compare(context, read.pack, report));
      return report;
    }
    RETURN_IF_ERROR(refusal);
    RETURN_IF_ERROR(Write(context, document.header, read.pack, report));
    return report;
  }

  absl::StatusOr<std::unique_ptr<runtime::StreamSource>> Export(runtime::ContextPtr context, const v1::ExportPackRequest& request);

  absl::StatusOr<v1::ListPacksResponse> List(const RequestContext& context, const v1::ListPacksRequest& request) {
    ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, "packs", request.page_size(), request.page_token()));
    return runtime::Transact<v1::ListPacksResponse>(
        parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline, [&](Tx& tx) -> absl::StatusOr<v1::ListPacksResponse> {
          v1::ListPacksResponse response;
          ASSIGN_OR_RETURN(const auto packs, ListPacks(tx, page));
          for (size_t i = 0; i < packs.size() && static_cast<int>(i) < page.size; ++i) *response.add_packs() = packs[i];
          if (static_cast<int>(packs.size()) > page.size) {
            response.set_next_page_token(parts_.pages.Seal(context, "packs", {packs[page.size - 1].name().substr(sizeof("packs/") - 1)}));
          }
          return response;
        });
  }

 private:
  // What an import would do with one question.
  static bool Differs(const std::map<std::string, StoredQuestion>& existing, const v1::QuestionContent& content) {
    const auto found = existing.find(content.id());
    return found == existing.end() || found->second.content_hash != ContentHash(content);
  }

  static std::vector<std::string> IdsOf(const v1::Pack& pack) {
    std::vector<std::string> ids;
    for (const auto& question : pack.questions()) ids.push_back(question.id());
    return ids;
  }

  absl::Status Compare(const RequestContext& context, const v1::Pack& pack, v1::ImportReport& report) {
    return parts_.pool.Transact(TxMode::kReadOnly, context.tenant(), context.deadline, [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const auto found, ReadQuestions(tx, IdsOf(pack)));
      std::map<std::string, StoredQuestion> existing;
      for (const StoredQuestion& question : found) existing.emplace(question.id, question);
      for (const auto& question : pack.questions()) Count(existing, question, report);
      report.set_catalog_entries(static_cast<int>(CatalogOf(pack).size()));
      return absl::OkStatus();
    });
  }

  static void Count(const std::map<std::string, StoredQuestion>& existing, const v1::QuestionContent& question, v1::ImportReport& report) {
    if (existing.count(question.id()) == 0) {
      report.set_created(report.created() + 1);
    } else if (Differs(existing, question)) {
      report.set_changed(report.changed() + 1);
    } else {
      report.set_unchanged(report.unchanged() + 1);
    }
  }

  // Importing is idempotent by content, so no idempotency row is needed: what is there already is left alone. Questions go in
  // by short transactions; the catalogue, which makes them reachable for kits, goes in last together with import.completed.
  absl::Status Write(const RequestContext& context, const v1::ImportHeader& header, const v1::Pack& pack, v1::ImportReport& report) {
    v1::ImportHeader keyless = header;
    keyless.clear_request_id();
    const auto run = [&](const std::function<absl::Status(WriteTx&)>& work) {
      return parts_.mutator.Run(
          context, keyless,
          [&](WriteTx& write) -> absl::StatusOr<ResultName> {
            RETURN_IF_ERROR(work(write));
            return ResultName{"packs/" + pack.id(), 1};
          },
          [](Tx&, const ResultName&) { return absl::OkStatus(); });
    };
    for (int start = 0; start < pack.questions_size(); start += kQuestionsPerTransaction) {
      v1::ImportReport counted;
      RETURN_IF_ERROR(run([&](WriteTx& write) {
        counted.Clear();
        return WriteSlice(write, pack, header.publish(), start, counted);
      }));
      report.set_created(report.created() + counted.created());
      report.set_changed(report.changed() + counted.changed());
      report.set_unchanged(report.unchanged() + counted.unchanged());
    }
    absl::Status status = run([&](WriteTx& write) { return WriteCatalogue(write, pack, report); });
    for (const auto& question : pack.questions()) parts_.cache.Forget(context.tenant(), "questions/" + question.id());
    parts_.catalogues.Forget(context.tenant());
    return status;
  }

  static absl::Status WriteSlice(WriteTx& write, const v1::Pack& pack, bool publish, int start, v1::ImportReport& report) {
    const int end = std::min(start + kQuestionsPerTransaction, pack.questions_size());
    std::vector<std::string> ids;
    for (int i = start; i < end; ++i) ids.push_back(pack.questions(i).id());
    ASSIGN_OR_RETURN(const auto existing, LockQuestions(write.tx(), ids));
    std::vector<StoredQuestion> changed;
    for (int i = start; i < end; ++i) {
      const v1::QuestionContent& content = pack.questions(i);
      Count(existing, content, report);
      if (!Differs(existing, content)) continue;
      StoredQuestion stored;
      if (const auto found = existing.find(content.id()); found != existing.end()) stored = found->second;
      stored.id = content.id();
      stored.pack = pack.id();
      ++stored.version;
      ++stored.latest_revision;
      if (publish) stored.published_revision = stored.latest_revision;
      stored.state = stored.published_revision > 0 ? v1::QUESTION_STATE_PUBLISHED : v1::QUESTION_STATE_DRAFT;
      *stored.question.mutable_content() = content;
      stored.question.set_state(stored.state);
      v1::Upstream& upstream = *stored.question.mutable_upstream();
      upstream.set_pack(pack.id());
      upstream.set_question(content.id());
      upstream.set_revision(stored.latest_revision);
      upstream.set_content_hash(ContentHash(content));
      write.Emit(QuestionEvent(publish ? runtime::v1::EVENT_TYPE_QUESTION_PUBLISHED : runtime::v1::EVENT_TYPE_QUESTION_UPDATED,
                               stored.id, stored.version, stored.question));
      changed.push_back(std::move(stored));
    }
    return WriteQuestions(write.tx(), changed, write.context().principal.subject, write.context().now);
  }

  static absl::Status WriteCatalogue(WriteTx& write, const v1::Pack& pack, v1::ImportReport& report) {
    ASSIGN_OR_RETURN(const auto stored, ReadWholeCatalog(write.tx()));
    std::map<std::pair<std::string, std::string>, const CatalogEntry*> newest;
    for (const CatalogEntry& entry : stored) newest[{entry.collection, entry.id}] = &entry;
    std::vector<CatalogEntry> changed;
    for (CatalogEntry entry : CatalogOf(pack)) {
      const auto found = newest.find({entry.collection, entry.id});
      if (found != newest.end() && found->second->content_hash == entry.content_hash) continue;
      entry.revision = found == newest.end() ? 1 : found->second->revision + 1;
      runtime::OutboxEvent event;
      event.type = entry.collection == "policies" ? runtime::v1::EVENT_TYPE_POLICY_PUBLISHED : runtime::v1::EVENT_TYPE_CATALOG_PUBLISHED;
      event.resource = entry.Name();
      event.aggregate_type = "catalog";
      event.version = entry.revision;
      event.state = "PUBLISHED";
      write.Emit(std::move(event));
      changed.push_back(std::move(entry));
    }
    RETURN_IF_ERROR(InsertCatalogEntries(write.tx(), changed, write.context().now));
    v1::Pack header = pack;
    for (const auto* field : {"competencies", "scales", "roles", "formats", "loops", "policies", "flags", "probing_techniques",
                              "scorecard_templates", "vignettes", "hiring_checks", "section_guidance", "questions"}) {
      header.GetReflection()->ClearField(&header, v1::Pack::descriptor()->FindFieldByName(field));
    }
    RETURN_IF_ERROR(UpsertPack(write.tx(), pack.id(), runtime::SerializeDeterministic(header), pack.questions_size(), write.context().now));
    report.set_catalog_entries(static_cast<int>(changed.size()));
    runtime::OutboxEvent done;
    done.type = runtime::v1::EVENT_TYPE_IMPORT_COMPLETED;
    done.resource = "packs/" + pack.id();
    done.aggregate_type = "pack";
    done.version = runtime::ToMicros(write.context().now);
    done.state = "COMPLETED";
    write.Emit(std::move(done));
    return absl::OkStatus();
  }

  BankParts& parts_;
};

// Sends a finished document in pieces.
class DocumentSource final : public runtime::StreamSource {
 public:
  DocumentSource(std::string media_type, std::string bytes) : media_type_(std::move(media_type)), bytes_(std::move(bytes)) {}

  absl::StatusOr<runtime::Pull> Next(const RequestContext&) override {
    auto message = std::make_shared<v1::ExportPackResponse>();
    message->set_media_type(media_type_);
    message->set_chunk(bytes_.substr(sent_, kChunk));
    sent_ += message->chunk().size();
    return runtime::Pull{.message = std::move(message), .end = sent_ >= bytes_.size()};
  }

 private:
  const std::string media_type_;
  const std::string bytes_;
  size_t sent_ = 0;
};

absl::StatusOr<std::unique_ptr<runtime::StreamSource>> PackApi::Export(runtime::ContextPtr context, const v1::ExportPackRequest& request) {
  std::string id;
  if (!request.name().empty()) {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("packs/*", request.name()));
    id = ids[0];
  }
  ASSIGN_OR_RETURN(const v1::Pack pack, runtime::Transact<v1::Pack>(
      parts_.pool, TxMode::kReadOnly, context->tenant(), context->deadline, [&](Tx& tx) -> absl::StatusOr<v1::Pack> {
        v1::Pack out;
        out.set_id("tenant");
        out.set_display_name("All content");
        out.set_version("1.0.0");
        ASSIGN_OR_RETURN(const auto headers, ReadPackHeaders(tx));
        bool known = id.empty();
        for (const std::string& bytes : headers) {
          v1::Pack header;
          if (!header.ParseFromString(bytes)) return runtime::Internal("a stored pack header cannot be parsed");
          if (header.id() != id) continue;
          out = std::move(header);
          known = true;
        }
        if (!known) return runtime::NotFound(request.name());
        ASSIGN_OR_RETURN(auto entries, ReadWholeCatalog(tx));
        if (!id.empty()) std::erase_if(entries, [&](const CatalogEntry& entry) { return entry.pack != id; });
        RETURN_IF_ERROR(AddToPack(entries, out));
        runtime::Page page{.size = 500, .after = {}};
        while (true) {
          ASSIGN_OR_RETURN(const auto questions, ListQuestions(tx, {}, page));
          for (size_t i = 0; i < questions.size() && static_cast<int>(i) < page.size; ++i) {
            if (id.empty() || questions[i].pack == id) *out.add_questions() = questions[i].question.content();
          }
          if (static_cast<int>(questions.size()) <= page.size) return out;
          page.after = {questions[page.size - 1].id};
        }
      }));
  switch (request.format()) {
    case v1::PACK_FORMAT_UNSPECIFIED:
    case v1::PACK_FORMAT_PACK:
      return std::make_unique<DocumentSource>("application/yaml", ToYaml(pack));
    case v1::PACK_FORMAT_PROTOBUF:
      return std::make_unique<DocumentSource>("application/protobuf", runtime::SerializeDeterministic(pack));
    case v1::PACK_FORMAT_JSON: {
      std::string json;
      google::protobuf::util::JsonPrintOptions options;
      options.add_whitespace = true;
      options.preserve_proto_field_names = true;
      if (!google::protobuf::util::MessageToJsonString(pack, &json, options).ok()) return runtime::Internal("the pack cannot be printed");
      return std::make_unique<DocumentSource>("application/json", std::move(json));
    }
    default:
      return runtime::InvalidField("format", "cannot be exported yet; use PACK, JSON or PROTOBUF");
  }
}

}  // namespace

void BindPacks(runtime::Service& service, BankParts& parts) {
  auto api = std::make_shared<PackApi>(parts);
  service.ClientStream<v1::ImportPackRequest, v1::ImportReport>(
      "ImportPack", [api](const RequestContext& context, MessageReader& reader) { return api->Import(context, reader); });
  service.ServerStream<v1::ExportPackRequest>(
      "ExportPack", [api](runtime::ContextPtr context, const v1::ExportPackRequest& request) { return api->Export(std::move(context), request); });
  service.Unary<v1::ListPacksRequest, v1::ListPacksResponse>(
      "ListPacks", [api](const RequestContext& context, const v1::ListPacksRequest& request) { return api->List(context, request); });
}

}  // namespace assay::bank
