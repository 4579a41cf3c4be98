#include "services/bank/domain/qti_reader.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/bank/domain/entry_desk.h"
#include "services/bank/domain/import_text.h"
#include "services/bank/domain/qti_writer.h"
#include "services/bank/domain/question_markup.h"
#include "services/bank/domain/xml_push.h"
#include "services/bank/domain/xml_text.h"
#include "services/bank/domain/yaml_names.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bank {
namespace {

// "rubric-block" of qti-rubric-block and of QTI 2's rubricBlock.
std::string PlainName(std::string_view name) {
  if (name.starts_with("qti-")) return std::string(name.substr(4));
  std::string out;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !out.empty()) out += '-';
    out += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

bool HasWord(std::string_view words, std::string_view wanted) {
  for (std::size_t at = words.find(wanted); at != std::string_view::npos; at = words.find(wanted, at + 1)) {
    const std::size_t end = at + wanted.size();
    if ((at == 0 || words[at - 1] == ' ') && (end == words.size() || words[end] == ' ')) return true;
  }
  return false;
}

// An item while it is read.
struct Item {
  int line = 0;
  std::string identifier;
  std::string title;
  std::string language;
  std::size_t bytes = 0;
  v1::QuestionContent question;
  std::unique_ptr<MarkupReader> body;
  std::string cue;
  // A correct response, as text.
  std::string answer;
  bool extended_text = false;
  // Name of an interaction that is none of ours.
  std::string other_interaction;
  bool own = false;
  bool media = false;
  bool formulas = false;
  bool feedback = false;
  std::vector<std::string> problems;
  std::string loose_block;
};

// Where in an item text goes.
enum class Region { kNone, kBody, kRubric, kAnswer };

class QtiReader final : public DocumentReader, private XmlSink {
 public:
  explicit QtiReader(std::string_view language) : desk_("qti", language), xml_(*this) {}

  absl::Status Feed(std::string_view bytes, DocumentSink& sink) override {
    sink_ = &sink;
    if (first_ && !bytes.empty()) {
      first_ = false;
      if (bytes.starts_with("PK")) {
        return absl::InvalidArgumentError("line 1: this is a zip archive; unpack the content package and import its items one by one");
      }
    }
    return xml_.Feed(bytes);
  }

  absl::Status Finish(DocumentSink& sink) override {
    sink_ = &sink;
    RETURN_IF_ERROR(xml_.Finish());
    return desk_.Finish(sink);
  }

  int sections() const override { return desk_.sections(); }

 private:
  absl::Status Open(const XmlElement& element) override {
    const std::string name = PlainName(element.name);
    ++depth_;
    if (depth_ == 1 && name != "assessment-item") return OpenBank(element, name);
    if (item_ == nullptr) {
      if (name == "assessment-item" && depth_ <= 2) {
        OpenItem(element);
      } else if (depth_ == 2) {
        return desk_.Remark(Here(), FindingSeverity::kWarning, fmt::format("<{}> is no item; not imported", Excerpt(element.name)), *sink_);
      }
      return absl::OkStatus();
    }
    if (skip_depth_ == 0) OpenInItem(element, name);
    return absl::OkStatus();
  }

  absl::Status OpenBank(const XmlElement& element, const std::string& name) {
    if (name == "bank" && element.space == kQtiBankNamespace) return absl::OkStatus();
    std::string why = "a QTI document is <qti-assessment-item>, or a <bank> of them as this service exports it";
    if (name == "manifest" || name == "assessment-test" || name == "assessment-section") why = "it refers to items in other files; import those items";
    if (name == "questestinterop") why = "QTI 1.2 is not read; convert it to QTI 2 or 3";
    if (name == "quiz") why = "this is Moodle XML";
    return absl::InvalidArgumentError(fmt::format("line {}: the document is <{}>: {}", xml_.line(), Excerpt(element.name), why));
  }

