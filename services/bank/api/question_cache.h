#pragma once

#include <array>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <grpcpp/support/byte_buffer.h>

#include "absl/base/thread_annotations.h"

namespace assay::bank {

// Answers of GetQuestion as bytes, by (tenant, name): what is in here was authorised for that tenant by being read under
// its row-level security. Bounded by questions, least recently used goes first. Thread-safe.
//
// A fill must not outlive an invalidation that ran between its read and its insert: the reader takes the moment first and
// hands it back, and an insert of before an invalidation is dropped. Of two fills
// around a change that is not known here yet, the one with the higher version stays, in whichever order they come: who was given
// the newer is not given the older next.
class QuestionCache {
 public:
  explicit QuestionCache(size_t entries_per_shard = 4096) : capacity_(entries_per_shard) {}

  // How much has been forgotten, by shard.
  using Moment = std::array<uint64_t, 16>;

  // `name` is `questions/{id}` or `questions/{id}@{revision}`. With a `version` the answer of that one alone. Copies of the slice
  // share the bytes.
  std::optional<grpc::Slice> Find(std::string_view tenant, std::string_view name, int64_t version = 0);
  Moment Now();
  // `version` is the question's, which rises with each change of it; `before` the moment at which its reading had not begun.
  void Insert(std::string_view tenant, std::string_view name, int64_t version, grpc::Slice bytes, const Moment& before);
  // Forgets `questions/{id}` and all its revisions: a revision's content never changes, but its state and etag do.
  void Forget(std::string_view tenant, std::string_view name);
  void Clear();

 private:
  // What is kept of one question: the current revision and a few others, the oldest of which make room.
  struct Answer {
    std::string revision;  // "3"; empty for the current one
    grpc::Slice bytes;
  };
  struct Entry {
    std::string key;
    int64_t version = 0;  // the highest that anybody has read; the answers are of it
    std::vector<Answer> answers;
  };
  struct Shard {
    std::mutex mutex;
    uint64_t epoch ABSL_GUARDED_BY(mutex) = 0;
    std::list<Entry> recent ABSL_GUARDED_BY(mutex);
    std::unordered_map<std::string_view, std::list<Entry>::iterator> index ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = std::tuple_size_v<Moment>;
  static constexpr size_t kMostAnswers = 8;

  static std::string Key(std::string_view tenant, std::string_view name);
  static size_t ShardOf(std::string_view key) { return std::hash<std::string_view>()(key) % kShards; }

  const size_t capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace assay::bank
