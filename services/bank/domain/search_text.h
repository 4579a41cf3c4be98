#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "assay/bank/v1/question.pb.h"

// What a question is found by: which of its words are indexed, per language and how weighty.
namespace assay::bank {

// Version of what this file takes from a question; also a literal of the statements. Whoever changes what is indexed adds one: then
// every question is indexed anew, a chunk at a time, while the service runs.
#define ASSAY_SEARCH_RULE "1"

// Key that the words of a language are kept under: its primary subtag in lower case ("pt-BR" → "pt", "nb" → "no"), "en" for none,
// "und" for what is no language tag.
std::string SearchLanguage(std::string_view language_code);
// PostgreSQL's dictionary for it: "pg_catalog.english"; "pg_catalog.simple", which knows no stems, where there is none.
std::string TextConfig(std::string_view language);

// The words of a question in one language.
struct SearchText {
  std::string language;
  std::string prompt;    // weight A
  std::string labels;    // B: id, reference in the source, tags, competency, section
  std::string concepts;  // C: key concepts
  std::string rest;      // D: scenario, cue, model answers, probes
  std::vector<std::string> words;  // each once, for the vocabulary
};

// One per language that the question or a translation of it is in, the question's own first. Each part is cut at 64 kB.
std::vector<SearchText> SearchTextsOf(const v1::QuestionContent& content);

// The texts that snippets are cut from, the most telling first: prompt, scenario, key concepts, cue, as they are in `language`.
std::vector<std::string> SnippetSources(const v1::QuestionContent& content, std::string_view language);
// A snippet as it is shown: without the spaces that Spaced() put in.
std::string ShownSnippet(std::string_view marked);
// Whether `text` may hold one of `words` or a form of it, judged by how words begin. True where that cannot be told.
bool MayHold(std::string_view text, const std::vector<std::string>& words, std::string_view language);

// Runs of letters and digits.
std::vector<std::string> LettersAndDigits(std::string_view text);
// Chinese, Japanese, Thai and their like put no spaces between words: here every character becomes a word, so that a phrase of them is
// found wherever it stands.
std::string Spaced(std::string_view text);
bool WithoutSpaces(char32_t c);
bool IsLetterOrDigit(char32_t c);

}  // namespace assay::bank
