#include "services/bank/domain/search_text.h"

#include <algorithm>
#include <map>
#include <set>

#include "services/bank/domain/utf8.h"

namespace assay::bank {
namespace {

constexpr std::size_t kMaxPartBytes = 64 * 1024;
constexpr std::size_t kMinWord = 2, kMaxWord = 40;  // of the vocabulary, in characters

bool IsAsciiAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = Lower(c);
  return lower;
}

// Calls `see` with every code point and where it stands; what is no UTF-8 is passed over.
template <typename See>
void EachCharacter(std::string_view text, const See& see) {
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = 0;
    const std::size_t length = Utf8SequenceLength(text, at, &c);
    if (length > 0) see(c, text.substr(at, length));
    at += std::max<std::size_t>(length, 1);
  }
}

void Append(std::string& part, std::string_view text) {
  if (text.empty() || part.size() >= kMaxPartBytes) return;
  // A line end is no place where a phrase goes on, but neither is anything else that the dictionary would see.
  if (!part.empty()) part += '\n';
  std::size_t room = kMaxPartBytes - std::min(part.size(), kMaxPartBytes);
  if (text.size() > room) {
    while (room > 0 && (static_cast<unsigned char>(text[room]) & 0xC0) == 0x80) --room;
    text = text.substr(0, room);
  }
  part += text;
}

// "q037" is also looked for as "q37".
std::string WithoutPadding(std::string_view id) {
  std::string out;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool number_begins = i == 0 || !IsAsciiDigit(id[i - 1]);
    if (id[i] == '0' && number_begins) {
      while (i + 1 < id.size() && id[i] == '0' && IsAsciiDigit(id[i + 1])) ++i;
    }
    out += id[i];
  }
  return out;
}

void AddLabels(const v1::QuestionContent& content, std::string& labels) {
  Append(labels, content.id());
  if (const std::string plain = WithoutPadding(content.id()); plain != content.id()) Append(labels, plain);
  Append(labels, content.source().ref());
  for (const std::string& tag : content.tags()) Append(labels, tag);
  Append(labels, content.competency());
  Append(labels, content.section());
}

// A question and a translation name these fields alike.
template <typename Words>
void AddWords(const Words& words, SearchText& text) {
  Append(text.prompt, words.prompt());
  Append(text.rest, words.scenario());
  Append(text.rest, words.cue());
  for (const auto& exemplar : words.exemplars()) Append(text.rest, exemplar.text());
  for (const auto& probe : words.probes()) Append(text.rest, probe.text());
}

std::string ConceptText(const v1::KeyConcept& concept_) {
  std::string text = concept_.text();
  if (!concept_.gloss().empty()) text += ". " + concept_.gloss();
  for (const std::string& term : concept_.terms()) text += ", " + term;
  return text;
}

void CollectWords(SearchText& text) {
  std::set<std::string> words;
  for (const std::string* part : {&text.prompt, &text.labels, &text.concepts, &text.rest}) {
    for (std::string& word : LettersAndDigits(*part)) {
      std::size_t length = 0;
      // What holds a digit is a name or a number, which nobody spells like another; ids alone would be most of the vocabulary.
      bool letters = false, digits = false, spaced = true;
      EachCharacter(word, [&](char32_t c, std::string_view) {
        ++length;
        digits |= c >= '0' && c <= '9';
        letters |= c >= 0x80 || IsAsciiAlpha(static_cast<char>(c));
        spaced &= !WithoutSpaces(c);
      });
      if (letters && !digits && spaced && length >= kMinWord && length <= kMaxWord) words.insert(Lower(word));
    }
  }
  text.words.assign(words.begin(), words.end());
}

SearchText& TextIn(std::vector<SearchText>& texts, const std::string& language, const std::string& labels) {
  for (SearchText& text : texts) {
    if (text.language == language) return text;
  }
  texts.emplace_back();
  texts.back().language = language;
  texts.back().labels = labels;
  return texts.back();
}

// Guillemets mark what was found, so a text's own give way.
std::string WithoutMarks(std::string_view text) {
  std::string out;
  EachCharacter(text, [&](char32_t c, std::string_view bytes) { out += c == 0xAB || c == 0xBB ? std::string_view("\"") : bytes; });
  return out;
}

}  // namespace

std::string SearchLanguage(std::string_view language_code) {
  if (language_code.empty()) return "en";
  const std::string primary = Lower(language_code.substr(0, language_code.find_first_of("-_")));
  if (primary.size() < 2 || primary.size() > 3 || !std::all_of(primary.begin(), primary.end(), IsAsciiAlpha)) return "und";
  static const std::map<std::string, std::string> kSame = {{"nb", "no"}, {"nn", "no"}, {"iw", "he"}, {"in", "id"}, {"eng", "en"},
                                                           {"deu", "de"}, {"fra", "fr"}, {"spa", "es"}};
  const auto same = kSame.find(primary);
  return same == kSame.end() ? primary : same->second;
}

