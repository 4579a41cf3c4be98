#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/bank/v1/catalog_service.pb.h"
#include "assay/bank/v1/kit.pb.h"
#include "services/runtime/rpc/request_context.h"

namespace assay::runtime {
class Client;
}

namespace assay::scoring {

// What scoring asks of the bank, with the token of the user who calls, so that nobody reads through us what the bank would
// not show them. Never called inside a transaction. NOT_FOUND; UNAVAILABLE where the bank cannot be reached.
class BankClient {
 public:
  virtual ~BankClient() = default;
  virtual absl::StatusOr<bank::v1::Kit> GetKit(const runtime::RequestContext& context, const std::string& name) = 0;
  virtual absl::StatusOr<bank::v1::CatalogPolicy> GetPolicy(const runtime::RequestContext& context, const std::string& name) = 0;
  virtual absl::StatusOr<bank::v1::CatalogRoleGuide> GetRoleGuide(const runtime::RequestContext& context,
                                                                  const std::string& name) = 0;
  // The newest revision of each.
  virtual absl::StatusOr<std::vector<bank::v1::CatalogRoleGuide>> ListRoleGuides(const runtime::RequestContext& context) = 0;
  virtual absl::StatusOr<std::vector<bank::v1::CatalogFlagDefinition>> ListFlagDefinitions(
      const runtime::RequestContext& context) = 0;
};

// Calls the bank over gRPC.
std::unique_ptr<BankClient> MakeBankClient(runtime::Client& client);

}  // namespace assay::scoring
