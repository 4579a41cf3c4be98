// Page tokens and cursors come back from strangers: what we did not seal never opens, what we did comes back as it was, and
// no sealed content, however odd, crashes its reader.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "services/runtime/base/error.h"
#include "services/runtime/base/text.h"
#include "services/runtime/crypto/framing.h"
#include "services/runtime/crypto/sealer.h"
#include "services/runtime/feed/cursor.h"
#include "services/runtime/paging/page_token.h"

namespace {

using assay::runtime::Base64Url;
using assay::runtime::CursorCodec;
using assay::runtime::FeedPosition;
using assay::runtime::PageTokens;
using assay::runtime::ReasonOf;
using assay::runtime::RequestContext;
using assay::runtime::Sealer;

namespace v1 = assay::runtime::v1;

void Expect(bool holds) {
  if (!holds) std::abort();
}

RequestContext Caller(const char* tenant) {
  RequestContext context;
  context.principal.tenant = tenant;
  context.method = "assay.scoring.v1.InterviewService/ListInterviews";
  return context;
}

void Foreign(const PageTokens& pages, const CursorCodec& cursors, std::string_view token) {
  if (token.empty()) return;
  Expect(ReasonOf(pages.Open(Caller("acme"), "filter", 0, token).status()) == v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  Expect(ReasonOf(cursors.Open(token).status()) == v1::ERROR_REASON_CURSOR_INVALID);
}

void OwnPageToken(const PageTokens& pages, std::string_view text) {
  std::vector<std::string> key(1);
  for (const char c : text) {
    if (c == '\n') {
      key.emplace_back();
    } else {
      key.back().push_back(c);
    }
  }
  const std::string token = pages.Seal(Caller("acme"), "filter", key);
  const auto page = pages.Open(Caller("acme"), "filter", 0, token);
  Expect(page.ok() && page->after == key);
  Expect(!pages.Open(Caller("globex"), "filter", 0, token).ok());
  Expect(!pages.Open(Caller("acme"), "another filter", 0, token).ok());
}

// Content that another version of ours might have sealed.
void OddCursor(const Sealer& sealer, const CursorCodec& cursors, std::string_view plain) {
  const std::string cursor = Base64Url(sealer.Seal("feed-cursor", "1", plain));
  const auto content = CursorCodec::Read(sealer, cursor);
  const auto position = cursors.Open(cursor);
  if (!content.ok()) Expect(ReasonOf(position.status()) == v1::ERROR_REASON_CURSOR_INVALID);
  if (position.ok()) Expect(content.ok() && *position == content->position);
}

void Frames(std::string_view bytes) {
  std::vector<std::string> parts;
  if (!assay::runtime::ReadFramed(bytes, parts)) return;
  std::string again;
  for (const std::string& part : parts) assay::runtime::AppendFramed(again, part);
  Expect(again == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::unique_ptr<Sealer> sealer = *Sealer::Create(std::string(32, 's'));
  static const PageTokens pages(*sealer);
  static const CursorCodec cursors(*sealer, "scoring", "00000000-0000-4000-8000-000000000001");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Foreign(pages, cursors, text);
  Foreign(pages, cursors, Base64Url(text));
  OwnPageToken(pages, text);
  OddCursor(*sealer, cursors, text);
  Frames(text);
  return 0;
}
