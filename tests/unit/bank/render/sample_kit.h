#pragma once

#include <map>
#include <string>

#include "assay/bank/v1/kit.pb.h"
#include "assay/bank/v1/pack.pb.h"

namespace assay::bank {

// A kit and the pinned contents that it names.
struct SampleKit {
  v1::Kit kit;
  std::map<std::string, v1::QuestionContent> contents;
};

// A kit of the pack's default format: each box filled with the first fitting questions of the level, as many as it asks at
// least. The same pack gives the same kit.
SampleKit KitOfPack(const v1::Pack& pack, const std::string& role, v1::Level level);

// Puts a question of the pack into the kit's box as revision 3, as assembling does.
void AddQuestion(const v1::QuestionContent& content, v1::KitSlot& slot, SampleKit& sample);

}  // namespace assay::bank
