#include "services/bank/domain/moodle_reader.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/bank/domain/entry_desk.h"
#include "services/bank/domain/import_text.h"
#include "services/bank/domain/moodle_tags.h"
#include "services/bank/domain/question_markup.h"
#include "services/bank/domain/xml_push.h"
#include "services/bank/domain/xml_text.h"
#include "services/bank/domain/yaml_names.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

constexpr int kMaxTags = 200;

// A text of the document with the format that Moodle says it has.
struct FormattedText {
  std::string text;
  std::string format;
};

// A <question> while it is read.
struct Entry {
  std::string type;
  int line = 0;
  std::size_t bytes = 0;
  bool oversized = false;
  bool files = false;
  // name, questiontext, generalfeedback, graderinfo, responsetemplate, idnumber, category.
  std::map<std::string, FormattedText, std::less<>> texts;
  std::vector<std::string> tags;

  std::string_view Text(std::string_view name) const {
    const auto found = texts.find(name);
    return found == texts.end() ? std::string_view() : std::string_view(found->second.text);
  }
};

bool IsKept(std::string_view name) {
  return name == "name" || name == "questiontext" || name == "generalfeedback" || name == "graderinfo" || name == "responsetemplate" ||
         name == "idnumber" || name == "category";
}

// Reads a formatted text into `reader`, or answers it where it is no HTML.
std::string ReadFormatted(const Entry& entry, std::string_view name, MarkupReader& reader) {
  const auto found = entry.texts.find(name);
  if (found == entry.texts.end()) return "";
  const FormattedText& text = found->second;
  if (text.format == "plain_text" || text.format == "markdown") {
    return text.format == "markdown" ? PlainText(text.text) : std::string(TrimSpace(text.text));
  }
  ScanHtml(text.text, reader);
  reader.End();
  return reader.LooseText();
}

// "$course$/top/Default for X/Databases/Indexes": the names in it, doubled slashes being their own.
std::vector<std::string> CategoryNames(std::string_view path) {
  std::vector<std::string> names(1);
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] != '/') {
      names.back() += path[at];
    } else if (at + 1 < path.size() && path[at + 1] == '/') {
      names.back() += path[at++];
    } else {
      names.emplace_back();
    }
  }
  std::erase_if(names, [](const std::string& name) {
    const std::string_view trimmed = TrimSpace(name);
    return trimmed.empty() || trimmed == "top" || (trimmed.starts_with('$') && trimmed.ends_with('$'));
  });
  return names;
}

class MoodleReader final : public DocumentReader, private XmlSink {
 public:
  explicit MoodleReader(std::string_view language) : desk_("moodle", language), xml_(*this) {}

  absl::Status Feed(std::string_view bytes, DocumentSink& sink) override {
    sink_ = &sink;
    return xml_.Feed(bytes);
  }

  absl::Status Finish(DocumentSink& sink) override {
    sink_ = &sink;
    RETURN_IF_ERROR(xml_.Finish());
    return desk_.Finish(sink);
  }

  int sections() const override { return desk_.sections(); }

 private:
  // Path of the element that is read: quiz, question, then what is below it.
  absl::Status Open(const XmlElement& element) override {
    path_.emplace_back(element.name);
    if (path_.size() == 1 && element.name != "quiz") {
      return absl::InvalidArgumentError(fmt::format(
          "line {}: the document is <{}>, Moodle XML is <quiz>", xml_.line(), Excerpt(element.name)));
    }
    if (path_.size() == 2) {
      entry_ = Entry{};
      entry_.type = element.name == "question" ? std::string(element.Attribute("type")) : "";
      entry_.line = xml_.line();
      return absl::OkStatus();
    }
    if (path_.size() == 3 && IsKept(element.name)) entry_.texts[path_.back()].format = element.Attribute("format");
    if (element.name == "file") entry_.files = true;
    if (path_.size() == 4 && path_[2] == "tags" && entry_.tags.size() < kMaxTags) entry_.tags.emplace_back();
    // HTML that was not wrapped into CDATA.
    if (InText() && path_.size() > 4) Keep(fmt::format("<{}>", path_.back()));
    return absl::OkStatus();
  }

  absl::Status Text(std::string_view text) override {
    if (path_.size() == 3 && (path_[2] == "idnumber" || path_[2] == "category" || path_[2] == "name")) Keep(text);
    if (path_.size() >= 4 && path_[1] == "question") {
      if (path_[2] == "tags") {
        Keep(text);
      } else if (InText()) {
        Keep(text);
      }
    }
    return absl::OkStatus();
  }

  absl::Status Close(std::string_view) override {
    if (InText() && path_.size() > 4) Keep(fmt::format("</{}>", path_.back()));
    const std::size_t depth = path_.size();
    const std::string name = std::move(path_.back());
    path_.pop_back();
    if (depth != 2) return absl::OkStatus();
    const EntryPlace place{.line = entry_.line, .end_line = xml_.line(), .name = Name()};
    if (name != "question") {
      return desk_.Remark(place, FindingSeverity::kWarning, fmt::format("<{}> is no question; not imported", Excerpt(name)), *sink_);
    }
    return Ended(place);
  }

