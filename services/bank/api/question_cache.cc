#include "services/bank/api/question_cache.h"

namespace assay::bank {

std::string QuestionCache::Key(std::string_view tenant, std::string_view name) {
  std::string key;
  key.reserve(tenant.size() + 1 + name.size());
  key.append(tenant).append("/").append(name);
  return key;
}

std::optional<grpc::ByteBuffer> QuestionCache::Find(std::string_view tenant, std::string_view name) {
  const std::string key = Key(tenant, name);
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mutex);
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return std::nullopt;
  shard.recent.splice(shard.recent.begin(), shard.recent, found->second);
  // Copies share the bytes.
  return found->second->bytes;
}

uint64_t QuestionCache::Epoch(std::string_view tenant, std::string_view name) {
  Shard& shard = ShardOf(Key(tenant, name));
  std::lock_guard lock(shard.mutex);
  return shard.epoch;
}

void QuestionCache::Insert(std::string_view tenant, std::string_view name, grpc::ByteBuffer bytes, uint64_t epoch) {
  std::string key = Key(tenant, name);
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mutex);
  if (shard.epoch != epoch || shard.index.count(key) != 0) return;
  shard.recent.push_front({std::move(key), std::move(bytes)});
  shard.index.emplace(shard.recent.front().key, shard.recent.begin());
  if (shard.recent.size() > capacity_) {
    shard.index.erase(shard.recent.back().key);
    shard.recent.pop_back();
  }
}

void QuestionCache::Forget(std::string_view tenant, std::string_view name) {
  const std::string key = Key(tenant, name);
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mutex);
  ++shard.epoch;
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return;
  const auto entry = found->second;
  shard.index.erase(found);
  shard.recent.erase(entry);
}

void QuestionCache::Clear() {
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    ++shard.epoch;
    shard.index.clear();
    shard.recent.clear();
  }
}

}  // namespace assay::bank
