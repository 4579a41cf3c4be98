#include "services/bank/api/kit_export_api.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>

#include <fmt/format.h>

#include "assay/bank/v1/kit_service.pb.h"
#include "assay/bank/v1/pack.pb.h"
#include "services/bank/api/catalog_api.h"
#include "services/bank/render/kit_sheet.h"
#include "services/bank/render/math.h"
#include "services/bank/store/catalog_store.h"
#include "services/bank/store/kit_store.h"
#include "services/bank/store/question_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::RequestContext;
using runtime::Tx;
using runtime::TxMode;

// What one answer may hold; a client of ours takes 32 MiB.
constexpr size_t kMaxDocument = 24u << 20;
// Formulas of a kit take milliseconds; whatever somebody wrote instead must not hold a thread for long.
constexpr std::chrono::milliseconds kMathTime{2'000};

// Everything a sheet is laid out from, as it was when the kit was pinned.
struct Material {
  v1::Kit kit;
  v1::Pack catalogue;
  std::map<std::string, v1::QuestionContent> contents;
};

absl::StatusOr<Material> Read(Tx& tx, const std::string& id) {
  Material material;
  ASSIGN_OR_RETURN(material.kit, ReadKit(tx, id));
  ASSIGN_OR_RETURN(const auto entries, ReadWholeCatalog(tx));
  RETURN_IF_ERROR(AddToPack(entries, material.catalogue));
  ASSIGN_OR_RETURN(const auto headers, ReadPackHeaders(tx));
  for (const std::string& bytes : headers) {
    v1::Pack header;
    if (!header.ParseFromString(bytes)) return runtime::Internal("a stored pack header cannot be parsed");
    if (material.catalogue.default_scale().empty()) material.catalogue.set_default_scale(header.default_scale());
  }
  for (const v1::KitSlot& slot : material.kit.slots()) {
    for (const v1::KitQuestion& question : slot.questions()) {
      ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("questions/*", question.question()));
      ASSIGN_OR_RETURN(const auto name, runtime::ParseRevision(ids[0]));
      absl::StatusOr<StoredQuestion> stored = ReadQuestion(tx, name.id, name.revision);
      // The sheet of an old kit is worth having without what has been taken away since.
      if (stored.status().code() == absl::StatusCode::kNotFound) continue;
      RETURN_IF_ERROR(stored.status());
      material.contents[question.question()] = std::move(*stored->question.mutable_content());
    }
  }
  return material;
}

absl::StatusOr<v1::ExportKitResponse> Export(BankParts& parts, const RequestContext& context, const v1::ExportKitRequest& request) {
  const bool pdf = request.format() == v1::KIT_EXPORT_FORMAT_PDF;
  if (!pdf && request.format() != v1::KIT_EXPORT_FORMAT_HTML && request.format() != v1::KIT_EXPORT_FORMAT_UNSPECIFIED) {
    return runtime::InvalidField("format", "unknown; use HTML or PDF");
  }
  ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", request.name()));
  ASSIGN_OR_RETURN(const Material material,
                   runtime::Transact<Material>(parts.pool, TxMode::kReadOnly, context.tenant(), context.deadline,
                                               [&](Tx& tx) { return Read(tx, ids[0]); }));
  // The connection is back in the pool: rendering takes longer than reading.
  const KitSheet sheet = LayOutKit(material.kit, material.catalogue, material.contents);
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(context.deadline - std::chrono::steady_clock::now());
  const MathText texts(TextsOf(sheet), BlahtexmlConverter(std::clamp(left / 2, std::chrono::milliseconds(1), kMathTime)));
  v1::ExportKitResponse response;
  ASSIGN_OR_RETURN(*response.mutable_content(), pdf ? KitSheetPdf(sheet, texts) : KitSheetHtml(sheet, texts));
  if (response.content().size() > kMaxDocument) {
    return runtime::InvalidField("name", fmt::format("the kit's texts make {} bytes, over {}; shorten its questions", response.content().size(), kMaxDocument));
  }
  response.set_media_type(pdf ? "application/pdf" : "text/html; charset=utf-8");
  return response;
}

}  // namespace

void BindKitExport(runtime::Service& service, BankParts& parts) {
  service.Unary<v1::ExportKitRequest, v1::ExportKitResponse>(
      "ExportKit", [&parts](const RequestContext& context, const v1::ExportKitRequest& request) { return Export(parts, context, request); });
}

}  // namespace assay::bank