  // Within the <text> of a part that is kept.
  bool InText() const { return path_.size() >= 4 && path_[1] == "question" && path_[3] == "text" && IsKept(path_[2]); }

  void Keep(std::string_view text) {
    if (path_.size() < 3 || entry_.oversized) return;
    entry_.bytes += text.size();
    if (entry_.bytes > kMaxEntryBytes) {
      entry_.oversized = true;
      entry_.texts.clear();
      entry_.tags.clear();
      return;
    }
    if (path_[2] == "tags") {
      if (!entry_.tags.empty()) entry_.tags.back() += text;
    } else {
      entry_.texts[path_[2]].text += text;
    }
  }

  // What people call the entry: its ID number, else its name.
  std::string Name() const {
    const std::string id = OneLine(entry_.Text("idnumber"), 60);
    return id.empty() ? OneLine(entry_.Text("name"), 60) : id;
  }

  absl::Status Ended(const EntryPlace& place) {
    if (entry_.oversized) return desk_.Drop(place, fmt::format("the question is over {} bytes", kMaxEntryBytes), *sink_);
    if (entry_.type == "category") {
      const std::vector<std::string> names = CategoryNames(entry_.Text("category"));
      section_ = names.empty() ? "" : OneLine(names.back(), 200);
      part_ = names.size() < 2 ? "" : OneLine(names[names.size() - 2], 200);
      return absl::OkStatus();
    }
    if (entry_.type != "essay") {
      return desk_.Drop(place, fmt::format("a question of type \"{}\"; only essays are questions to be asked aloud", Excerpt(entry_.type)),
                        *sink_);
    }
    return ReadEssay(place);
  }

  absl::Status ReadEssay(const EntryPlace& place) {
    v1::QuestionContent question;
    MarkupReader body(question), rubric(question);
    std::string text = ReadFormatted(entry_, "questiontext", body);
    std::string cue = ReadFormatted(entry_, "graderinfo", rubric);
    const bool own = body.found() || rubric.found();
    for (const std::string& tag : entry_.tags) {
      if (const std::string problem = ReadMoodleTag(tag, rubric.found(), question); !problem.empty()) {
        RETURN_IF_ERROR(desk_.Remark(place, FindingSeverity::kWarning, problem, *sink_));
      }
    }
    for (const auto* problems : {&body.problems(), &rubric.problems()}) {
      if (!problems->empty()) return desk_.Drop(place, fmt::format("{}", problems->front()), *sink_);
    }
    if (entry_.files || body.media() || rubric.media()) {
      RETURN_IF_ERROR(desk_.Remark(place, FindingSeverity::kWarning, "pictures and files are not imported", *sink_));
    }
    RETURN_IF_ERROR(TakeLoose(body.found() && !question.prompt().empty(), text, *question.mutable_prompt(), place, "the question text"));
    RETURN_IF_ERROR(TakeLoose(rubric.found(), cue, *question.mutable_cue(), place, "the information for graders"));
    RETURN_IF_ERROR(TakeFeedback(question, place));
    if (!own) {
      question.set_part(part_);
      question.set_section(section_);
    }
    const std::string id(TrimSpace(entry_.Text("idnumber")));
    if (own && rubric.found() && IsIdentifier(id)) {
      question.set_id(id);
      return desk_.HandOwn(std::move(question), place, *sink_);
    }
    return desk_.HandForeign(std::move(question), id.empty() ? entry_.Text("name") : id, place, *sink_);
  }

  // Loose text is the field itself in another's question; in ours it stands around the fields, and nobody knows what it is.
  absl::Status TakeLoose(bool fields, std::string& text, std::string& field, const EntryPlace& place, std::string_view where) {
    if (text.empty()) return absl::OkStatus();
    if (fields) {
      return desk_.Remark(place, FindingSeverity::kWarning, fmt::format("text of {} that belongs to no field is not imported: \"{}\"", where, Excerpt(text)),
                          *sink_);
    }
    field = std::move(text);
    return absl::OkStatus();
  }

  absl::Status TakeFeedback(v1::QuestionContent& question, const EntryPlace& place) {
    v1::QuestionContent none;
    MarkupReader reader(none), templates(none);
    const std::string feedback = ReadFormatted(entry_, "generalfeedback", reader);
    if (!feedback.empty()) {
      question.set_cue(question.cue() + (question.cue().empty() ? "" : "\n\n") + feedback);
      RETURN_IF_ERROR(desk_.Remark(place, FindingSeverity::kInfo, "the general feedback is taken into the cue", *sink_));
    }
    if (!ReadFormatted(entry_, "responsetemplate", templates).empty()) {
      RETURN_IF_ERROR(desk_.Remark(place, FindingSeverity::kInfo, "the response template is not imported", *sink_));
    }
    return absl::OkStatus();
  }

  EntryDesk desk_;
  DocumentSink* sink_ = nullptr;
  std::vector<std::string> path_;
  Entry entry_;
  // Of the category that questions stand under.
  std::string part_;
  std::string section_;
  XmlPush xml_;
};

}  // namespace

std::unique_ptr<DocumentReader> MakeMoodleReader(std::string_view language) { return std::make_unique<MoodleReader>(language); }

}  // namespace assay::bank
