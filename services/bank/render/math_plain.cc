#include <libxml/parser.h>
#include <libxml/tree.h>

#include <map>
#include <memory>
#include <vector>

#include "services/bank/render/math.h"

namespace assay::bank {
namespace {

using Letters = std::map<std::string_view, std::string_view>;

const Letters& Raised() {
  static const Letters kLetters{{"0", "⁰"}, {"1", "¹"}, {"2", "²"}, {"3", "³"}, {"4", "⁴"}, {"5", "⁵"}, {"6", "⁶"}, {"7", "⁷"}, {"8", "⁸"},
                                {"9", "⁹"}, {"+", "⁺"}, {"-", "⁻"}, {"−", "⁻"}, {"n", "ⁿ"}, {"i", "ⁱ"}, {"k", "ᵏ"}, {"T", "ᵀ"}, {"⊤", "ᵀ"}, {"′", "′"}};
  return kLetters;
}
const Letters& Lowered() {
  static const Letters kLetters{{"0", "₀"}, {"1", "₁"}, {"2", "₂"}, {"3", "₃"}, {"4", "₄"}, {"5", "₅"}, {"6", "₆"}, {"7", "₇"},
                                {"8", "₈"}, {"9", "₉"}, {"+", "₊"}, {"-", "₋"}, {"−", "₋"}, {"i", "ᵢ"}, {"j", "ⱼ"}, {"k", "ₖ"},
                                {"n", "ₙ"}, {"m", "ₘ"}, {"t", "ₜ"}, {"s", "ₛ"}, {"p", "ₚ"}, {"x", "ₓ"}, {"a", "ₐ"}, {"e", "ₑ"}};
  return kLetters;
}

// Each character replaced; "" where one has no replacement.
std::string Shifted(std::string_view text, const Letters& letters) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 1;
    while (at + length < text.size() && (static_cast<unsigned char>(text[at + length]) & 0xC0) == 0x80) ++length;
    const auto found = letters.find(text.substr(at, length));
    if (found == letters.end()) return "";
    out += found->second;
    at += length;
  }
  return out;
}

std::size_t CharactersOf(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

// In brackets when it is more than one thing.
std::string Bracketed(const std::string& text) {
  return CharactersOf(text) <= 1 || text.find_first_of(" +-−/*=<>≤≥|,^_") == std::string::npos ? text : '(' + text + ')';
}

std::string Script(const std::string& base, const std::string& script, const Letters& letters, char sign) {
  if (script.empty()) return base;
  const std::string shifted = Shifted(script, letters);
  if (!shifted.empty()) return base + shifted;
  return base + sign + (CharactersOf(script) == 1 ? script : '(' + script + ')');
}

std::string Write(const xmlNode* node);

std::string WriteAll(const xmlNode* parent) {
  std::string out;
  for (const xmlNode* child = parent->children; child != nullptr; child = child->next) out += Write(child);
  return out;
}

std::string Write(const xmlNode* node) {
  if (node->type == XML_TEXT_NODE) return reinterpret_cast<const char*>(node->content);
  if (node->type != XML_ELEMENT_NODE) return "";
  const std::string_view name = reinterpret_cast<const char*>(node->name);
  std::vector<std::string> parts;
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) {
    if (child->type == XML_ELEMENT_NODE) parts.push_back(Write(child));
  }
  const auto part = [&](std::size_t i) { return i < parts.size() ? parts[i] : std::string(); };
  if (name == "mo") {
    std::string sign = WriteAll(node);
    if (sign == "-") sign = "−";
    // A sign before a number has nothing before it.
    const xmlNode* before = node->prev;
    while (before != nullptr && before->type != XML_ELEMENT_NODE) before = before->prev;
    if (before == nullptr && (sign == "−" || sign == "+")) return sign;
    static const std::string_view kSpaced[] = {"=", "<", ">", "≤", "≥", "+", "−", "|", "←", "→", "∝", "≈", "≠", "∈", "×", "∼", "∣", "⇒", "·", "⋅"};
    for (const std::string_view spaced : kSpaced) {
      if (sign == spaced) return ' ' + sign + ' ';
    }
    return sign == "," || sign == ";" ? sign + ' ' : sign;
  }
  if (name == "mfrac") return Bracketed(part(0)) + '/' + Bracketed(part(1));
  if (name == "msqrt") return "√" + (CharactersOf(WriteAll(node)) == 1 ? WriteAll(node) : '(' + WriteAll(node) + ')');
  if (name == "mroot") return Script("√", part(1), Raised(), '^') + '(' + part(0) + ')';
  if (name == "msup") return Script(part(0), part(1), Raised(), '^');
  if (name == "msub" || name == "munder") return Script(part(0), part(1), Lowered(), '_');
  if (name == "mover") {
    // A hat or bar combines with the letter it stands on.
    static const Letters kMarks{{"^", "\u0302"}, {"ˆ", "\u0302"}, {"̂", "\u0302"}, {"¯", "\u0304"}, {"ˉ", "\u0304"}, {"~", "\u0303"}, {"˜", "\u0303"}, {"→", "\u20D7"}};
    std::string mark = part(1);
    while (!mark.empty() && mark.front() == ' ') mark.erase(0, 1);
    while (!mark.empty() && mark.back() == ' ') mark.pop_back();
    const auto found = kMarks.find(mark);
    return found != kMarks.end() ? part(0) + std::string(found->second) : Script(part(0), mark, Raised(), '^');
  }
  if (name == "msubsup" || name == "munderover") return Script(Script(part(0), part(1), Lowered(), '_'), part(2), Raised(), '^');
  if (name == "mspace" || name == "mtd") return name == "mtd" ? WriteAll(node) + ' ' : "";
  if (name == "mtr") return WriteAll(node) + "; ";
  return WriteAll(node);
}

}  // namespace

std::string PlainMath(std::string_view mathml) {
  const std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)> document(
      xmlReadMemory(mathml.data(), static_cast<int>(mathml.size()), nullptr, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING),
      xmlFreeDoc);
  const xmlNode* root = document == nullptr ? nullptr : xmlDocGetRootElement(document.get());
  if (root == nullptr) return "";
  // Signs that follow each other have one space between them.
  std::string text;
  for (const char c : Write(root)) {
    if (c != ' ' || (!text.empty() && text.back() != ' ')) text += c;
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace assay::bank
