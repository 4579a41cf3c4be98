#include "services/bank/api/pack_export_api.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

#include "services/bank/api/catalog_api.h"
#include "services/bank/domain/pack_document_writer.h"
#include "services/bank/domain/pack_merge.h"
#include "services/bank/domain/pack_writer.h"
#include "services/bank/render/math.h"
#include "services/bank/render/pack_html.h"
#include "services/bank/render/pack_markdown.h"
#include "services/bank/store/catalog_store.h"
#include "services/bank/store/import_store.h"
#include "services/bank/store/question_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/paging/filter.h"

namespace assay::bank {
namespace {

using runtime::FilterNode;
using runtime::RequestContext;
using runtime::Tx;
using runtime::TxMode;

constexpr int kPage = 200;
constexpr size_t kChunk = 256u << 10;

// A page for people, which cannot be written before all of it is known.
class PageWriter final : public PackWriter {
 public:
  explicit PageWriter(bool html) : html_(html) {}
  std::string Begin(const v1::Pack& header) override {
    pack_ = header;
    return "";
  }
  std::string Question(const v1::QuestionContent& question) override {
    *pack_.add_questions() = question;
    return "";
  }
  std::string End() override {
    return html_ ? RenderPackHtml(pack_, BlahtexmlConverter()) : RenderPackMarkdown(pack_);
  }
  std::string MediaType() const override { return html_ ? "text/html; charset=utf-8" : "text/markdown; charset=utf-8"; }

 private:
  const bool html_;
  v1::Pack pack_;
};

bool IsPage(v1::PackFormat format) { return format == v1::PACK_FORMAT_HTML || format == v1::PACK_FORMAT_MARKDOWN; }

absl::StatusOr<std::unique_ptr<PackWriter>> WriterFor(v1::PackFormat format) {
  if (IsPage(format)) return std::make_unique<PageWriter>(format == v1::PACK_FORMAT_HTML);
  const bool whole = format == v1::PACK_FORMAT_PACK || format == v1::PACK_FORMAT_JSON || format == v1::PACK_FORMAT_PROTOBUF;
  auto writer = whole ? MakePackDocumentWriter(format) : MakePackWriter(format);
  if (writer.ok()) return writer;
  return runtime::InvalidField("format", "must be one of PACK, JSON, PROTOBUF, NDJSON, CSV, MOODLE_XML, QTI, HTML and MARKDOWN");
}

bool Names(const FilterNode& node, const std::string& field) {
  if (node.kind == FilterNode::Kind::kTerm) return node.field == field;
  for (const auto& child : node.children) {
    if (Names(child, field)) return true;
  }
  return false;
}

FilterNode Term(const std::string& field, runtime::FilterOperator op, const std::string& value) {
  FilterNode term;
  term.kind = FilterNode::Kind::kTerm;
  term.field = field;
  term.op = op;
  term.value.text = value;
  return term;
}

// Conditions of the questions that are exported: what was asked for, and what nobody asks for.
absl::StatusOr<runtime::SqlFilter> Conditions(const std::string& filter, const std::string& pack) {
  ASSIGN_OR_RETURN(const FilterNode asked, runtime::ParseFilter(filter));
  FilterNode all;
  if (asked != FilterNode()) all.children.push_back(asked);
  // Who asks for a state gets that; nobody gets what was retired without asking.
  if (!Names(asked, "state")) all.children.push_back(Term("state", runtime::FilterOperator::kNotEqual, StateText(v1::QUESTION_STATE_RETIRED)));
  if (!pack.empty()) all.children.push_back(Term("pack", runtime::FilterOperator::kEqual, pack));
  return runtime::CompileFilter(all.children.size() == 1 ? all.children[0] : all, QuestionFields(), 1);
}

// The entries that the pack has brought, as they stand: the tenant's own revision where it has made one.
absl::StatusOr<std::vector<CatalogEntry>> EntriesOf(Tx& tx, const std::string& pack) {
  ASSIGN_OR_RETURN(auto newest, ReadWholeCatalog(tx));
  if (pack.empty()) return newest;
  ASSIGN_OR_RETURN(auto entries, ReadPackCatalog(tx, pack));
  std::map<std::pair<std::string, std::string>, CatalogEntry*> own;
  for (CatalogEntry& entry : newest) {
    if (entry.pack.empty()) own[{entry.collection, entry.id}] = &entry;
  }
  for (CatalogEntry& entry : entries) {
    if (const auto found = own.find({entry.collection, entry.id}); found != own.end()) entry = std::move(*found->second);
  }
  return entries;
}

absl::StatusOr<v1::Pack> ReadHeader(Tx& tx, const std::string& pack) {
  v1::Pack header;
  if (pack.empty()) {
    header.set_id("tenant");
    header.set_display_name("All content");
    header.set_version("1.0.0");
  } else {
    ASSIGN_OR_RETURN(const auto stored, ReadPackHeader(tx, pack));
    if (!stored.has_value()) return runtime::NotFound("packs/" + pack);
    header = *stored;
    // The ids that are exported have it already.
    header.clear_id_prefix();
  }
  ASSIGN_OR_RETURN(const auto entries, EntriesOf(tx, pack));
  RETURN_IF_ERROR(AddToPack(entries, header));
  return header;
}

// Says which questions the catalogue names in vain, so that the document can be read again anywhere.
absl::Status AddOmitted(Tx& tx, const runtime::SqlFilter& conditions, v1::Pack& header) {
  std::set<std::string> named;
  ForEachQuestionName(header, [&](const std::string& id) { named.insert(id); });
  if (named.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto omitted, QuestionsLeftOut(tx, conditions, {named.begin(), named.end()}));
  header.mutable_omitted_questions()->Assign(omitted.begin(), omitted.end());
  return absl::OkStatus();
}

class ExportSource final : public runtime::StreamSource {
 public:
  ExportSource(BankParts& parts, std::unique_ptr<PackWriter> writer, std::string pack, runtime::SqlFilter conditions, int most)
      : parts_(parts), writer_(std::move(writer)), pack_(std::move(pack)), conditions_(std::move(conditions)), most_(most) {}

