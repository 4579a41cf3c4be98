#pragma once

#include <array>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <grpcpp/support/byte_buffer.h>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"

namespace assay::bank {

// Answers of GetQuestion as bytes, by (tenant, name): what is in here was authorised for that tenant by being read under
// its row-level security. Bounded by bytes, least recently used goes first. Thread-safe.
//
// A fill must not outlive an invalidation that ran between its read and its insert: the reader takes the moment first and
// hands it back, and an insert of before an invalidation is dropped. Of two fills around a change that is not known here yet, the one
// with the higher version stays, in whichever order they come: who was given the newer is not given the older next.
//
// Lists fill it, too: whoever reads a whole bank, page by page, takes the place of what others asked for, until they ask again.
class QuestionCache {
 public:
  // About 30,000 questions of the length that is usual. What is allotted to a bank (deploy/base/bank.yaml) has room for this and for
  // an import.
  static constexpr size_t kMostBytes = 48 << 20;

  explicit QuestionCache(size_t most_bytes = kMostBytes) : most_bytes_(most_bytes / kShards) {}

  // How much has been forgotten, by shard.
  using Moment = std::array<uint64_t, 16>;

  // `name` is `questions/{id}` or `questions/{id}@{revision}`. With a `version` the answer of that one alone. Copies of the slice
  // share the bytes.
  std::optional<grpc::Slice> Find(std::string_view tenant, std::string_view name, int64_t version = 0);
  // The same for a short `use` of the bytes where they are; false where there are none.
  bool Read(std::string_view tenant, std::string_view name, int64_t version, absl::FunctionRef<void(const grpc::Slice&)> use);
  Moment Now();
  // `version` is the question's, which rises with each change of it; `before` the moment at which its reading had not begun.
  void Insert(std::string_view tenant, std::string_view name, int64_t version, grpc::Slice bytes, const Moment& before);
  // Forgets `questions/{id}` and all its revisions: a revision's content never changes, but its state and etag do.
  void Forget(std::string_view tenant, std::string_view name);
  void Clear();

 private:
  // A question of a tenant, as it is looked for.
  struct Key {
    Key(std::string_view of_tenant, std::string_view of_name);

    std::string_view tenant;
    std::string_view question;  // without "@3"
    std::string_view revision;  // "3"; empty for the current one
    size_t hash;
  };
  // What is kept of one question: the current revision and a few others, the oldest of which make room.
  struct Answer {
    std::string revision;
    grpc::Slice bytes;
  };
  // Looking at one costs what it takes to fetch it from memory: what is compared is in the entry itself
  // unless the name is long.
  struct Entry {
    explicit Entry(const Key& key);
    bool Is(const Key& key) const;

    size_t hash;
    absl::InlinedVector<char, 64> name;  // tenant, then question
    size_t tenant_size;
    int64_t version = 0;  // the highest that anybody has read; the answers are of it
    uint64_t moved = 0;   // how many had come in when it was last the first
    size_t bytes = 0;     // of the answers
    std::optional<grpc::Slice> current;
    std::vector<Answer> revisions;
  };
  using Place = std::list<Entry>::iterator;
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Place& place) const { return place->hash; }
    size_t operator()(const Key& key) const { return key.hash; }
  };
  struct Same {
    using is_transparent = void;
    bool operator()(const Place& a, const Place& b) const { return a == b; }
    bool operator()(const Place& place, const Key& key) const { return place->Is(key); }
    bool operator()(const Key& key, const Place& place) const { return place->Is(key); }
  };
  struct Shard {
    std::mutex mutex;
    uint64_t epoch ABSL_GUARDED_BY(mutex) = 0;
    uint64_t came_in ABSL_GUARDED_BY(mutex) = 0;
    size_t bytes ABSL_GUARDED_BY(mutex) = 0;
    std::list<Entry> recent ABSL_GUARDED_BY(mutex);
    absl::flat_hash_set<Place, Hash, Same> index ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = std::tuple_size_v<Moment>;
  static constexpr size_t kMostRevisions = 7;
  // What an entry and an answer take beside the bytes.
  static constexpr size_t kEntryBytes = 320;
  static constexpr size_t kAnswerBytes = 64;

  // By bits that the index does not begin with.
  static size_t ShardOf(const Key& key) { return key.hash >> 60; }
  static_assert(sizeof(size_t) == 8 && kShards == 16);

  static void Use(Shard& shard, Place place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);
  static void Drop(Shard& shard, Place place) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);

  // Of a shard.
  const size_t most_bytes_;
  std::array<Shard, kShards> shards_;
};

}  // namespace assay::bank
