#include "services/bank/render/pack_markdown.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "services/bank/domain/math_spans.h"
#include "services/bank/render/math_text.h"
#include "services/bank/render/pack_index.h"

namespace assay::bank {
namespace {

using Texts = google::protobuf::RepeatedPtrField<std::string>;

// Writes lines of one document.
class Writer {
 public:
  explicit Writer(const v1::Pack& pack) : pack_(pack), index_(pack) {}

  std::string Run();

 private:
  void Line(const std::string& line) { out_ += line + "\n"; }
  // A block of its own.
  void Block(const std::string& block) {
    if (!block.empty()) out_ += block + "\n\n";
  }
  void Heading(int level, const std::string& title) { Block(std::string(static_cast<std::size_t>(level), '#') + ' ' + MarkdownText(title)); }
  void Paragraph(const std::string& text) { Block(MarkdownText(text)); }
  void Labelled(const char* label, const std::string& text) {
    if (!text.empty()) Block(fmt::format("**{}** {}", label, MarkdownText(text)));
  }
  void List(const Texts& items) {
    for (const std::string& item : items) Line("- " + MarkdownText(item));
    if (!items.empty()) Line("");
  }
  void LabelledList(const char* label, const Texts& items) {
    if (items.empty()) return;
    Block(fmt::format("**{}**", label));
    List(items);
  }
  std::string Ref(const std::string& id) const { return fmt::format("[{}](#{})", MarkdownText(id), PackIndex::Slug(id)); }
  std::string Refs(const Texts& ids) const {
    std::vector<std::string> refs;
    for (const std::string& id : ids) refs.push_back(Ref(id));
    return fmt::format("{}", fmt::join(refs, " "));
  }
  void Row(const std::vector<std::string>& cells) {
    std::string line = "|";
    for (const std::string& cell : cells) line += ' ' + MarkdownText(cell) + " |";
    Line(line);
  }

  void Cover();
  void Judging();
  void Roles();
  void Formats();
  void Practice();
  void Scorecard();
  void Vignettes();
  void Questions();
  void Question(const v1::QuestionContent& question);
  void Answers(const google::protobuf::RepeatedPtrField<v1::Exemplar>& exemplars);

