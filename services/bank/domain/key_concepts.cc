#include "services/bank/domain/key_concepts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "services/bank/domain/import_text.h"

namespace assay::bank {
namespace {

constexpr std::size_t kMaxConcepts = 20;
constexpr std::size_t kMaxTermWords = 4;

struct Concept {
  std::string text;
  // What the id is made from; the text when empty.
  std::string key;
  std::vector<std::string> terms;
};

// Splits at any of the separators outside parentheses, brackets and formulas. Unbalanced text is
// split everywhere.
template <std::size_t N>
std::vector<std::string_view> SplitOutside(std::string_view text,
                                           const std::array<std::string_view, N>& separators) {
  for (const bool guarded : {true, false}) {
    std::vector<std::string_view> pieces;
    int depth = 0;
    bool formula = false;
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size();) {
      const char c = text[i];
      if (guarded && (c == '(' || c == '[')) ++depth;
      if (guarded && (c == ')' || c == ']')) --depth;
      if (guarded && c == '$') formula = !formula;
      std::size_t length = 0;
      if (depth == 0 && !formula) {
        for (const std::string_view separator : separators) {
          if (text.substr(i).starts_with(separator)) length = separator.size();
        }
      }
      if (length > 0) {
        pieces.push_back(TrimSpace(text.substr(start, i - start)));
        start = i + length;
      }
      i += length > 0 ? length : 1;
    }
    pieces.push_back(TrimSpace(text.substr(start)));
    if (!guarded || (depth == 0 && !formula)) {
      std::erase_if(pieces, [](std::string_view piece) { return piece.empty(); });
      return pieces;
    }
  }
  return {};
}

constexpr std::array<std::string_view, 2> kChunk = {";", "\n"};
constexpr std::array<std::string_view, 1> kArrow = {"\xE2\x86\x92"};
constexpr std::array<std::string_view, 1> kComma = {","};
// "techniques- a, b" and "techniques – a, b"; a hyphen inside a word has no blank behind it.
constexpr std::array<std::string_view, 3> kDash = {"- ", "\xE2\x80\x93 ", "\xE2\x80\x94 "};

std::size_t Words(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
}

// A list of names rather than a sentence with commas: three or more short items, no conjunction
// before the last, no preposition in the first (which would belong to all of them).
bool IsTermList(const std::vector<std::string_view>& items) {
  if (items.size() < 3) return false;
  const std::string last = AsciiLower(items.back());
  if (last.starts_with("and ") || last.starts_with("or ")) return false;
  const std::string first = fmt::format(" {} ", AsciiLower(items.front()));
  for (const std::string_view word :
       {" of ", " in ", " for ", " on ", " by ", " to ", " as ", " with ", " from "}) {
    if (first.find(word) != std::string::npos) return false;
  }
  return std::all_of(items.begin(), items.end(), [](std::string_view item) {
    return item.size() > 1 && item.size() <= 100 && Words(item) <= kMaxTermWords;
  });
}

bool Illustrates(std::string_view head) {
  const std::string lower = AsciiLower(head);
  for (const std::string_view word :
       {"example", "use case", "tool", "alternative", "e.g.", "such as", "case"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

Concept Whole(std::string_view text) { return {.text = std::string(text), .key = "", .terms = {}}; }

void AppendTerms(const std::vector<std::string_view>& items, std::string_view head,
                 std::vector<Concept>& out) {
  for (const std::string_view item : items) {
    Concept term = Whole(item);
    if (!head.empty()) {
      term.text = fmt::format("{}: {}", head, item);
      term.key = std::string(item);
    }
    term.terms.emplace_back(item);
    out.push_back(std::move(term));
  }
}

// One chunk between semicolons.
std::vector<Concept> SplitChunk(std::string_view chunk) {
  std::vector<Concept> out;
  const auto stages = SplitOutside(chunk, kArrow);
  if (stages.size() > 1) {
    for (const std::string_view stage : stages) out.push_back(Whole(stage));
    return out;
  }
  const auto sides = SplitOutside(chunk, kDash);
  if (sides.size() == 2) {
    const auto right = SplitOutside(sides[1], kComma);
    const auto left = SplitOutside(sides[0], kComma);
    if (IsTermList(right) && Illustrates(sides[0])) {
      Concept whole = {.text = fmt::format("{}: {}", sides[0], sides[1]),
                       .key = std::string(sides[0]),
                       .terms = {}};
      for (const std::string_view item : right) whole.terms.emplace_back(item);
      out.push_back(std::move(whole));
    } else if (IsTermList(right)) {
      AppendTerms(right, sides[0], out);
    } else if (IsTermList(left)) {
      AppendTerms(left, "", out);
      out.push_back(Whole(sides[1]));
    } else {
      out.push_back(Whole(chunk));
    }
    return out;
  }
  const auto items = SplitOutside(chunk, kComma);
  if (sides.size() == 1 && IsTermList(items)) {
    AppendTerms(items, "", out);
  } else {
    out.push_back(Whole(chunk));
  }
  return out;
}

std::string_view WithoutBulletAndStop(std::string_view chunk) {
  for (const std::string_view bullet : {"- ", "* ", "\xE2\x80\xA2 "}) {
    if (chunk.starts_with(bullet)) chunk.remove_prefix(bullet.size());
  }
  if (chunk.ends_with('.') && !chunk.ends_with("..") && !chunk.ends_with("etc."))
    chunk.remove_suffix(1);
  return TrimSpace(chunk);
}

std::string UniqueId(std::string_view key, std::size_t position, std::set<std::string>& taken) {
  std::string base = Slug(key);
  if (base.empty()) base = fmt::format("concept-{}", position + 1);
  std::string id = base;
  for (int n = 2; !taken.insert(id).second; ++n) id = fmt::format("{}-{}", base, n);
  return id;
}

}  // namespace

std::vector<v1::KeyConcept> SplitKeyConcepts(std::string_view covers) {
  std::vector<std::string_view> chunks;
  for (const std::string_view raw : SplitOutside(covers, kChunk)) {
    const std::string_view chunk = WithoutBulletAndStop(raw);
    if (!chunk.empty()) chunks.push_back(chunk);
  }
  std::vector<Concept> concepts;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    std::vector<Concept> pieces = SplitChunk(chunks[i]);
    // Every later chunk needs a place of its own.
    if (concepts.size() + pieces.size() + (chunks.size() - i - 1) > kMaxConcepts)
      pieces = {Whole(chunks[i])};
    std::move(pieces.begin(), pieces.end(), std::back_inserter(concepts));
  }
  std::vector<v1::KeyConcept> out;
  std::set<std::string> taken;
  for (std::size_t i = 0; i < concepts.size(); ++i) {
    v1::KeyConcept& key_concept = out.emplace_back();
    const Concept& from = concepts[i];
    // Past the limit the question is refused anyway; numbering keeps hostile lists linear.
    key_concept.set_id(concepts.size() > kMaxConcepts
                           ? fmt::format("concept-{}", i + 1)
                           : UniqueId(from.key.empty() ? from.text : from.key, i, taken));
    key_concept.set_text(from.text);
    for (const std::string& term : from.terms) key_concept.add_terms(term);
  }
  return out;
}

}  // namespace assay::bank
