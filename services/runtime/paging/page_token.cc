#include "services/runtime/paging/page_token.h"

#include <algorithm>

#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/text.h"
#include "services/runtime/crypto/framing.h"

namespace assay::runtime {
namespace {

constexpr std::string_view kPurpose = "page-token";

std::string Binding(const RequestContext& context, std::string_view asked) {
  return Framed({context.tenant(), context.method, Sha256(asked)});
}

absl::Status Invalid() {
  return Error(v1::ERROR_REASON_PAGE_TOKEN_INVALID,
               "page_token: not a token of this listing; start again without one and keep filter, order and parent as they were");
}

}  // namespace

absl::StatusOr<Page> PageTokens::Open(const RequestContext& context, std::string_view asked, int page_size,
                                      std::string_view token, int default_size, int max_size) const {
  if (page_size < 0) return InvalidField("page_size", "must not be negative");
  Page page;
  page.size = page_size == 0 ? default_size : std::min(page_size, max_size);
  if (token.empty()) return page;
  std::string sealed;
  if (!Base64UrlDecode(token, sealed)) return Invalid();
  const absl::StatusOr<std::string> plain = sealer_.Open(kPurpose, Binding(context, asked), sealed);
  if (!plain.ok() || !ReadFramed(*plain, page.after) || page.after.empty()) return Invalid();
  return page;
}

std::string PageTokens::Seal(const RequestContext& context, std::string_view asked,
                             const std::vector<std::string>& last) const {
  std::string plain;
  for (const std::string& part : last) AppendFramed(plain, part);
  return Base64Url(sealer_.Seal(kPurpose, Binding(context, asked), plain));
}

}  // namespace assay::runtime
