#include "services/bank/domain/question_markup.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "services/bank/domain/field_text.h"
#include "services/bank/domain/import_text.h"
#include "services/bank/domain/xml_text.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kPrefix = "assay-";
constexpr std::string_view kExactClass = "assay-pre";
constexpr std::string_view kListClass = "assay";
constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxProblems = 20;

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsVoid(std::string_view name) {
  return IsOneOf(name, {"br", "hr", "img", "input", "meta", "link", "col", "wbr", "source", "area", "base", "embed", "param", "track"});
}

bool IsParagraph(std::string_view name) {
  return IsOneOf(name, {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "dl", "table", "pre", "section", "article",
                        "figure", "form", "prompt"});
}

bool IsLine(std::string_view name) { return IsOneOf(name, {"li", "tr", "dt", "dd", "caption", "option", "figcaption"}); }

bool IsMedia(std::string_view name) { return IsOneOf(name, {"img", "object", "video", "audio", "iframe", "embed", "svg", "canvas", "picture"}); }

// Elements whose content is no text for people.
bool IsHidden(std::string_view name) {
  return IsOneOf(name, {"script", "style", "head", "template", "iframe", "object", "svg", "canvas", "video", "audio", "noscript", "select"});
}

// "assay-key-concepts" of key_concepts.
std::string ClassOf(std::string_view field) {
  std::string name(kPrefix);
  for (const char c : field) name += c == '_' ? '-' : c;
  return name;
}

// Takes the first of the classes off; empty when there are no more.
std::string_view TakeClass(std::string_view& classes) {
  constexpr std::string_view kBlanks = " \t\n\r\f";
  classes.remove_prefix(std::min(classes.find_first_not_of(kBlanks), classes.size()));
  const std::string_view first = classes.substr(0, classes.find_first_of(kBlanks));
  classes.remove_prefix(first.size());
  return first;
}

// The class of a tag that names a field; empty when none does.
std::string_view FieldClass(std::string_view classes) {
  for (std::string_view one = TakeClass(classes); !one.empty(); one = TakeClass(classes)) {
    if (one.starts_with(kPrefix) && one != kExactClass) return one;
  }
  return {};
}

bool HasClass(std::string_view classes, std::string_view wanted) {
  for (std::string_view one = TakeClass(classes); !one.empty(); one = TakeClass(classes)) {
    if (one == wanted) return true;
  }
  return false;
}

// Does an element that opens end one that was left open?
bool Ends(std::string_view opening, std::string_view open) {
  if (opening == "p" || opening == "li") return open == opening;
  if (opening == "dt" || opening == "dd") return open == "dt" || open == "dd";
  if (opening == "td" || opening == "th") return open == "td" || open == "th";
  return opening == "tr" && IsOneOf(open, {"tr", "td", "th"});
}

void AppendValue(const Message& message, const FieldDescriptor& field, int index, std::string& out) {
  out += fmt::format("<dd class=\"{}\">", ClassOf(field.name()));
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    const Reflection& r = *message.GetReflection();
    const Message& part = index >= 0 ? r.GetRepeatedMessage(message, &field, index) : r.GetMessage(message, &field);
    out += FieldsMarkup(part, [](std::string_view) { return true; });
  } else {
    out += BlockMarkup(FieldText(message, field, index));
  }
  out += "</dd>\n";
}

}  // namespace

std::string FieldElement(std::string_view element, std::string_view field, std::string_view text) {
  return fmt::format("<{0} class=\"{1}\">{2}</{0}>", element, ClassOf(field), BlockMarkup(text));
}

std::string FieldsMarkup(const Message& message, const std::function<bool(std::string_view)>& wanted) {
  std::string out;
  std::vector<const FieldDescriptor*> fields;
  const Reflection& r = *message.GetReflection();
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (!wanted(field->name())) continue;
    out += "<dt>" + FieldLabel(*field) + "</dt>\n";
    const int size = field->is_repeated() ? r.FieldSize(message, field) : 0;
    if (!field->is_repeated()) AppendValue(message, *field, -1, out);
    for (int i = 0; i < size; ++i) AppendValue(message, *field, i, out);
  }
  return out.empty() ? out : FieldList(out);
}

std::string FieldList(std::string_view fields) { return fmt::format("<dl class=\"{}\">\n{}</dl>", kListClass, fields); }

// An open element.
struct MarkupReader::Frame {
  std::string name;
  // A field whose text is being read.
  const FieldDescriptor* field = nullptr;
  MarkupText text;
  // A field of messages, whose fields are being read.
  Message* message = nullptr;
  bool exact = false;
  bool hidden = false;
  // A definition list of ours, in which terms are labels.
  bool list = false;
  // Nothing has been read in it yet.
  bool fresh = true;
};

MarkupReader::MarkupReader(Message& message) : root_(message) {}
MarkupReader::~MarkupReader() = default;

MarkupReader::Frame* MarkupReader::TextField() {
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    if ((*frame)->field != nullptr) return frame->get();
    if ((*frame)->message != nullptr) return nullptr;
  }
  return nullptr;
}

MarkupText& MarkupReader::Target() {
  Frame* const field = TextField();
  return field != nullptr ? field->text : loose_;
}

Message& MarkupReader::Current() {
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    if ((*frame)->message != nullptr) return *(*frame)->message;
  }
  return root_;
}