  const v1::Pack& pack_;
  const PackIndex index_;
  std::string out_;
};

void Writer::Cover() {
  Heading(1, pack_.display_name());
  Paragraph(pack_.description());
  Block(fmt::format("Pack {} · version {}{} · {} · {} · {}", MarkdownText(pack_.id()), MarkdownText(pack_.version()),
                    pack_.license().empty() ? "" : " · " + MarkdownText(pack_.license()), Counted(pack_.questions_size(), "question"),
                    Counted(pack_.roles_size(), "role"), Counted(pack_.formats_size(), "format")));
  const auto open = std::count_if(pack_.questions().begin(), pack_.questions().end(), [](const auto& q) { return !q.basis().validated(); });
  if (open > 0) {
    Block(fmt::format("> **Not validated for your job:** {} of {} rest on what their sources say. Record a basis of your own.", open,
                      Counted(pack_.questions_size(), "question")));
  }
  List(pack_.notes());
}

void Writer::Judging() {
  if (!pack_.competencies().empty()) {
    Heading(2, "What is judged");
    Row({"Competency", "Weight", "Threshold", "What it is", "Basis"});
    Line("|---|---:|---:|---|---|");
    for (const auto& one : pack_.competencies()) {
      Row({index_.Competency(one.id()), Percent(one.weight_basis_points()), Points(one.threshold_milli()), one.description(), BasisNotice(one.basis())});
    }
    Line("");
  }
  for (const auto& scale : pack_.scales()) {
    Heading(2, scale.display_name().empty() ? "The scale" : "The scale: " + scale.display_name());
    for (int i = scale.levels_size() - 1; i >= 0; --i) {
      const v1::ScaleLevel& level = scale.levels(i);
      Block(fmt::format("**{} · {}** {}", level.value(), MarkdownText(level.label()), MarkdownText(level.summary())));
      List(level.descriptors());
    }
    for (const std::string& guidance : scale.guidance()) Paragraph(guidance);
  }
  if (!pack_.policies().empty()) Heading(2, "How a decision is reached");
  for (const auto& policy : pack_.policies()) {
    Heading(3, index_.Policy(policy.id()));
    Paragraph(policy.description());
    Block(fmt::format("Strong hire from {}, hire from {}, no hire below {}, no category below {}.", Points(policy.strong_hire_bar_milli()),
                      Points(policy.hire_bar_milli()), Points(policy.no_hire_below_milli()), Points(policy.category_floor_milli())));
    Paragraph(BasisNotice(policy.basis()));
  }
}

void Writer::Roles() {
  if (!pack_.roles().empty()) Heading(2, "Roles");
  for (const auto& role : pack_.roles()) {
    Heading(3, index_.Role(role.id()));
    Paragraph(role.summary());
    LabelledList("Must have", role.must_haves());
    LabelledList("Red flags", role.red_flags());
    if (!role.critical_questions().empty()) Block("**Role-critical** " + Refs(role.critical_questions()));
    if (!role.focus_questions().empty()) Block("**Focus** " + Refs(role.focus_questions()));
  }
}

void Writer::Formats() {
  if (!pack_.formats().empty()) Heading(2, "Formats");
  for (const auto& format : pack_.formats()) {
    Heading(3, fmt::format("{} ({} min)", index_.Format(format.id()), format.minutes()));
    Paragraph(format.description());
    Row({"Clock", "Box", "Questions", "What to say and do"});
    Line("|---|---|---|---|");
    int clock = 0;
    for (const auto& slot : format.slots()) {
      std::vector<std::string> kinds;
      for (const int kind : slot.kinds()) kinds.push_back(PackIndex::Slug(Spoken(static_cast<v1::QuestionKind>(kind))));
      const std::string asked = slot.max_questions() == 0 ? "" : fmt::format("{} to {}: {}", slot.min_questions(), slot.max_questions(), Alternatives(kinds));
      Row({Clock(clock) + "–" + Clock(clock + slot.minutes()), slot.display_name().empty() ? slot.id() : slot.display_name(), asked, slot.script()});
      clock += slot.minutes();
    }
    Line("");
  }
  for (const auto& loop : pack_.loops()) {
    Heading(3, "Loop: " + loop.display_name());
    Paragraph(loop.description());
    int number = 0;
    for (const auto& round : loop.rounds()) {
      Line(fmt::format("{}. {}: {}, {}", ++number, MarkdownText(round.display_name()), MarkdownText(index_.Format(round.format())),
                       Counted(round.panel_size(), "interviewer")));
    }
    Line("");
  }
}

void Writer::Practice() {
  const auto groups = GroupFlags(pack_);
  if (!groups.empty()) Heading(2, "Flags and signals");
  for (const FlagGroup& group : groups) {
    Heading(3, group.title);
    for (const auto* flag : group.flags) Line(fmt::format("- **{}** {}", MarkdownText(flag->display_name()), MarkdownText(flag->description())));
    Line("");
  }
  if (!pack_.probing_techniques().empty()) Heading(2, "Probing");
  for (const auto& technique : pack_.probing_techniques()) {
    Line(fmt::format("- *{}* {}", MarkdownText(technique.phrase()), MarkdownText(technique.purpose())));
  }
  if (!pack_.probing_techniques().empty()) Line("");
  if (!pack_.hiring_checks().empty()) Heading(2, "Mistakes to check a plan for");
  for (const auto& check : pack_.hiring_checks()) {
    Line(fmt::format("{}. **{}** {} *{}*", check.number(), MarkdownText(check.display_name()), MarkdownText(check.description()), MarkdownText(check.remedy())));
  }
  if (!pack_.hiring_checks().empty()) Line("");
}

void Writer::Scorecard() {
  for (const auto& card : pack_.scorecard_templates()) {
    Heading(2, "Scorecard: " + card.display_name());
    Row({"Field", "What goes in"});
    Line("|---|---|");
    for (const auto& field : card.fields()) {
      std::vector<std::string> items;
      const bool flags = field.kind() == v1::SCORECARD_FIELD_KIND_FLAGS;
      for (const std::string& id : field.items()) items.push_back(flags ? index_.Flag(id) : index_.Competency(id));
      Row({field.display_name(), items.empty() ? field.help() : fmt::format("{} ({})", field.help(), fmt::join(items, "; "))});
    }
    Line("");
  }
}

void Writer::Vignettes() {
  if (!pack_.vignettes().empty()) Heading(2, "Calibration");
  for (const auto& vignette : pack_.vignettes()) {
    Heading(3, fmt::format("{}: {}", vignette.id(), index_.Competency(vignette.competency())));
    const auto* question = index_.Question(vignette.question());
    Block(Ref(vignette.question()) + (question == nullptr ? "" : ": " + MarkdownText(question->prompt())));
    Block("> " + MarkdownText(vignette.answer()));
    Block(fmt::format("**Agreed score {}** {}", vignette.score(), MarkdownText(vignette.why())));
  }
}

void Writer::Answers(const google::protobuf::RepeatedPtrField<v1::Exemplar>& exemplars) {
  std::vector<const v1::Exemplar*> order;
  for (const auto& exemplar : exemplars) order.push_back(&exemplar);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->score() > b->score(); });
  for (const auto* exemplar : order) {
    Block(fmt::format("**An answer that earns {}{}**", exemplar->score(), exemplar->buzzword() ? ", the words without the idea" : ""));
    Block("> " + MarkdownText(exemplar->text()));
    if (!exemplar->why().empty()) Block("*Why:* " + MarkdownText(exemplar->why()));
  }
}

