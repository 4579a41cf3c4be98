#pragma once

#include <string>
#include <string_view>

#include "assay/bank/v1/question.pb.h"

namespace assay::bank {

// The words in which an interviewer reads a question.
struct KitWords {
  std::string prompt;
  std::string scenario;
  std::string cue;
  google::protobuf::RepeatedPtrField<v1::Probe> probes;
  // BCP 47 tag of these words.
  std::string language;
};

// Language that the question itself is in.
std::string OwnLanguage(const v1::QuestionContent& content);

// The question in `language` (BCP 47; empty = its own): a translation of that tag, else of a shorter one ("de" for "de-AT"),
// else of another region of the same language, else the question's own words. What a translation leaves empty is taken from
// the question.
KitWords WordsIn(const v1::QuestionContent& content, std::string_view language);

// Whether a tag has the form of BCP 47 that questions use, "de" or "pt-BR".
bool IsLanguageTag(std::string_view tag);

}  // namespace assay::bank