void MarkupReader::Problem(std::string text) {
  if (problems_.size() < kMaxProblems) problems_.push_back(std::move(text));
}

// A new item or paragraph ends the one that was left open.
void MarkupReader::CloseImplied(std::string_view name) {
  std::size_t keep = frames_.size();
  for (std::size_t i = frames_.size(); i-- > 0;) {
    const std::string& open = frames_[i]->name;
    if (Ends(name, open)) {
      keep = i;
    } else if (IsOneOf(open, {"ul", "ol", "dl", "table", "div", "blockquote", "li", "dd", "td"})) {
      break;
    }
  }
  while (frames_.size() > keep) Pop();
}

void MarkupReader::OpenField(std::string_view field_class, Frame& frame) {
  Message& message = Current();
  std::string name(field_class.substr(kPrefix.size()));
  std::replace(name.begin(), name.end(), '-', '_');
  const FieldDescriptor* const field = message.GetDescriptor()->FindFieldByName(name);
  found_ = true;
  if (field == nullptr) return Problem(fmt::format("class \"{}\" {}", Excerpt(field_class), UnknownFieldMessage(*message.GetDescriptor(), name)));
  const Reflection& r = *message.GetReflection();
  if (!field->is_repeated() && r.HasField(message, field)) return Problem(fmt::format("{} is given twice; keep one", name));
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    frame.message = field->is_repeated() ? r.AddMessage(&message, field) : r.MutableMessage(&message, field);
  } else {
    frame.field = field;
  }
}

void MarkupReader::Push(const MarkupTag& tag) {
  auto frame = std::make_unique<Frame>();
  frame->name = tag.name;
  frame->exact = tag.name == "pre" || HasClass(tag.classes, kExactClass);
  frame->list = tag.name == "dl" && HasClass(tag.classes, kListClass);
  const bool inside_list = std::any_of(frames_.begin(), frames_.end(), [](const auto& open) { return open->list; });
  frame->hidden = IsHidden(tag.name) || (tag.name == "dt" && inside_list && TextField() == nullptr);
  if (!frame->hidden && TextField() == nullptr) {
    if (const std::string_view field_class = FieldClass(tag.classes); !field_class.empty()) OpenField(field_class, *frame);
  }
  found_ = found_ || (frame->list && !frame->hidden && TextField() == nullptr);
  frames_.push_back(std::move(frame));
}

void MarkupReader::Open(const MarkupTag& tag) {
  if (too_deep_ > 0) {
    ++too_deep_;
    return;
  }
  if (!frames_.empty()) frames_.back()->fresh = false;
  CloseImplied(tag.name);
  media_ = media_ || IsMedia(tag.name);
  if (tag.name == "br") return Target().NewLine();
  if (tag.name == "img" && !tag.alternative.empty()) Target().Append(tag.alternative);
  if (IsParagraph(tag.name)) Target().Break(2);
  if (IsLine(tag.name)) Target().Break(1);
  if (IsVoid(tag.name)) return;
  if (frames_.size() >= kMaxDepth) {
    if (too_deep_++ == 0) Problem(fmt::format("elements stand more than {} deep", kMaxDepth));
    return;
  }
  Push(tag);
  if (tag.name == "li" && TextField() == nullptr) loose_.Append("- ");
  if (tag.name == "td" || tag.name == "th") Target().Append(" ");
}

void MarkupReader::Text(std::string_view text) {
  bool exact = false;
  for (const auto& frame : frames_) {
    if (frame->hidden) return;
    exact = exact || frame->exact;
  }
  MarkupText& target = Target();
  if (!exact) return target.Append(text);
  // A line end right behind the tag does not count.
  if (frames_.back()->fresh && frames_.back()->exact && text.starts_with('\n')) text.remove_prefix(1);
  frames_.back()->fresh = false;
  target.AppendExact(text);
}

void MarkupReader::Pop() {
  const std::unique_ptr<Frame> frame = std::move(frames_.back());
  frames_.pop_back();
  if (frame->field != nullptr) {
    const std::string problem = SetFieldText(frame->text.text(), *frame->field, Current());
    if (!problem.empty()) Problem(fmt::format("{}: {}", frame->field->name(), problem));
    return;
  }
  if (frame->message != nullptr || frame->hidden) return;
  if (IsParagraph(frame->name)) Target().Break(2);
  if (IsLine(frame->name)) Target().Break(1);
}

void MarkupReader::Close(std::string_view name) {
  if (IsVoid(name)) return;
  if (too_deep_ > 0) {
    --too_deep_;
    return;
  }
  for (std::size_t i = frames_.size(); i-- > 0;) {
    if (frames_[i]->name != name) continue;
    while (frames_.size() > i) Pop();
    return;
  }
}

void MarkupReader::End() {
  too_deep_ = 0;
  while (!frames_.empty()) Pop();
}

std::string MarkupReader::LooseText() const {
  constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
  std::string text = loose_.text();
  for (std::size_t at = text.find(kNoBreakSpace); at != std::string::npos; at = text.find(kNoBreakSpace, at)) {
    text.replace(at, kNoBreakSpace.size(), " ");
  }
  return std::string(TrimSpace(text));
}

}  // namespace assay::bank
