#include "services/bank/render/math.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "services/bank/render/program.h"
#include "services/runtime/base/text.h"
#include "services/runtime/document/html_template.h"

namespace assay::bank {
namespace {

using Clock = std::chrono::steady_clock;
using Document = std::unique_ptr<xmlDoc, decltype(&xmlFreeDoc)>;

// No network, no entities, no complaints on standard error; the library's limits on depth and size stay on.
Document Parse(std::string_view xml) {
  static std::once_flag once;
  std::call_once(once, xmlInitParser);
  return {xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING),
          xmlFreeDoc};
}

std::string_view NameOf(const xmlNode* node) { return reinterpret_cast<const char*>(node->name); }

// What blahtexml writes and a page may show: nothing that loads, links or runs.
bool IsKnownElement(std::string_view name) {
  static const std::set<std::string_view> kElements{"math",  "mfenced", "mfrac",      "mi",      "mn",     "mo",     "mover", "mpadded", "mphantom", "mroot",
                                                    "mrow",  "mspace",  "msqrt",      "mstyle",  "msub",   "msubsup", "msup", "mtable",  "mtd",      "mtext",
                                                    "mtr",   "munder",  "munderover", "menclose"};
  return kElements.count(name) > 0;
}

bool IsKnownAttribute(std::string_view name) {
  static const std::set<std::string_view> kAttributes{
      "accent",  "accentunder", "align",  "columnalign", "columnspacing", "depth",  "display",       "displaystyle", "fence",    "form",
      "height",  "linethickness", "lspace", "mathvariant", "maxsize",     "minsize", "movablelimits", "notation",     "rowalign", "rowspacing",
      "rspace",  "scriptlevel", "separator", "stretchy",  "symmetric",    "voffset", "width"};
  return kAttributes.count(name) > 0;
}

void WriteNode(const xmlNode* node, std::string& out) {
  if (node->type == XML_TEXT_NODE) {
    out += runtime::EscapeHtml(reinterpret_cast<const char*>(node->content));
    return;
  }
  if (node->type != XML_ELEMENT_NODE) return;
  // The children of what is not known are kept: text is never lost.
  const bool known = IsKnownElement(NameOf(node));
  if (known) {
    out += fmt::format("<{}", NameOf(node));
    for (const xmlAttr* attribute = node->properties; attribute != nullptr; attribute = attribute->next) {
      const std::string_view name = reinterpret_cast<const char*>(attribute->name);
      if (!IsKnownAttribute(name) || attribute->children == nullptr || attribute->children->content == nullptr) continue;
      out += fmt::format(" {}=\"{}\"", name, runtime::EscapeHtml(reinterpret_cast<const char*>(attribute->children->content)));
    }
    out += '>';
  }
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) WriteNode(child, out);
  if (known) out += fmt::format("</{}>", NameOf(node));
}

std::string TextOf(const xmlNode* node) {
  if (node->type == XML_TEXT_NODE) return reinterpret_cast<const char*>(node->content);
  std::string text;
  for (const xmlNode* child = node->children; child != nullptr; child = child->next) text += TextOf(child);
  return text;
}

// Why a formula is not worth trying; "" when it is.
std::string ProblemOf(const std::string& formula) {
  if (formula.size() > kMaxFormulaBytes) return fmt::format("{} bytes long; {} at most", formula.size(), kMaxFormulaBytes);
  if (!runtime::IsUtf8(formula)) return "not UTF-8";
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r'; };
  if (std::any_of(formula.begin(), formula.end(), control)) return "contains a control character";
  return "";
}

std::string Request(std::span<const std::string> formulas) {
  std::string xml = R"(<?xml version="1.0" encoding="UTF-8"?><r xmlns:b="http://gva.noekeon.org/blahtexml">)";
  for (const std::string& formula : formulas) {
    std::string line = formula;
    std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' ');
    xml += fmt::format(R"(<f b:inline="{}"/>)", runtime::EscapeHtml(line));
  }
  return xml + "</r>";
}

// Reads the program's answer; false when it is not one to that many formulas.
bool ReadAnswer(std::string_view xml, std::span<MathMarkup> into) {
  const Document document = Parse(xml);
  const xmlNode* root = document == nullptr ? nullptr : xmlDocGetRootElement(document.get());
  if (root == nullptr) return false;
  std::size_t count = 0;
  for (const xmlNode* place = root->children; place != nullptr; place = place->next) {
    if (place->type != XML_ELEMENT_NODE) continue;
    if (count == into.size()) return false;
    MathMarkup& markup = into[count++];
    for (const xmlNode* child = place->children; child != nullptr; child = child->next) {
      if (child->type != XML_ELEMENT_NODE) continue;
      if (NameOf(child) == "math") WriteNode(child, markup.mathml);
      if (NameOf(child) == "error") markup.problem = TextOf(child);
    }
    if (markup.mathml.empty() && markup.problem.empty()) markup.problem = "cannot be converted";
  }
  return count == into.size();
}

class Conversion {
 public:
  Conversion(const std::string& program, std::chrono::milliseconds time) : program_(program), deadline_(Clock::now() + time) {}

  // Halves what cannot be done in one go, until the formula is alone that is to blame.
  absl::Status Run(std::span<const std::string> formulas, std::span<MathMarkup> into) {
    if (formulas.empty()) return absl::OkStatus();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
    absl::Status failed = absl::DeadlineExceededError("no time is left to convert it");
    if (left.count() > 0) {
      const auto answer = RunProgram({program_, "--xmlin", "--mathml-nsprefix-none", "--mathml-encoding", "raw", "--other-encoding", "raw"},
                                     Request(formulas), {.time = left});
      if (answer.ok() && ReadAnswer(*answer, into)) return absl::OkStatus();
      failed = answer.status();
    }
    if (failed.code() == absl::StatusCode::kUnavailable) return failed;
    if (formulas.size() == 1 || Clock::now() >= deadline_) {
      for (MathMarkup& markup : into) {
        markup = {.mathml = {}, .problem = failed.ok() ? "cannot be converted" : std::string(failed.message())};
      }
      return absl::OkStatus();
    }
    std::fill(into.begin(), into.end(), MathMarkup());
    const std::size_t half = formulas.size() / 2;
    if (absl::Status status = Run(formulas.first(half), into.first(half)); !status.ok()) return status;
    return Run(formulas.subspan(half), into.subspan(half));
  }

 private:
  const std::string& program_;
  const Clock::time_point deadline_;
};

}  // namespace

MathConverter BlahtexmlConverter(std::chrono::milliseconds time, std::string program) {
  return [time, program = std::move(program)](const std::vector<std::string>& formulas) -> absl::StatusOr<std::vector<MathMarkup>> {
    std::vector<MathMarkup> answers(formulas.size());
    std::vector<std::string> tried;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < formulas.size(); ++i) {
      answers[i].problem = tried.size() < kMaxFormulas ? ProblemOf(formulas[i]) : fmt::format("only {} formulas are converted", kMaxFormulas);
      if (!answers[i].problem.empty()) continue;
      tried.push_back(formulas[i]);
      places.push_back(i);
    }
    std::vector<MathMarkup> converted(tried.size());
    if (absl::Status status = Conversion(program, time).Run(tried, converted); !status.ok()) {
      return absl::UnavailableError(fmt::format("{}; formulas need it: apt-get install blahtexml", std::string(status.message())));
    }
    for (std::size_t i = 0; i < places.size(); ++i) answers[places[i]] = std::move(converted[i]);
    return answers;
  };
}

}  // namespace assay::bank