  void OpenItem(const XmlElement& element) {
    item_ = std::make_unique<Item>();
    item_depth_ = depth_;
    item_->line = xml_.line();
    item_->identifier = element.Attribute("identifier");
    item_->title = element.Attribute("title");
    item_->language = element.Attribute("xml:lang");
    item_->body = std::make_unique<MarkupReader>(item_->question);
    region_ = Region::kNone;
    skip_depth_ = region_depth_ = 0;
  }

  void OpenInItem(const XmlElement& element, const std::string& name) {
    if (region_ == Region::kNone) {
      const bool body = name == "item-body";
      const bool answer = name == "correct-response";
      if (body || answer) Enter(body ? Region::kBody : Region::kAnswer);
      item_->feedback = item_->feedback || name == "modal-feedback";
      return;
    }
    if (region_ == Region::kAnswer) return;
    if (name == "rubric-block" && region_ == Region::kBody) {
      outer_depth_ = region_depth_;
      Enter(Region::kRubric);
      rubric_ = std::make_unique<MarkupReader>(item_->question);
      // What candidates see is part of the question.
      for_candidates_ = HasWord(element.Attribute("view"), "candidate");
      return;
    }
    if (name == "feedback-block" || name == "feedback-inline") {
      item_->feedback = true;
      skip_depth_ = depth_;
      return;
    }
    if (name == "math") item_->formulas = true;
    if (name == "extended-text-interaction") {
      item_->extended_text = true;
    } else if (name.ends_with("-interaction") && item_->other_interaction.empty()) {
      item_->other_interaction = name;
    }
    Count(element.Attribute("class").size());
    if (!Oversized()) Reader().Open({name, element.Attribute("class"), element.Attribute("alt")});
  }

  void Enter(Region region) {
    region_ = region;
    region_depth_ = depth_;
  }

  absl::Status Text(std::string_view text) override {
    if (item_ == nullptr || skip_depth_ > 0 || region_ == Region::kNone) return absl::OkStatus();
    Count(text.size());
    if (Oversized()) return absl::OkStatus();
    if (region_ == Region::kAnswer) {
      item_->answer += text;
    } else {
      Reader().Text(text);
    }
    return absl::OkStatus();
  }

  absl::Status Close(std::string_view raw) override {
    const int depth = depth_--;
    if (item_ == nullptr) return absl::OkStatus();
    if (depth == item_depth_) {
      const std::unique_ptr<Item> item = std::move(item_);
      return Ended(*item);
    }
    if (skip_depth_ > 0) {
      if (depth == skip_depth_) skip_depth_ = 0;
      return absl::OkStatus();
    }
    if (depth == region_depth_) {
      Leave();
    } else if ((region_ == Region::kBody || region_ == Region::kRubric) && !Oversized()) {
      Reader().Close(PlainName(raw));
    }
    return absl::OkStatus();
  }

  void Leave() {
    if (region_ != Region::kRubric) {
      region_ = Region::kNone;
      region_depth_ = 0;
      return;
    }
    rubric_->End();
    Note(*rubric_);
    const std::string loose = rubric_->LooseText();
    if (!loose.empty() && rubric_->found()) {
      item_->loose_block = loose;
    } else if (!loose.empty()) {
      std::string& to = for_candidates_ ? candidate_text_ : item_->cue;
      to += (to.empty() ? "" : "\n\n") + loose;
    }
    rubric_.reset();
    region_ = Region::kBody;
    region_depth_ = outer_depth_;
  }

  void Note(const MarkupReader& reader) {
    item_->own = item_->own || reader.found();
    item_->media = item_->media || reader.media();
    item_->problems.insert(item_->problems.end(), reader.problems().begin(), reader.problems().end());
  }

