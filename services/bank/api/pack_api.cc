#include "services/bank/api/pack_api.h"

#include "assay/bank/v1/pack_service.pb.h"
#include "services/bank/api/pack_export_api.h"
#include "services/bank/api/pack_import_api.h"
#include "services/bank/store/kit_store.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

using runtime::MessageReader;
using runtime::RequestContext;
using runtime::Tx;
using runtime::TxMode;

absl::StatusOr<v1::ListPacksResponse> List(BankParts& parts, const RequestContext& context, const v1::ListPacksRequest& request) {
  ASSIGN_OR_RETURN(const auto page, parts.pages.Open(context, "packs", request.page_size(), request.page_token()));
  return runtime::Transact<v1::ListPacksResponse>(
      parts.pool, TxMode::kReadOnly, context.tenant(), context.deadline, [&](Tx& tx) -> absl::StatusOr<v1::ListPacksResponse> {
        v1::ListPacksResponse response;
        ASSIGN_OR_RETURN(const auto packs, ListPacks(tx, page));
        for (size_t i = 0; i < packs.size() && static_cast<int>(i) < page.size; ++i) *response.add_packs() = packs[i];
        if (static_cast<int>(packs.size()) > page.size) {
          response.set_next_page_token(parts.pages.Seal(context, "packs", {packs[page.size - 1].name().substr(sizeof("packs/") - 1)}));
        }
        return response;
      });
}

}  // namespace

void BindPacks(runtime::Service& service, BankParts& parts) {
  auto imports = std::make_shared<PackImportApi>(parts);
  service.ClientStream<v1::ImportPackRequest, v1::ImportReport>(
      "ImportPack", [imports](const RequestContext& context, MessageReader& reader) { return imports->Import(context, reader); });
  service.Unary<v1::GetImportRequest, v1::Import>(
      "GetImport", [imports](const RequestContext& context, const v1::GetImportRequest& request) { return imports->Get(context, request); });
  service.Unary<v1::ListImportsRequest, v1::ListImportsResponse>(
      "ListImports", [imports](const RequestContext& context, const v1::ListImportsRequest& request) { return imports->List(context, request); });
  service.ServerStream<v1::ExportPackRequest>(
      "ExportPack", [&parts](runtime::ContextPtr context, const v1::ExportPackRequest& request) { return ExportPackStream(parts, *context, request); });
  service.Unary<v1::ListPacksRequest, v1::ListPacksResponse>(
      "ListPacks", [&parts](const RequestContext& context, const v1::ListPacksRequest& request) { return List(parts, context, request); });
}

}  // namespace assay::bank
