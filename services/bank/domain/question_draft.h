#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assay/bank/v1/question.pb.h"
#include "services/bank/domain/import_result.h"

namespace assay::bank {

// A question as a document gives it: raw text, markdown and quotes still on.
struct QuestionDraft {
  std::string document;
  std::string ref;
  std::string id;
  std::string part;
  std::string section;
  v1::Level level = v1::LEVEL_EXPERIENCED;
  // Unspecified: derived from section and prompt.
  v1::QuestionKind kind = v1::QUESTION_KIND_UNSPECIFIED;
  std::string competency;
  v1::AssignedBy assigned_by = v1::ASSIGNED_BY_UNSPECIFIED;

  std::string prompt;
  std::string covers;
  // (score, text)
  std::vector<std::pair<int, std::string>> exemplars;
  // May end in `Probe: "…"`.
  std::string cue;
  std::vector<std::string> probes;

  // Where it stands in the document.
  int line = 0;
  int end_line = 0;
  // False for documents of bare prompts: then absent parts are no finding per question.
  bool expects_parts = true;
};

struct CueAndProbes {
  std::string cue;
  std::vector<std::string> probes;
};

// Marks a follow-up question inside a cue. FindProbeMark finds other words for it too.
inline constexpr std::string_view kProbeMark = "Probe:";

// Where a probe is marked in a text ("Probe:", "Follow-up:", "Follow-up question:"), from byte `from` on; npos where none is.
struct ProbeMark {
  std::size_t at = std::string_view::npos;
  std::size_t length = 0;
};
ProbeMark FindProbeMark(std::string_view text, std::size_t from = 0);

// Takes every `Probe: "…"` out of a cue; what stands between and behind them stays in the cue.
// Stops behind one probe more than a question may have.
CueAndProbes SplitCue(std::string_view text);

// Turns drafts of one document into questions of `result`. Absent parts become a finding that names
// question and parts; one whose id was seen before is kept under an id of its own, with a finding of
// severity `twice`; a question without a prompt, or with a text over the contract's limits, is counted in
// `dropped` with a finding over its lines.
class QuestionCollector {
 public:
  explicit QuestionCollector(ImportResult& result, FindingSeverity twice = FindingSeverity::kError) : result_(result), twice_(twice) {}

  // True when the question was imported.
  bool Add(const QuestionDraft& draft);

 private:
  std::string UniqueId(const QuestionDraft& draft);

  // First use of an id, and how often it was asked for.
  struct Use {
    int line = 0;
    int copies = 0;
  };

  ImportResult& result_;
  const FindingSeverity twice_;
  std::map<std::string, Use, std::less<>> ids_;
};

}  // namespace assay::bank
