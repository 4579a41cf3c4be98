#include "services/bank/api/question_cache.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"

namespace assay::bank {

QuestionCache::Key::Key(std::string_view of_tenant, std::string_view of_name)
    : tenant(of_tenant), question(of_name.substr(0, of_name.find('@'))),
      revision(of_name.substr(std::min(of_name.size(), question.size() + 1))),
      hash(absl::Hash<std::pair<std::string_view, std::string_view>>()({tenant, question})) {}

QuestionCache::Entry::Entry(const Key& key) : hash(key.hash), name(key.tenant.begin(), key.tenant.end()), tenant_size(key.tenant.size()) {
  name.insert(name.end(), key.question.begin(), key.question.end());
}

bool QuestionCache::Entry::Is(const Key& key) const {
  return hash == key.hash && tenant_size == key.tenant.size() && name.size() == key.tenant.size() + key.question.size() &&
         std::equal(key.tenant.begin(), key.tenant.end(), name.begin()) &&
         std::equal(key.question.begin(), key.question.end(), name.begin() + static_cast<ptrdiff_t>(tenant_size));
}

bool QuestionCache::Read(std::string_view tenant, std::string_view name, int64_t version, absl::FunctionRef<void(const grpc::Slice&)> use) {
  const Key key(tenant, name);
  Shard& shard = shards_[ShardOf(key)];
  std::lock_guard lock(shard.mutex);
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return false;
  Entry& entry = **found;
  if (version > 0 && entry.version != version) return false;
  Use(shard, *found);
  if (key.revision.empty()) {
    if (entry.current) use(*entry.current);
    return entry.current.has_value();
  }
  for (const Answer& answer : entry.revisions) {
    if (answer.revision != key.revision) continue;
    use(answer.bytes);
    return true;
  }
  return false;
}

std::optional<grpc::Slice> QuestionCache::Find(std::string_view tenant, std::string_view name, int64_t version) {
  std::optional<grpc::Slice> bytes;
  Read(tenant, name, version, [&](const grpc::Slice& kept) { bytes = kept; });
  return bytes;
}

QuestionCache::Moment QuestionCache::Now() {
  Moment now{};
  for (size_t i = 0; i < kShards; ++i) {
    std::lock_guard lock(shards_[i].mutex);
    now[i] = shards_[i].epoch;
  }
  return now;
}

void QuestionCache::Insert(std::string_view tenant, std::string_view name, int64_t version, grpc::Slice bytes, const Moment& before) {
  const Key key(tenant, name);
  const size_t place = ShardOf(key);
  Shard& shard = shards_[place];
  std::lock_guard lock(shard.mutex);
  auto found = shard.index.find(key);
  if (found == shard.index.end()) {
    shard.recent.emplace_front(key);
    shard.recent.front().version = version;
    shard.recent.front().moved = ++shard.came_in;
    found = shard.index.insert(shard.recent.begin()).first;
    shard.bytes += kEntryBytes;
  }
  Entry& entry = **found;
  // Remembered also where the answer itself is not: what is known to have been replaced must not come in after it.
  if (version < entry.version) return;
  shard.bytes -= entry.bytes;
  if (version > entry.version) {
    entry.current.reset();
    entry.revisions.clear();
    entry.bytes = 0;
  }
  entry.version = version;
  Use(shard, *found);
  const auto same = [&](const Answer& answer) { return answer.revision == key.revision; };
  if (shard.epoch == before[place]) {
    const size_t size = bytes.size() + kAnswerBytes;
    if (key.revision.empty()) {
      if (!entry.current) {
        entry.current = std::move(bytes);
        entry.bytes += size;
      }
    } else if (std::none_of(entry.revisions.begin(), entry.revisions.end(), same)) {
      if (entry.revisions.size() >= kMostRevisions) {
        entry.bytes -= entry.revisions.front().bytes.size() + kAnswerBytes;
        entry.revisions.erase(entry.revisions.begin());
      }
      entry.revisions.push_back({std::string(key.revision), std::move(bytes)});
      entry.bytes += size;
    }
  }
  shard.bytes += entry.bytes;
  while (shard.bytes > most_bytes_ && shard.recent.size() > 1) Drop(shard, std::prev(shard.recent.end()));
}

void QuestionCache::Use(Shard& shard, Place place) {
  // Among the eighth that was used last the order does not matter.
  if (place->moved + shard.recent.size() / 8 >= shard.came_in) return;
  shard.recent.splice(shard.recent.begin(), shard.recent, place);
  place->moved = shard.came_in;
}

void QuestionCache::Drop(Shard& shard, Place place) {
  shard.bytes -= kEntryBytes + place->bytes;
  shard.index.erase(place);
  shard.recent.erase(place);
}

void QuestionCache::Forget(std::string_view tenant, std::string_view name) {
  const Key key(tenant, name);
  Shard& shard = shards_[ShardOf(key)];
  std::lock_guard lock(shard.mutex);
  ++shard.epoch;
  if (const auto found = shard.index.find(key); found != shard.index.end()) Drop(shard, *found);
}

void QuestionCache::Clear() {
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    ++shard.epoch;
    shard.index.clear();
    shard.recent.clear();
    shard.bytes = 0;
  }
}

}  // namespace assay::bank