  MarkupReader& Reader() { return region_ == Region::kRubric ? *rubric_ : *item_->body; }
  void Count(std::size_t bytes) { item_->bytes += bytes; }
  bool Oversized() const { return item_->bytes > kMaxEntryBytes; }
  EntryPlace Here() const { return {.line = xml_.line(), .end_line = xml_.line(), .name = ""}; }

  absl::Status Ended(Item& item) {
    const std::string candidate_text = std::exchange(candidate_text_, "");
    item.body->End();
    const std::string id(TrimSpace(item.identifier));
    const EntryPlace place{.line = item.line, .end_line = xml_.line(), .name = OneLine(id.empty() ? item.title : id, 60)};
    if (item.bytes > kMaxEntryBytes) return desk_.Drop(place, fmt::format("the item is over {} bytes", kMaxEntryBytes), *sink_);
    std::vector<std::string> problems = item.body->problems();
    problems.insert(problems.end(), item.problems.begin(), item.problems.end());
    if (!problems.empty()) return desk_.Drop(place, problems.front(), *sink_);
    const bool own = item.own || item.body->found();
    if (!item.extended_text || !item.other_interaction.empty()) {
      return desk_.Drop(place,
                        item.other_interaction.empty() ? "no extended text interaction; there is nothing to be answered aloud"
                                                       : fmt::format("an item with a {}; only extended text is a question to be asked aloud",
                                                                     Excerpt(item.other_interaction)),
                        *sink_);
    }
    if (item.media || item.body->media()) RETURN_IF_ERROR(desk_.Remark(place, FindingSeverity::kWarning, "pictures and files are not imported", *sink_));
    if (item.formulas) RETURN_IF_ERROR(desk_.Remark(place, FindingSeverity::kWarning, "formulas in MathML are taken as their text; write them in LaTeX", *sink_));
    if (item.feedback) RETURN_IF_ERROR(desk_.Remark(place, FindingSeverity::kInfo, "feedback for candidates is not imported", *sink_));
    return Hand(item, own, id, candidate_text, place);
  }

  absl::Status Hand(Item& item, bool own, const std::string& id, const std::string& candidate_text, const EntryPlace& place) {
    v1::QuestionContent& question = item.question;
    std::string text = item.body->LooseText();
    if (!candidate_text.empty()) text = candidate_text + (text.empty() ? "" : "\n\n" + text);
    if (own) {
      for (const std::string& loose : {text, item.cue, item.loose_block}) {
        if (loose.empty()) continue;
        RETURN_IF_ERROR(desk_.Remark(place, FindingSeverity::kWarning,
                                     fmt::format("text that belongs to no field is not imported: \"{}\"", Excerpt(loose)), *sink_));
      }
    } else {
      question.set_prompt(text);
      question.set_cue(item.cue);
    }
    if (const std::string answer(TrimSpace(item.answer)); !answer.empty()) {
      v1::Exemplar& exemplar = *question.add_exemplars();
      exemplar.set_score(5);
      exemplar.set_text(answer);
    }
    question.set_language_code(item.language);
    if (own) {
      question.set_id(id);
      return desk_.HandOwn(std::move(question), place, *sink_);
    }
    return desk_.HandForeign(std::move(question), id.empty() ? item.title : id, place, *sink_);
  }

  EntryDesk desk_;
  DocumentSink* sink_ = nullptr;
  bool first_ = true;
  int depth_ = 0;
  std::unique_ptr<Item> item_;
  int item_depth_ = 0;
  Region region_ = Region::kNone;
  // Depths of the elements that opened the region, the one around a rubric block, and what is passed over; 0 where there is none.
  int region_depth_ = 0;
  int outer_depth_ = 0;
  int skip_depth_ = 0;
  std::unique_ptr<MarkupReader> rubric_;
  bool for_candidates_ = false;
  std::string candidate_text_;
  XmlPush xml_;
};

}  // namespace

std::unique_ptr<DocumentReader> MakeQtiReader(std::string_view language) { return std::make_unique<QtiReader>(language); }

}  // namespace assay::bank