void Writer::Question(const v1::QuestionContent& question) {
  Block(fmt::format("<a id=\"{0}\"></a>\n\n##### {1} {2}", PackIndex::Slug(question.id()), MarkdownText(question.id()), MarkdownText(question.prompt())));
  std::vector<std::string> facts{Spoken(question.level()), Spoken(question.kind()), index_.Competency(question.competency())};
  if (question.estimated_minutes() > 0) facts.push_back(fmt::format("{} min", question.estimated_minutes()));
  facts.push_back(question.source().document() + ' ' + question.source().ref());
  Block(MarkdownText(fmt::format("{}", fmt::join(facts, " · "))));
  Labelled("Situation.", question.scenario());
  Labelled("Listen for.", question.cue());
  if (!question.key_concepts().empty()) Block("**A strong answer covers**");
  for (const auto& key : question.key_concepts()) {
    Line(fmt::format("- {}{}{}", MarkdownText(key.text()), key.essential() ? " *(essential)*" : "", key.gloss().empty() ? "" : ": " + MarkdownText(key.gloss())));
  }
  if (!question.key_concepts().empty()) Line("");
  if (!question.probes().empty()) Block("**Follow up**");
  for (const auto& probe : question.probes()) {
    Line(fmt::format("- {}{}", MarkdownText(probe.text()), probe.purpose() == 0 ? "" : fmt::format(" *({})*", PackIndex::Slug(Spoken(probe.purpose())))));
  }
  if (!question.probes().empty()) Line("");
  Answers(question.exemplars());
  LabelledList("Red flags", question.red_flags());
  LabelledList("A stronger candidate", question.stronger());
  for (const auto& translation : question.translations()) {
    Block(fmt::format("**In language {}** {}", MarkdownText(translation.language_code()), MarkdownText(translation.prompt())));
    Paragraph(translation.scenario());
    Paragraph(translation.cue());
    for (const auto& probe : translation.probes()) Line("- " + MarkdownText(probe.text()));
    if (!translation.probes().empty()) Line("");
    Answers(translation.exemplars());
    List(translation.red_flags());
    List(translation.stronger());
  }
  Labelled("The field moves.", question.currency_note());
  std::vector<std::string> roles;
  for (const auto& role : question.roles()) roles.push_back(index_.Role(role.role()) + (role.critical() ? " (critical)" : ""));
  Labelled("Roles.", fmt::format("{}", fmt::join(roles, ", ")));
  std::vector<std::string> links;
  for (const auto& link : question.links()) links.push_back(Ref(link.question()));
  if (!links.empty()) Block(fmt::format("**Related** {}", fmt::join(links, " ")));
  Labelled("Why it may be asked.", question.basis().job_task());
}

void Writer::Questions() {
  Heading(2, "Questions");
  for (const IndexedPart& part : index_.parts()) {
    Heading(3, part.name);
    for (const IndexedSection& section : part.sections) {
      if (!section.name.empty()) Heading(4, section.name);
      if (section.guidance != nullptr) Block("> " + MarkdownText(section.guidance->text()));
      for (const auto* question : section.questions) Question(*question);
    }
  }
}

std::string Writer::Run() {
  Cover();
  Judging();
  Roles();
  Formats();
  Practice();
  Scorecard();
  Vignettes();
  Questions();
  while (out_.size() > 1 && out_[out_.size() - 2] == '\n') out_.pop_back();
  return std::move(out_);
}

}  // namespace

std::string RenderPackMarkdown(const v1::Pack& pack) { return Writer(pack).Run(); }

std::string MarkdownText(std::string_view text) {
  std::string out;
  for (const MathPiece& piece : SplitMath(text)) {
    // Within a line; a blank line would end whatever the text stands in.
    std::string one = Presentable(piece.text);
    std::replace(one.begin(), one.end(), '\n', ' ');
    std::replace(one.begin(), one.end(), '\t', ' ');
    if (piece.maths) {
      // A "<" could begin a tag for a reader that knows no formulas; a "|" would end a table's cell.
      out += '$';
      for (const char c : one) out += c == '<' ? std::string("\\lt ") : c == '|' ? std::string("\\vert ") : c == '`' ? std::string() : std::string(1, c);
      out += '$';
      continue;
    }
    for (const char c : one) {
      // Signs that are markup anywhere, and those that are at the beginning of a line.
      const bool starts = out.empty() && std::string_view("#+->=").find(c) != std::string_view::npos;
      const bool numbers = (c == '.' || c == ')') && !out.empty() && out.find_first_not_of("0123456789") == std::string::npos;
      if (starts || numbers || std::string_view("\\`*_[]|~$").find(c) != std::string_view::npos) out += '\\';
      out += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
  }
  return out;
}

}  // namespace assay::bank
