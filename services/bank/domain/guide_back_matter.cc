#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "services/bank/domain/guide_layouts.h"
#include "services/bank/domain/import_text.h"

namespace assay::bank {
namespace {

// Phrases that sell. One may stand in honest text; two in one block do not.
constexpr std::array<std::string_view, 12> kSelling = {
    "talk to our", "partner with ", "contact us", "reach out to ", "helps you ", "help you:",
    "book a demo", "get in touch",  "visit ",     "our customers", "learn more", "sign up",
};
constexpr int kSellingPhrases = 2;

struct Block {
  int first = 0;
  int last = 0;
};

// The lines under each heading in capitals.
std::vector<Block> Blocks(const SourceDocument& document, int first, int last) {
  std::vector<Block> blocks;
  for (int line = first; line <= last; ++line) {
    if (document.at(line).kind == LineKind::kBlank) continue;
    if (blocks.empty() || document.at(line).kind == LineKind::kCapitals)
      blocks.push_back({line, line});
    blocks.back().last = line;
  }
  return blocks;
}

bool Sells(const SourceDocument& document, const Block& block) {
  std::string text;
  for (int line = block.first; line <= block.last; ++line)
    text += AsciiLower(document.text[line - 1]) + "\n";
  return std::count_if(kSelling.begin(), kSelling.end(), [&](std::string_view phrase) {
           return text.find(phrase) != std::string::npos;
         }) >= kSellingPhrases;
}

std::string Title(const SourceDocument& document, int line) {
  constexpr std::size_t kMaxTitle = 120;
  const std::string title = PlainText(document.at(line).rest);
  return CodePoints(title) <= kMaxTitle ? title : std::string("a long paragraph");
}

}  // namespace

void ReportBackMatter(const SourceDocument& document, int first, int last, ImportResult& result) {
  const std::vector<Block> blocks = Blocks(document, first, last);
  if (blocks.empty()) return;
  std::size_t selling = blocks.size();
  while (selling > 0 && Sells(document, blocks[selling - 1])) --selling;
  if (selling > 0) {
    const int end = blocks[selling - 1].last;
    AddFinding(result, first, end, FindingSeverity::kInfo,
               fmt::format("back matter from \"{}\" on: frameworks, rubrics and advice are no "
                           "questions; what a pack "
                           "needs of them belongs in its catalogue",
                           Title(document, first)));
  }
  if (selling < blocks.size()) {
    AddFinding(result, blocks[selling].first, last, FindingSeverity::kInfo,
               fmt::format("closing advertisement \"{}\": left out",
                           Title(document, blocks[selling].first)));
  }
  MarkLines(document, first, last, LineUse::kFinding, result);
}

void ReportGaps(std::vector<int> numbers, char letter, int line, ImportResult& result) {
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    if (numbers[i] <= numbers[i - 1] + 1) continue;
    const std::string missing = numbers[i] == numbers[i - 1] + 2
                                    ? fmt::format("{}{} is", letter, numbers[i] - 1)
                                    : fmt::format("{0}{1}\xE2\x80\x93{0}{2} are", letter,
                                                  numbers[i - 1] + 1, numbers[i] - 1);
    AddFinding(result, line, line, FindingSeverity::kWarning,
               fmt::format("{} missing: the numbers go from {}{} to {}{}", missing, letter,
                           numbers[i - 1], letter, numbers[i]));
  }
}

}  // namespace assay::bank
