#include <string>
#include <utility>

#include "services/bank/api/pack_import_api.h"
#include "services/bank/store/import_store.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"

// Reading the records of imports; importing is in pack_import_api.cc.
namespace assay::bank {

using runtime::RequestContext;
using runtime::Tx;
using runtime::TxMode;

absl::StatusOr<v1::Import> PackImportApi::Get(const RequestContext& context, const v1::GetImportRequest& request) {
  ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("imports/*", request.name()));
  return runtime::Transact<v1::Import>(parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline,
                                       [&](Tx& tx) -> absl::StatusOr<v1::Import> {
                                         ASSIGN_OR_RETURN(StoredImport stored, ReadImport(tx, ids[0]));
                                         return std::move(stored.import);
                                       });
}

absl::StatusOr<v1::ListImportsResponse> PackImportApi::List(const RequestContext& context, const v1::ListImportsRequest& request) {
  ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, "imports", request.page_size(), request.page_token()));
  return runtime::Transact<v1::ListImportsResponse>(
      parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline, [&](Tx& tx) -> absl::StatusOr<v1::ListImportsResponse> {
        v1::ListImportsResponse response;
        ASSIGN_OR_RETURN(auto imports, ListImports(tx, page));
        for (size_t i = 0; i < imports.size() && static_cast<int>(i) < page.size; ++i) {
          v1::Import& import = *response.add_imports();
          import = std::move(imports[i].import);
          import.mutable_report()->clear_findings();
          import.mutable_report()->clear_changes();
        }
        if (static_cast<int>(imports.size()) > page.size) {
          const v1::Import& last = *response.imports().rbegin();
          response.set_next_page_token(
              parts_.pages.Seal(context, "imports", {std::to_string(runtime::ToMicros(runtime::FromTimestamp(last.create_time()))),
                                                     last.name().substr(sizeof("imports/") - 1)}));
        }
        return response;
      });
}

}  // namespace assay::bank
