#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/runtime/crypto/sealer.h"
#include "services/runtime/feed/outbox.h"

namespace assay::runtime {

// Seals feed positions into opaque cursors of fixed length that carry the feed's name and epoch.
class CursorCodec {
 public:
  // `feed` is "bank" or "scoring"; `epoch` the UUID text of the feed's epoch.
  CursorCodec(const Sealer& sealer, std::string feed, std::string epoch)
      : sealer_(sealer), feed_(std::move(feed)), epoch_(std::move(epoch)) {}

  std::string Seal(const FeedPosition& position) const;
  // "" is the beginning. CURSOR_INVALID; FEED_EPOCH_CHANGED (metadata resync_cursor = the beginning of this epoch).
  absl::StatusOr<FeedPosition> Open(std::string_view cursor) const;
  const std::string& feed() const { return feed_; }
  const Sealer& sealer() const { return sealer_; }

  // What a cursor holds, for a reader of several feeds that shares the services' secret. CURSOR_INVALID.
  struct Content {
    std::string feed;
    std::string epoch;
    FeedPosition position;
  };
  static absl::StatusOr<Content> Read(const Sealer& sealer, std::string_view cursor);

 private:
  const Sealer& sealer_;
  std::string feed_;
  std::string epoch_;
};

}  // namespace assay::runtime
