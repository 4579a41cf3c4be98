#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "assay/bank/v1/question.pb.h"

namespace assay::bank {

// What choosing needs to know of a question; its text stays where it is.
struct QuestionFacts {
  struct Role {
    std::string role;
    bool critical = false;
  };

  std::string id;
  int revision = 1;
  v1::Level level = v1::LEVEL_UNSPECIFIED;
  v1::QuestionKind kind = v1::QUESTION_KIND_UNSPECIFIED;
  std::string competency;
  std::string section;
  // Roles it is relevant for; none = any.
  std::vector<Role> roles;
  // 0 = not estimated, kDefaultMinutes is assumed.
  int minutes = 0;
  v1::StoryKind story = v1::STORY_KIND_UNSPECIFIED;
  // Questions that ask the same thing, harder or easier; never in one kit with it.
  std::vector<std::string> variants;
  // How often it was used within the window of the exposure policy; the least used is preferred.
  int exposure = 0;
  // Known outside: not drawn.
  bool leaked = false;
};

inline constexpr int kDefaultMinutes = 5;

QuestionFacts FactsOf(const v1::QuestionContent& content, int revision);

// Fixed number of a text, the same on every machine: FNV-1a, 64 bits.
std::uint64_t HashOf(std::string_view text);

}  // namespace assay::bank
