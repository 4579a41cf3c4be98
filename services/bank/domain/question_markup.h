#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/bank/domain/html_scan.h"
#include "services/bank/domain/markup_text.h"

// The parts of a question as HTML that a person reads and an importer reads back: a definition list of class "assay" holds a
// message, each <dd> a field that its class names ("assay-key-concepts"), lists one <dd> an item, messages within as lists within.
// Moodle's grader information and QTI's rubric blocks both hold it. docs/formats.md describes it for people of other systems.
namespace assay::bank {

// Fields of a message, in the order of their numbers, that `wanted` answers true for and that are set. Empty when there are none.
std::string FieldsMarkup(const google::protobuf::Message& message, const std::function<bool(std::string_view field)>& wanted);
// The list of these fields; an empty one says that the question is ours and has none.
std::string FieldList(std::string_view fields);

// An element with the class that names a field, and its text: <div class="assay-prompt">…</div>.
std::string FieldElement(std::string_view element, std::string_view field, std::string_view text);

// Reads such markup, or any other: what no class names is loose text. Open elements may be left open, and closed ones may never
// have been opened.
class MarkupReader final : public MarkupSink {
 public:
  // Fields are set in `message`, which outlives the reader.
  explicit MarkupReader(google::protobuf::Message& message);
  ~MarkupReader() override;

  void Open(const MarkupTag& tag) override;
  void Text(std::string_view text) override;
  void Close(std::string_view name) override;
  // Closes what is open. Called once, before what follows is asked.
  void End();

  // Text outside of every field, laid out as paragraphs and list items; no-break spaces are spaces there.
  std::string LooseText() const;
  // True when a class named a field, or a list of fields was ours.
  bool found() const { return found_; }
  // What is wrong with fields, each with its name.
  const std::vector<std::string>& problems() const { return problems_; }
  // A picture, film or sound was seen; none is imported.
  bool media() const { return media_; }

 private:
  struct Frame;

  Frame* TextField();
  MarkupText& Target();
  google::protobuf::Message& Current();
  void CloseImplied(std::string_view name);
  void Push(const MarkupTag& tag);
  void Pop();
  void OpenField(std::string_view field_class, Frame& frame);
  void Problem(std::string text);

  google::protobuf::Message& root_;
  std::vector<std::unique_ptr<Frame>> frames_;
  MarkupText loose_;
  std::vector<std::string> problems_;
  // Elements that are open beyond the deepest that are looked at.
  int too_deep_ = 0;
  bool found_ = false;
  bool media_ = false;
};

}  // namespace assay::bank
