#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/bank/v1/pack_service.pb.h"
#include "assay/bank/v1/question.pb.h"

// What each format of a pack holds of a question: the one place that says so. docs/formats.md is made from it, and a test writes and
// reads the bundled pack by it.
namespace assay::bank {

enum class Holding {
  // Written and read back the same.
  kKept,
  // There as text for people; read, where it is, by its wording and layout.
  kAsText,
  // Not in the document; what an import makes of it follows from rules.
  kDerived,
  // Not in the document; absent after an import.
  kNot,
};

struct FormatInfo {
  v1::PackFormat format = v1::PACK_FORMAT_UNSPECIFIED;
  // As people say it: "Moodle XML".
  std::string_view name;
  bool is_read = false;
  bool is_written = false;
};

// Every format, in the order of the table.
const std::vector<FormatInfo>& PackFormats();

// Paths of the fields of QuestionContent down to single values, "key_concepts.terms", in the order of the contract.
const std::vector<std::string>& QuestionFieldPaths();

// `path` is one of QuestionFieldPaths.
Holding HeldBy(v1::PackFormat format, std::string_view path);

// "kept", "as text", "derived", "–".
std::string_view HoldingName(Holding holding);

// The table of docs/formats.md: a line for each field, a column for each format.
std::string FormatTable();

}  // namespace assay::bank
