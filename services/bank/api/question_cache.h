#pragma once

#include <array>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <grpcpp/support/byte_buffer.h>

#include "absl/base/thread_annotations.h"

namespace assay::bank {

// Answers of GetQuestion as bytes, by (tenant, name): what is in here was authorised for that tenant by being read under
// its row-level security. Bounded, least recently used goes first. Thread-safe.
//
// A fill must not outlive an invalidation that ran between its read and its insert: the reader takes the epoch first and
// hands it back, and an insert under an older epoch is dropped.
class QuestionCache {
 public:
  explicit QuestionCache(size_t entries_per_shard = 4096) : capacity_(entries_per_shard) {}

  std::optional<grpc::ByteBuffer> Find(std::string_view tenant, std::string_view name);
  uint64_t Epoch(std::string_view tenant, std::string_view name);
  void Insert(std::string_view tenant, std::string_view name, grpc::ByteBuffer bytes, uint64_t epoch);
  // Forgets `questions/{id}`; revisions (`questions/{id}@3`) are immutable and stay.
  void Forget(std::string_view tenant, std::string_view name);
  void Clear();

 private:
  struct Entry {
    std::string key;
    grpc::ByteBuffer bytes;
  };
  struct Shard {
    std::mutex mutex;
    uint64_t epoch ABSL_GUARDED_BY(mutex) = 0;
    std::list<Entry> recent ABSL_GUARDED_BY(mutex);
    std::unordered_map<std::string_view, std::list<Entry>::iterator> index ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;

  static std::string Key(std::string_view tenant, std::string_view name);
  Shard& ShardOf(std::string_view key) { return shards_[std::hash<std::string_view>()(key) % kShards]; }

  const size_t capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace assay::bank
