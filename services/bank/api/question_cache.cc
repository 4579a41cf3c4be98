#include "services/bank/api/question_cache.h"

namespace assay::bank {
namespace {

std::string_view RevisionOf(std::string_view name) {
  const size_t at = name.find('@');
  return at == std::string_view::npos ? std::string_view() : name.substr(at + 1);
}

}  // namespace

std::string QuestionCache::Key(std::string_view tenant, std::string_view name) {
  name = name.substr(0, name.find('@'));
  std::string key;
  key.reserve(tenant.size() + 1 + name.size());
  key.append(tenant).append("/").append(name);
  return key;
}

std::optional<grpc::Slice> QuestionCache::Find(std::string_view tenant, std::string_view name, int64_t version) {
  const std::string key = Key(tenant, name);
  const std::string_view revision = RevisionOf(name);
  Shard& shard = shards_[ShardOf(key)];
  std::lock_guard lock(shard.mutex);
  const auto found = shard.index.find(key);
  if (found == shard.index.end()) return std::nullopt;
  if (version > 0 && found->second->version != version) return std::nullopt;
  shard.recent.splice(shard.recent.begin(), shard.recent, found->second);
  for (const Answer& answer : found->second->answers) {
    if (answer.revision == revision) return answer.bytes;
  }
  return std::nullopt;
}

QuestionCache::Moment QuestionCache::Now() {
  Moment now{};
  for (size_t i = 0; i < kShards; ++i) {
    std::lock_guard lock(shards_[i].mutex);
    now[i] = shards_[i].epoch;
  }
  return now;
}

void QuestionCache::Insert(std::string_view tenant, std::string_view name, int64_t version, grpc::Slice bytes,
                           const Moment& before) {
  std::string key = Key(tenant, name);
  const std::string_view revision = RevisionOf(name);
  const size_t place = ShardOf(key);
  Shard& shard = shards_[place];
  std::lock_guard lock(shard.mutex);
  auto found = shard.index.find(key);
  if (found == shard.index.end()) {
    shard.recent.push_front({std::move(key), version, {}});
    found = shard.index.emplace(shard.recent.front().key, shard.recent.begin()).first;
  }
  // Remembered also where the answer itself is not: what is known to have been replaced must not come in after it.
  int64_t& newest = found->second->version;
  if (version < newest) return;
  std::vector<Answer>& answers = found->second->answers;
  if (version > newest) answers.clear();
  newest = version;
  bool dropped = shard.epoch != before[place];
  for (const Answer& answer : answers) dropped = dropped || answer.revision == revision;
  if (!dropped) {
    // Beyond them, what is asked for mostly, the current revision, still finds a place.
    if (answers.size() >= kMostAnswers) answers.erase(answers.begin() + (answers.front().revision.empty() ? 1 : 0));
    answers.push_back({std::string(revision), std::move(bytes)});
  }
  if (shard.recent.size() > capacity_) {
    shard.index.erase(shard.recent.back().key);
    shard.recent.pop_back();
  }
}

void QuestionCache::Forget(std::string_view tenant, std::string_view name) {
  const std::string key = Key(tenant, name);
  Shard& shard = shards_[ShardOf(key)];
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
