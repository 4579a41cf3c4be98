#include "services/bank/domain/moodle_writer.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "services/bank/domain/field_text.h"
#include "services/bank/domain/import_text.h"
#include "services/bank/domain/moodle_tags.h"
#include "services/bank/domain/question_markup.h"
#include "services/bank/domain/xml_text.h"

namespace assay::bank {
namespace {

// Moodle cuts names there.
constexpr std::size_t kMaxName = 120;

// A part of a category's path; a slash of its own is doubled.
std::string PathPart(std::string_view name) {
  std::string part;
  for (const char c : OneLine(name, 200)) part += c == '/' ? "//" : std::string(1, c);
  return part;
}

// Markup never holds "]]>", because ">" is escaped in it.
std::string Html(std::string_view element, const std::string& markup) {
  return fmt::format("    <{0} format=\"html\">\n      <text>{1}</text>\n    </{0}>\n", element,
                     markup.empty() ? "" : "<![CDATA[" + markup + "]]>");
}

std::string Tag(const std::string& tag) { return fmt::format("      <tag><text>{}</text></tag>\n", EscapeXml(tag)); }

class MoodleWriter final : public PackWriter {
 public:
  std::string Begin(const v1::Pack& header) override {
    root_ = PathPart(header.display_name().empty() ? header.id() : header.display_name());
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<quiz>\n";
  }

  std::string Question(const v1::QuestionContent& question) override {
    std::string out = Category(question);
    const std::string title = question.source().ref().empty() ? question.id() : question.source().ref();
    out += "  <question type=\"essay\">\n";
    out += fmt::format("    <name>\n      <text>{}</text>\n    </name>\n", EscapeXml(OneLine(title + ": " + question.prompt(), kMaxName)));
    std::string text = question.scenario().empty() ? "" : FieldElement("div", "scenario", question.scenario()) + "\n";
    text += FieldElement("div", "prompt", question.prompt());
    out += Html("questiontext", text);
    out += Html("generalfeedback", "");
    out += fmt::format(
        "    <defaultgrade>5</defaultgrade>\n    <penalty>0</penalty>\n    <hidden>0</hidden>\n    <idnumber>{}</idnumber>\n"
        "    <responseformat>editor</responseformat>\n    <responserequired>1</responserequired>\n"
        "    <responsefieldlines>15</responsefieldlines>\n    <attachments>0</attachments>\n"
        "    <attachmentsrequired>0</attachmentsrequired>\n",
        EscapeXml(question.id()));
    const std::string fields = FieldsMarkup(
        question, [](std::string_view field) { return field != "id" && field != "prompt" && field != "scenario" && field != "tags"; });
    // Without it the question would be taken for another's when it is read again.
    out += Html("graderinfo", fields.empty() ? FieldList("") : fields);
    out += Html("responsetemplate", "");
    return out + Tags(question) + "  </question>\n";
  }

  std::string End() override { return "</quiz>\n"; }
  std::string MediaType() const override { return "application/xml"; }

 private:
  // A heading where the category changes.
  std::string Category(const v1::QuestionContent& question) {
    std::string path = "$course$/top";
    for (const std::string& part : {root_, PathPart(question.part()), PathPart(question.section())}) {
      if (!part.empty()) path += "/" + part;
    }
    if (path == category_) return "";
    category_ = path;
    return fmt::format(
        "  <question type=\"category\">\n    <category>\n      <text>{}</text>\n    </category>\n  </question>\n", EscapeXml(path));
  }

  // The question's own, then those by which people filter; the latter repeat fields and are not read where the fields are there.
  static std::string Tags(const v1::QuestionContent& question) {
    std::string out;
    for (const std::string& tag : question.tags()) out += Tag(MoodleTag(tag));
    for (const char* const name : {"level", "kind", "competency"}) {
      const auto* const field = v1::QuestionContent::descriptor()->FindFieldByName(name);
      if (question.GetReflection()->HasField(question, field)) out += Tag(FieldTag(name, FieldText(question, *field)));
    }
    for (const auto& role : question.roles()) out += Tag(FieldTag("role", role.role()));
    return out.empty() ? out : "    <tags>\n" + out + "    </tags>\n";
  }

  std::string root_;
  std::string category_;
};

}  // namespace

std::unique_ptr<PackWriter> MakeMoodleWriter() { return std::make_unique<MoodleWriter>(); }

}  // namespace assay::bank
