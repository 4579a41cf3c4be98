#include "services/runtime/feed/cursor.h"

#include "services/runtime/base/error.h"
#include "services/runtime/base/text.h"
#include "services/runtime/crypto/framing.h"

namespace assay::runtime {
namespace {

constexpr std::string_view kPurpose = "feed-cursor";
constexpr std::string_view kLayout = "1";
// Feed and epoch are padded, so that every cursor has the same length and tells nothing by it.
constexpr size_t kFeedBytes = 16;
constexpr size_t kEpochBytes = 36;
constexpr size_t kPlainBytes = kFeedBytes + kEpochBytes + 16;

std::string Padded(std::string_view text, size_t size) {
  std::string padded(text.substr(0, size));
  padded.resize(size, '\0');
  return padded;
}

std::string Trimmed(std::string_view padded) { return std::string(padded.substr(0, padded.find('\0'))); }

absl::Status Invalid() {
  return Error(v1::ERROR_REASON_CURSOR_INVALID, "the cursor is not one of this feed; use one that the feed gave, or none");
}

}  // namespace

std::string CursorCodec::Seal(const FeedPosition& position) const {
  std::string plain = Padded(feed_, kFeedBytes) + Padded(epoch_, kEpochBytes);
  AppendUint64(plain, position.xid);
  AppendUint64(plain, position.sequence);
  return Base64Url(sealer_.Seal(kPurpose, kLayout, plain));
}

absl::StatusOr<CursorCodec::Content> CursorCodec::Read(const Sealer& sealer, std::string_view cursor) {
  std::string sealed;
  if (!Base64UrlDecode(cursor, sealed)) return Invalid();
  const absl::StatusOr<std::string> plain = sealer.Open(kPurpose, kLayout, sealed);
  if (!plain.ok() || plain->size() != kPlainBytes) return Invalid();
  const std::string_view bytes = *plain;
  return Content{Trimmed(bytes.substr(0, kFeedBytes)),
                 Trimmed(bytes.substr(kFeedBytes, kEpochBytes)),
                 {ReadUint64(bytes, kFeedBytes + kEpochBytes), ReadUint64(bytes, kFeedBytes + kEpochBytes + 8)}};
}

absl::StatusOr<FeedPosition> CursorCodec::Open(std::string_view cursor) const {
  if (cursor.empty()) return FeedPosition{};
  absl::StatusOr<Content> content = Read(sealer_, cursor);
  if (!content.ok()) return content.status();
  if (content->feed != feed_) return Invalid();
  if (content->epoch != epoch_) {
    return Error(v1::ERROR_REASON_FEED_EPOCH_CHANGED,
                 "the database was restored and the feed has a new epoch; resync from the cursor in metadata",
                 {{"resync_cursor", Seal({})}});
  }
  return content->position;
}

}  // namespace assay::runtime
