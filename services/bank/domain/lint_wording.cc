#include "services/bank/domain/lint_wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "services/bank/domain/pack_texts.h"
#include "services/bank/domain/personal_questions.h"
#include "services/bank/domain/readability.h"
#include "services/bank/domain/text_similarity.h"
#include "services/bank/domain/utf8.h"

namespace assay::bank {
namespace {

// A prompt is spoken: past so many words nobody remembers its beginning.
constexpr int kMostPromptWords = 80;
// Comprehension by ear falls off in longer sentences; text read beforehand may go a little further.
constexpr int kMostSpokenSentence = 30;
constexpr int kMostReadSentence = 40;
// Flesch-Kincaid grades: the vocabulary of the field alone brings plain questions to 6 to 12. Over these the sentences are
// those of a paper. Few words make no grade.
constexpr double kMostSpokenGrade = 14;
constexpr double kMostReadGrade = 17;
constexpr int kFewestGradedWords = 15;

bool IsEnglish(std::string_view language) { return language.empty() || language == "en" || language.rfind("en-", 0) == 0; }

void CheckPersonal(const PackText& text, const std::string& language, bool about_fairness, LintReport& report) {
  for (const PersonalPhrase& phrase : FindPersonalQuestions(text.text, language)) {
    if (phrase.certain) {
      report.Error(text.path, "PERSONAL_QUESTION",
                   fmt::format("\"{}\" asks about {}; ask about the work instead", phrase.phrase, phrase.ground));
    } else if (!about_fairness) {
      report.Warning(text.path, "PERSONAL_QUESTION",
                     fmt::format("\"{}\" touches {}; make sure that it is not about the candidate (tag the question "
                                 "fairness when it is about a system)",
                                 phrase.phrase, phrase.ground));
    }
  }
}

void CheckReadability(const PackText& text, const std::string& language, LintReport& report) {
  const Readability measured = MeasureReadability(text.text);
  const int most_sentence = text.spoken ? kMostSpokenSentence : kMostReadSentence;
  if (measured.longest_sentence > most_sentence) {
    report.Warning(text.path, "HARD_TO_SAY",
                   fmt::format("a sentence of {} words; split it, {} at most", measured.longest_sentence, most_sentence));
  }
  const double most_grade = text.spoken ? kMostSpokenGrade : kMostReadGrade;
  if (IsEnglish(language) && measured.words >= kFewestGradedWords && measured.Grade() > most_grade) {
    report.Warning(text.path, "HARD_TO_FOLLOW",
                   fmt::format("Flesch-Kincaid grade {:.1f}, over {:.0f}; use shorter sentences and plainer words", measured.Grade(),
                               most_grade));
  }
}

void CheckHidden(const PackText& text, LintReport& report) {
  for (std::size_t at = 0; at < text.text.size();) {
    char32_t c = 0;
    const std::size_t length = Utf8SequenceLength(text.text, at, &c);
    if (length == 0 || IsHiddenCharacter(c)) {
      report.Error(text.path, "HIDDEN_CHARACTER", fmt::format("U+{:04X} at byte {}; take it out", static_cast<unsigned>(c), at));
      return;
    }
    at += length;
  }
}

void CheckOne(const PackText& text, const std::string& pack_language, bool about_fairness, LintReport& report) {
  const std::string& language = text.language.empty() ? pack_language : text.language;
  CheckHidden(text, report);
  if (HasStrayDollar(text.text)) {
    report.Error(text.path, "BAD_LATEX", "a $ opens no formula and is no price; close the formula or write \\$ for a dollar");
  }
  if (text.spoken) CheckPersonal(text, language, about_fairness, report);
  const bool cue = text.path == "cue" || (text.path.size() > 4 && text.path.compare(text.path.size() - 4, 4, ".cue") == 0);
  if (text.spoken || cue) CheckReadability(text, language, report);
}

}  // namespace

void CheckWording(const v1::QuestionContent& question, const std::string& pack_language, LintReport& report) {
  const bool about_fairness = std::find(question.tags().begin(), question.tags().end(), "fairness") != question.tags().end();
  const std::string& language = question.language_code().empty() ? pack_language : question.language_code();
  ForEachText(question, [&](const PackText& text) {
    CheckOne(text, language, about_fairness, report);
    const bool prompt = text.path == "prompt" || (text.path.size() > 7 && text.path.compare(text.path.size() - 7, 7, ".prompt") == 0);
    const int words = prompt ? static_cast<int>(Words(text.text).size()) : 0;
    if (words > kMostPromptWords) {
      report.Warning(text.path, "HARD_TO_SAY",
                     fmt::format("{} words; say it in {} and move the situation to scenario", words, kMostPromptWords));
    }
  });
}

void CheckCatalogueWording(const v1::Pack& pack, std::vector<Finding>& findings) {
  LintReport report(findings);
  // A script tells the interviewer what to do as well as what to say: its sentences are read, not heard.
  ForEachCatalogueText(pack, [&](const PackText& text) { CheckOne(text, pack.language_code(), false, report); });
}

void CheckTranslations(const v1::QuestionContent& question, const std::string& pack_language, LintReport& report) {
  std::set<std::string> languages{question.language_code().empty() ? pack_language : question.language_code()};
  if (languages.count("") > 0) languages = {"en"};
  std::multiset<int> scores;
  for (const v1::Exemplar& exemplar : question.exemplars()) scores.insert(exemplar.score());
  for (int i = 0; i < question.translations_size(); ++i) {
    const v1::QuestionTranslation& translation = question.translations(i);
    const std::string at = fmt::format("translations[{}]", i);
    if (!languages.insert(translation.language_code()).second) {
      report.Error(at + ".language_code", "DUPLICATE_ID",
                   fmt::format("the question has its words in \"{}\" already", translation.language_code()));
    }
    if (!translation.probes().empty() && translation.probes_size() != question.probes_size()) {
      report.Error(at + ".probes", "TRANSLATION_SHAPE",
                   fmt::format("{} probes, the question has {}; translate each or none", translation.probes_size(),
                               question.probes_size()));
    }
    std::multiset<int> own;
    for (const v1::Exemplar& exemplar : translation.exemplars()) own.insert(exemplar.score());
    if (!own.empty() && own != scores) {
      report.Error(at + ".exemplars", "TRANSLATION_SHAPE", "its scores are not those of the question; translate each answer or none");
    }
    if (!question.scenario().empty() && translation.scenario().empty()) {
      report.Warning(at + ".scenario", "TRANSLATION_SHAPE", "the scenario would be read in another language; translate it");
    }
  }
}

void CheckFormulas(const v1::Pack& pack, const MathConverter& convert, std::vector<Finding>& findings) {
  // Formula → where it stands. Each is converted once.
  std::map<std::string, std::vector<std::string>> places;
  std::vector<std::string> order;
  const auto collect = [&](const std::string& prefix) {
    return [&, prefix](const PackText& text) {
      for (std::string& formula : FormulasOf(text.text)) {
        const auto [found, fresh] = places.try_emplace(formula);
        if (fresh) order.push_back(formula);
        found->second.push_back(prefix + text.path);
      }
    };
  };
  ForEachCatalogueText(pack, collect(""));
  for (const v1::QuestionContent& question : pack.questions()) ForEachText(question, collect("questions/" + question.id() + "."));
  if (order.empty()) return;
  LintReport report(findings);
  const absl::StatusOr<std::vector<MathMarkup>> converted = convert(order);
  if (!converted.ok()) {
    return report.Error("", "LATEX_UNCHECKED", fmt::format("{} formulas: {}", order.size(), std::string(converted.status().message())));
  }
  for (std::size_t i = 0; i < order.size() && i < converted->size(); ++i) {
    if ((*converted)[i].problem.empty()) continue;
    for (const std::string& place : places[order[i]]) {
      report.Error(place, "BAD_LATEX", fmt::format("${}$: {}", order[i], (*converted)[i].problem));
    }
  }
}

}  // namespace assay::bank
