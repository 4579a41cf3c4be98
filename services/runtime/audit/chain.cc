#include <fmt/format.h>

#include "services/runtime/audit/audit.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/crypto/framing.h"

namespace assay::runtime {

std::string ChainStart() { return std::string(32, '\0'); }

std::string ChainHash(std::string_view previous, const ChainedFields& fields) {
  // The leading zero keeps the hash of an entry apart from that of an inner node, should the chain grow a tree (RFC 6962).
  std::string bytes(1, '\0');
  AppendFramed(bytes, fields.tenant);
  AppendUint64(bytes, static_cast<uint64_t>(fields.sequence));
  AppendUint64(bytes, static_cast<uint64_t>(fields.time_micros));
  for (const std::string* field : {&fields.actor, &fields.on_behalf_of, &fields.method, &fields.resource, &fields.category,
                                   &fields.request_id, &fields.reason_hash}) {
    AppendFramed(bytes, *field);
  }
  bytes.append(previous);
  return Sha256(bytes);
}

void ChainWalk::Break(int64_t sequence, std::string finding) {
  if (result_.first_broken != 0 && result_.first_broken <= sequence) return;
  result_.first_broken = sequence;
  result_.finding = std::move(finding);
}

void ChainWalk::Visit(const ChainedFields& fields, std::string_view previous_hash, std::string_view hash) {
  const int64_t expected = last_ + 1;
  if (fields.sequence != expected) {
    Break(expected, fmt::format("entry {} is missing; the next one is {}", expected, fields.sequence));
  } else if (previous_hash != previous_) {
    Break(fields.sequence, fmt::format("entry {} does not follow the entry before it", fields.sequence));
  } else if (ChainHash(previous_hash, fields) != hash) {
    Break(fields.sequence, fmt::format("entry {} was changed after it was written", fields.sequence));
  }
  ++result_.entries;
  last_ = fields.sequence;
  previous_ = hash;
  result_.head_hash = previous_;
}

ChainFinding ChainWalk::Finish(int64_t head_sequence, std::string_view head_hash) {
  if (last_ < head_sequence) {
    Break(last_ + 1, fmt::format("the entries from {} to {} are missing", last_ + 1, head_sequence));
  } else if (last_ > head_sequence) {
    Break(head_sequence + 1, fmt::format("entry {} stands behind the head of the chain", head_sequence + 1));
  } else if (previous_ != head_hash) {
    Break(last_, fmt::format("entry {} is not the one at the head of the chain", last_));
  }
  return std::move(result_);
}

}  // namespace assay::runtime
