// Any bytes either are refused or read as a pack that survives being written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <google/protobuf/util/message_differencer.h>

#include "assay/bank/v1/pack.pb.h"
#include "services/bank/domain/content_hash.h"
#include "services/bank/domain/pack_lint.h"
#include "services/bank/domain/pack_yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using google::protobuf::util::MessageDifferencer;
  assay::bank::v1::Pack pack;
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  if (!assay::bank::ReadYaml(yaml, "fuzz.yaml", pack).ok()) return 0;
  assay::bank::v1::Pack again;
  if (!assay::bank::ReadYaml(assay::bank::ToYaml(pack), "again.yaml", again).ok()) std::abort();
  if (!MessageDifferencer::Equals(pack, again)) std::abort();
  if (assay::bank::ContentHash(pack) != assay::bank::ContentHash(again)) std::abort();
  assay::bank::LintPack(pack);
  return 0;
}
