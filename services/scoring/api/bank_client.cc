#include "services/scoring/api/bank_client.h"

#include "assay/bank/v1/kit_service.pb.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/rpc/client.h"

namespace assay::scoring {
namespace {

using runtime::CallOptions;
using runtime::RequestContext;

constexpr int kPageSize = 200;

class GrpcBankClient final : public BankClient {
 public:
  explicit GrpcBankClient(runtime::Client& client) : client_(client) {}

  absl::StatusOr<bank::v1::Kit> GetKit(const RequestContext& context, const std::string& name) override {
    bank::v1::GetKitRequest request;
    request.set_name(name);
    return client_.Call<bank::v1::Kit>("assay.bank.v1.KitService/GetKit", request, CallOptions::Forwarding(context));
  }

  absl::StatusOr<bank::v1::CatalogPolicy> GetPolicy(const RequestContext& context, const std::string& name) override {
    bank::v1::GetPolicyRequest request;
    request.set_name(name);
    return client_.Call<bank::v1::CatalogPolicy>("assay.bank.v1.CatalogService/GetPolicy", request,
                                                 CallOptions::Forwarding(context));
  }

  absl::StatusOr<bank::v1::CatalogRoleGuide> GetRoleGuide(const RequestContext& context, const std::string& name) override {
    bank::v1::GetRoleGuideRequest request;
    request.set_name(name);
    return client_.Call<bank::v1::CatalogRoleGuide>("assay.bank.v1.CatalogService/GetRoleGuide", request,
                                                    CallOptions::Forwarding(context));
  }

  absl::StatusOr<std::vector<bank::v1::CatalogRoleGuide>> ListRoleGuides(const RequestContext& context) override {
    return ListAll<bank::v1::ListRoleGuidesRequest, bank::v1::ListRoleGuidesResponse, bank::v1::CatalogRoleGuide>(
        context, "assay.bank.v1.CatalogService/ListRoleGuides",
        [](const bank::v1::ListRoleGuidesResponse& page) -> const auto& { return page.role_guides(); });
  }

  absl::StatusOr<std::vector<bank::v1::CatalogFlagDefinition>> ListFlagDefinitions(const RequestContext& context) override {
    return ListAll<bank::v1::ListFlagDefinitionsRequest, bank::v1::ListFlagDefinitionsResponse, bank::v1::CatalogFlagDefinition>(
        context, "assay.bank.v1.CatalogService/ListFlagDefinitions",
        [](const bank::v1::ListFlagDefinitionsResponse& page) -> const auto& { return page.flag_definitions(); });
  }

 private:
  template <typename Request, typename Response, typename Item, typename ItemsOf>
  absl::StatusOr<std::vector<Item>> ListAll(const RequestContext& context, const char* method, ItemsOf items_of) {
    std::vector<Item> items;
    Request request;
    request.set_page_size(kPageSize);
    do {
      ASSIGN_OR_RETURN(const Response page, client_.Call<Response>(method, request, CallOptions::Forwarding(context)));
      items.insert(items.end(), items_of(page).begin(), items_of(page).end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return items;
  }

  runtime::Client& client_;
};

}  // namespace

std::unique_ptr<BankClient> MakeBankClient(runtime::Client& client) { return std::make_unique<GrpcBankClient>(client); }

}  // namespace assay::scoring