std::string TextConfig(std::string_view language) {
  // Those of PostgreSQL 15.
  static const std::map<std::string_view, const char*> kConfigs = {
      {"ar", "arabic"},     {"hy", "armenian"}, {"eu", "basque"},     {"ca", "catalan"},    {"da", "danish"},  {"nl", "dutch"},
      {"en", "english"},    {"fi", "finnish"},  {"fr", "french"},     {"de", "german"},     {"el", "greek"},   {"hi", "hindi"},
      {"hu", "hungarian"},  {"id", "indonesian"}, {"ga", "irish"},    {"it", "italian"},    {"lt", "lithuanian"}, {"ne", "nepali"},
      {"no", "norwegian"},  {"pt", "portuguese"}, {"ro", "romanian"}, {"ru", "russian"},    {"sr", "serbian"}, {"es", "spanish"},
      {"sv", "swedish"},    {"ta", "tamil"},    {"tr", "turkish"},    {"yi", "yiddish"}};
  const auto found = kConfigs.find(language);
  return std::string("pg_catalog.") + (found == kConfigs.end() ? "simple" : found->second);
}

std::vector<SearchText> SearchTextsOf(const v1::QuestionContent& content) {
  std::string labels;
  AddLabels(content, labels);
  std::vector<SearchText> texts;
  SearchText& own = TextIn(texts, SearchLanguage(content.language_code()), labels);
  AddWords(content, own);
  for (const auto& concept_ : content.key_concepts()) Append(own.concepts, ConceptText(concept_));
  for (const auto& translation : content.translations()) {
    AddWords(translation, TextIn(texts, SearchLanguage(translation.language_code()), labels));
  }
  for (SearchText& text : texts) {
    for (std::string* part : {&text.prompt, &text.labels, &text.concepts, &text.rest}) *part = Spaced(*part);
    CollectWords(text);
  }
  return texts;
}

std::vector<std::string> SnippetSources(const v1::QuestionContent& content, std::string_view language) {
  std::vector<std::string> sources;
  const auto add = [&](std::string_view text) {
    if (!text.empty()) sources.push_back(Spaced(WithoutMarks(text)));
  };
  const auto add_words = [&](const auto& words) {
    add(words.prompt());
    add(words.scenario());
    add(words.cue());
  };
  if (SearchLanguage(content.language_code()) == language) {
    add(content.prompt());
    add(content.scenario());
    for (const auto& concept_ : content.key_concepts()) add(ConceptText(concept_));
    add(content.cue());
  }
  for (const auto& translation : content.translations()) {
    if (SearchLanguage(translation.language_code()) == language) add_words(translation);
  }
  return sources;
}

std::string ShownSnippet(std::string_view marked) {
  // Between two characters of a script without spaces, with marks of ours or without, a space is one of Spaced().
  std::string out, marks;
  bool tight = false, space = false;
  EachCharacter(marked, [&](char32_t c, std::string_view bytes) {
    if (c == 0xAB || c == 0xBB) {
      marks += space ? " " : "";
      marks += bytes;
      space = false;
      return;
    }
    if (c == ' ' && !space) {
      space = true;
      return;
    }
    const bool closes_up = tight && WithoutSpaces(c);
    if (space) marks += " ";
    if (closes_up) {
      marks.erase(std::remove(marks.begin(), marks.end(), ' '), marks.end());
      if (marks == "»«") marks.clear();
    }
    out += marks;
    out += bytes;
    marks.clear();
    space = false;
    tight = WithoutSpaces(c);
  });
  return out + marks;
}

bool MayHold(std::string_view text, const std::vector<std::string>& words, std::string_view language) {
  // Elsewhere a stem may begin otherwise than the word (German "Haus", "Häuser").
  if (language != "en") return true;
  constexpr std::size_t kBeginning = 3;
  const std::string lower = Lower(text);
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    const std::string beginning = Lower(word).substr(0, kBeginning);
    if (std::any_of(beginning.begin(), beginning.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) return true;
    return lower.find(beginning) != std::string::npos;
  });
}

std::vector<std::string> LettersAndDigits(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  EachCharacter(text, [&](char32_t c, std::string_view bytes) {
    if (IsLetterOrDigit(c)) {
      word += bytes;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  });
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

std::string Spaced(std::string_view text) {
  std::string out;
  bool after_letter = false, after_such = false;
  EachCharacter(text, [&](char32_t c, std::string_view bytes) {
    const bool letter = IsLetterOrDigit(c), such = WithoutSpaces(c);
    if (letter && after_letter && (such || after_such)) out += ' ';
    out += bytes;
    after_letter = letter;
    after_such = such;
  });
  return out;
}

bool WithoutSpaces(char32_t c) {
  return (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) || (c >= 0x1780 && c <= 0x17FF) || (c >= 0x3040 && c <= 0x30FF) ||
         (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x323AF);
}

bool IsLetterOrDigit(char32_t c) {
  if (c < 0x80) return IsAsciiAlpha(static_cast<char>(c)) || IsAsciiDigit(static_cast<char>(c));
  if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA;
  // Signs, punctuation, arrows, drawings, emoji, private use; the rest counts as letters.
  return c != 0xD7 && c != 0xF7 && !(c >= 0x2000 && c <= 0x206F) && !(c >= 0x20A0 && c <= 0x2BFF) && !(c >= 0x2E00 && c <= 0x2E7F) &&
         !(c >= 0x3000 && c <= 0x303F) && !(c >= 0xE000 && c <= 0xF8FF) && !(c >= 0xFE00 && c <= 0xFE6F) && !(c >= 0xFF00 && c <= 0xFF0F) &&
         c != 0xFEFF && !(c >= 0xFFF0 && c <= 0xFFFF) && !(c >= 0x1F000 && c <= 0x1FAFF) && c < 0xE0000;
}

}  // namespace assay::bank
