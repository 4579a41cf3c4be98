#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/recording_pool.h"
#include "bench/rig.h"
#include "services/runtime/rpc/client.h"

namespace assay::bench {

// A bank within this process, on the rig's database, that keeps what its calls run there. So what pgbench runs is what the service
// runs, whatever its code comes to be. Takes any token for one tenant's author.
class BankHost {
 public:
  static absl::StatusOr<std::unique_ptr<BankHost>> Start(Rig& rig, const std::string& tenant);
  virtual ~BankHost() = default;

  // Has no question in memory any more.
  virtual void Forget() = 0;

  // Makes a call and returns its transactions.
  template <typename Response>
  absl::StatusOr<std::vector<RecordedTransaction>> Record(const std::string& method, const google::protobuf::Message& request) {
    (void)recording().Take();
    runtime::CallOptions options;
    options.bearer = "any";
    options.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto answer = client().Call<Response>("assay.bank.v1." + method, request, options);
    if (!answer.ok()) return answer.status();
    return recording().Take();
  }

 private:
  virtual RecordingPool& recording() = 0;
  virtual runtime::Client& client() = 0;
};

}  // namespace assay::bench
