#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "services/bank/api/parts.h"
#include "services/runtime/rpc/method.h"

namespace assay::bank {

// Streams a pack, or everything of the tenant, as `request.format` says. Questions are read page by page, each page in a short
// transaction of its own: an export of any size holds no more than one, every question is as it was when its page was read, and
// what is created meanwhile under an id that was passed is not in it. HTML and Markdown are one page of a bounded number of
// questions. NOT_FOUND, FILTER_INVALID.
absl::StatusOr<std::unique_ptr<runtime::StreamSource>> ExportPackStream(BankParts& parts, const runtime::RequestContext& context,
                                                                        const v1::ExportPackRequest& request);

}  // namespace assay::bank
