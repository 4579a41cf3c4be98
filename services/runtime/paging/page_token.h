#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/runtime/crypto/sealer.h"
#include "services/runtime/rpc/request_context.h"

namespace assay::runtime {

// Page of a keyset listing: how many rows to read, and after which key.
struct Page {
  int size = 50;
  std::vector<std::string> after;  // key of the last row of the page before; empty = first page
};

// Sealed page tokens, bound to tenant, method and a hash of what was asked (filter, order, parent).
class PageTokens {
 public:
  explicit PageTokens(const Sealer& sealer) : sealer_(sealer) {}
  // page_size 0 = `default_size`, above `max_size` = max_size; PAGE_TOKEN_INVALID.
  absl::StatusOr<Page> Open(const RequestContext& context, std::string_view asked, int page_size, std::string_view token,
                            int default_size = 50, int max_size = 200) const;
  // Token for the page after the row with key `last`.
  std::string Seal(const RequestContext& context, std::string_view asked, const std::vector<std::string>& last) const;

 private:
  const Sealer& sealer_;
};

}  // namespace assay::runtime
