#include "services/bank/domain/kit_words.h"

#include <algorithm>
#include <cctype>
#include <vector>

namespace assay::bank {
namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string Primary(std::string_view tag) { return Lower(tag.substr(0, tag.find('-'))); }

// Position of the words to use among the question's own (0) and its translations (from 1).
int ChooseWords(const v1::QuestionContent& content, std::string_view language) {
  if (language.empty()) return 0;
  std::vector<std::string> tags{Lower(OwnLanguage(content))};
  for (const v1::QuestionTranslation& translation : content.translations()) tags.push_back(Lower(translation.language_code()));
  for (std::string wanted = Lower(language);; wanted.resize(wanted.rfind('-'))) {
    const auto exact = std::find(tags.begin(), tags.end(), wanted);
    if (exact != tags.end()) return static_cast<int>(exact - tags.begin());
    if (wanted.find('-') == std::string::npos) break;
  }
  const auto related = std::find_if(tags.begin(), tags.end(), [&](const std::string& tag) { return Primary(tag) == Primary(language); });
  return related == tags.end() ? 0 : static_cast<int>(related - tags.begin());
}

}  // namespace

std::string OwnLanguage(const v1::QuestionContent& content) {
  return content.language_code().empty() ? "en" : content.language_code();
}

KitWords WordsIn(const v1::QuestionContent& content, std::string_view language) {
  KitWords words{content.prompt(), content.scenario(), content.cue(), content.probes(), OwnLanguage(content)};
  const int chosen = ChooseWords(content, language);
  if (chosen == 0) return words;
  const v1::QuestionTranslation& translation = content.translations(chosen - 1);
  words.language = translation.language_code();
  if (!translation.prompt().empty()) words.prompt = translation.prompt();
  if (!translation.scenario().empty()) words.scenario = translation.scenario();
  if (!translation.cue().empty()) words.cue = translation.cue();
  if (!translation.probes().empty()) words.probes = translation.probes();
  return words;
}

bool IsLanguageTag(std::string_view tag) {
  std::size_t parts = 0;
  while (true) {
    const std::size_t end = tag.find('-');
    const std::string_view part = tag.substr(0, end);
    const bool letters = std::all_of(part.begin(), part.end(), [&](char c) {
      return parts == 0 ? c >= 'a' && c <= 'z' : std::isalnum(static_cast<unsigned char>(c)) != 0;
    });
    const std::size_t most = parts == 0 ? 3 : 8;
    if (!letters || part.size() < 2 || part.size() > most || ++parts > 4) return false;
    if (end == std::string_view::npos) return true;
    tag.remove_prefix(end + 1);
  }
}

}  // namespace assay::bank
