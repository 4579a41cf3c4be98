#pragma once

#include <string>
#include <string_view>

#include "assay/bank/v1/question.pb.h"

// Tags of Moodle: a question's own as they are, and "assay:level:senior" for fields that Moodle has no place for.
namespace assay::bank {

inline constexpr std::string_view kMoodleTagPrefix = "assay:";

// A tag of a question as Moodle may hold it: "assay:tag:…" with percent escapes where Moodle or a reader would change it.
std::string MoodleTag(std::string_view tag);

// "assay:level:senior".
std::string FieldTag(std::string_view field, std::string_view value);

// Reads one tag into the question: its own are added; "assay:level:…", kind, competency, minutes and role say these fields unless
// the document says them elsewhere (`fields_said`). Returns what is wrong with it, empty when nothing is.
std::string ReadMoodleTag(std::string_view tag, bool fields_said, v1::QuestionContent& question);

}  // namespace assay::bank
