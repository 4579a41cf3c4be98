#include "services/bank/domain/qti_writer.h"

#include <fmt/format.h>

#include <functional>
#include <string>

#include "services/bank/domain/question_markup.h"
#include "services/bank/domain/xml_text.h"

namespace assay::bank {
namespace {

constexpr std::size_t kMaxTitle = 120;

// For whom a field is: whoever scores an answer, whoever asks, or whoever edits the bank. What QTI has a place of its own for is for
// nobody.
enum class Audience { kScorer, kInterviewer, kAuthor, kNobody };

Audience AudienceOf(std::string_view field) {
  if (field == "id" || field == "prompt" || field == "scenario" || field == "language_code") return Audience::kNobody;
  if (field == "key_concepts" || field == "exemplars" || field == "cue" || field == "red_flags" || field == "stronger") return Audience::kScorer;
  return field == "probes" ? Audience::kInterviewer : Audience::kAuthor;
}

std::string RubricBlock(std::string_view use, std::string_view view, const v1::QuestionContent& question, Audience audience) {
  const std::string fields = FieldsMarkup(question, [&](std::string_view field) { return AudienceOf(field) == audience; });
  if (fields.empty()) return "";
  return fmt::format(
      "    <qti-rubric-block use=\"{}\" view=\"{}\">\n      <qti-content-body>\n{}\n      </qti-content-body>\n    </qti-rubric-block>\n", use, view,
      fields);
}

std::string Attribute(std::string_view name, std::string_view value) {
  return value.empty() ? "" : fmt::format(" {}=\"{}\"", name, EscapeXml(value));
}

class QtiWriter final : public PackWriter {
 public:
  std::string Begin(const v1::Pack& header) override {
    return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<bank xmlns=\"{}\"{}{}{}>\n", kQtiBankNamespace,
                       Attribute("identifier", header.id()), Attribute("title", OneLine(header.display_name(), kMaxTitle)),
                       Attribute("version", header.version()));
  }

  std::string Question(const v1::QuestionContent& question) override {
    const std::string title = question.source().ref().empty() ? question.id() : question.source().ref();
    std::string out = fmt::format("  <qti-assessment-item xmlns=\"{}\"{}{}{} adaptive=\"false\" time-dependent=\"false\" tool-name=\"Assay\">\n",
                                  kQtiNamespace, Attribute("identifier", question.id()),
                                  Attribute("title", OneLine(title + ": " + question.prompt(), kMaxTitle)),
                                  Attribute("xml:lang", question.language_code()));
    out +=
        "  <qti-response-declaration identifier=\"RESPONSE\" cardinality=\"single\" base-type=\"string\"/>\n"
        "  <qti-outcome-declaration identifier=\"SCORE\" cardinality=\"single\" base-type=\"float\" normal-minimum=\"1\" normal-maximum=\"5\""
        " external-scored=\"human\"/>\n"
        "  <qti-item-body>\n";
    if (!question.scenario().empty()) out += "    " + FieldElement("div", "scenario", question.scenario()) + "\n";
    out += fmt::format(
        "    <qti-extended-text-interaction response-identifier=\"RESPONSE\" expected-lines=\"15\">\n"
        "      <qti-prompt class=\"assay-prompt\">{}</qti-prompt>\n    </qti-extended-text-interaction>\n",
        InlineMarkup(question.prompt()));
    out += RubricBlock("scoring", "scorer", question, Audience::kScorer);
    out += RubricBlock("instructions", "proctor scorer", question, Audience::kInterviewer);
    out += RubricBlock("instructions", "author testConstructor", question, Audience::kAuthor);
    return out + "  </qti-item-body>\n  </qti-assessment-item>\n";
  }

  std::string End() override { return "</bank>\n"; }
  std::string MediaType() const override { return "application/xml"; }
};

}  // namespace

std::unique_ptr<PackWriter> MakeQtiWriter() { return std::make_unique<QtiWriter>(); }

}  // namespace assay::bank