  // So that what is missing is said before the first byte.
  absl::Status Begin(const RequestContext& context) {
    return parts_.pool.Transact(TxMode::kReadOnly, context.tenant(), context.deadline, [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(v1::Pack header, ReadHeader(tx, pack_));
      RETURN_IF_ERROR(AddOmitted(tx, conditions_, header));
      text_ = writer_->Begin(header);
      return absl::OkStatus();
    });
  }

  absl::StatusOr<runtime::Pull> Next(const RequestContext& context) override {
    while (!ended_ && text_.size() - sent_ < kChunk) RETURN_IF_ERROR(ReadPage(context));
    auto message = std::make_shared<v1::ExportPackResponse>();
    message->set_media_type(writer_->MediaType());
    message->set_chunk(text_.substr(sent_, kChunk));
    sent_ += message->chunk().size();
    return runtime::Pull{.message = std::move(message), .end = ended_ && sent_ >= text_.size()};
  }

 private:
  absl::Status ReadPage(const RequestContext& context) {
    bool more = false;
    std::vector<std::optional<StoredQuestion>> questions;
    RETURN_IF_ERROR(parts_.pool.Transact(TxMode::kReadOnly, context.tenant(), context.deadline, [&](Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const auto paged, PageQuestions(tx, conditions_, {}, page_));
      std::vector<runtime::RevisionName> names;
      for (const PagedQuestion& question : paged) names.push_back({question.id, 0});
      more = static_cast<int>(names.size()) > page_.size;
      if (more) names.pop_back();
      ASSIGN_OR_RETURN(questions, ReadQuestionsAt(tx, names));
      return absl::OkStatus();
    }));
    const int count = static_cast<int>(questions.size());
    written_ += count;
    if (most_ > 0 && (written_ > most_ || (more && written_ == most_))) {
      return runtime::InvalidField("format", fmt::format("such a page holds at most {} questions; name fewer by a filter, or export as PACK, "
                                                         "JSON or NDJSON", most_));
    }
    text_.erase(0, std::exchange(sent_, 0));
    for (const auto& stored : questions) {
      if (!stored.has_value()) return runtime::Internal("a question of the page is gone within its snapshot");
      text_ += writer_->Question(stored->question.content());
      page_.after = {stored->id};
    }
    if (!more) {
      text_ += writer_->End();
      ended_ = true;
    }
    return absl::OkStatus();
  }

  BankParts& parts_;
  const std::unique_ptr<PackWriter> writer_;
  const std::string pack_;
  const runtime::SqlFilter conditions_;
  // 0 = any number.
  const int most_;
  runtime::Page page_{.size = kPage, .after = {}};
  int written_ = 0;
  bool ended_ = false;
  std::string text_;
  size_t sent_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<runtime::StreamSource>> ExportPackStream(BankParts& parts, const RequestContext& context,
                                                                        const v1::ExportPackRequest& request) {
  std::string pack;
  if (!request.name().empty()) {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("packs/*", request.name()));
    pack = ids[0];
  }
  const v1::PackFormat format = request.format() == v1::PACK_FORMAT_UNSPECIFIED ? v1::PACK_FORMAT_PACK : request.format();
  ASSIGN_OR_RETURN(auto writer, WriterFor(format));
  ASSIGN_OR_RETURN(runtime::SqlFilter conditions, Conditions(request.filter(), pack));
  auto source = std::make_unique<ExportSource>(parts, std::move(writer), std::move(pack), std::move(conditions),
                                               IsPage(format) ? kMaxHtmlQuestions : 0);
  RETURN_IF_ERROR(source->Begin(context));
  return source;
}

}  // namespace assay::bank
