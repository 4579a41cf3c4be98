#include "services/bank/render/pack_html.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include "assay/bank/templates.h"
#include "services/bank/domain/pack_texts.h"
#include "services/bank/domain/yaml_names.h"
#include "services/bank/render/pack_page.h"
#include "services/runtime/base/ids.h"

namespace assay::bank {
namespace {

using runtime::Add;
using runtime::AddText;
using runtime::Set;
using runtime::TemplateDictionary;

void AddToc(const PackPage& page, TemplateDictionary& dictionary) {
  const v1::Pack& pack = page.pack();
  const auto add = [&](bool present, const char* anchor, const char* name) {
    if (!present) return;
    TemplateDictionary& line = Add(dictionary, "TOC");
    Set(line, "ANCHOR", anchor);
    Set(line, "NAME", name);
  };
  add(!pack.competencies().empty(), "competencies", "What is judged");
  add(page.scale() != nullptr, "scale", "The scale");
  add(!pack.roles().empty(), "roles", "Roles");
  add(!pack.formats().empty(), "formats", "Formats");
  add(!pack.policies().empty(), "policies", "How a decision is reached");
  add(!pack.flags().empty(), "flags", "Flags and signals");
  add(!pack.probing_techniques().empty(), "probing", "Probing");
  add(!pack.hiring_checks().empty(), "checks", "Mistakes to check for");
  add(!pack.scorecard_templates().empty(), "scorecard", "Scorecard");
  add(!pack.vignettes().empty(), "vignettes", "Calibration");
  TemplateDictionary& questions = Add(dictionary, "TOC");
  Set(questions, "ANCHOR", "questions");
  Set(questions, "NAME", "Questions");
  if (page.index.parts().empty()) return;
  TemplateDictionary& parts = Add(questions, "PARTS");
  for (const IndexedPart& part : page.index.parts()) {
    TemplateDictionary& line = Add(parts, "PART");
    Set(line, "ANCHOR", "part-" + PackIndex::Slug(part.name));
    Set(line, "NAME", part.name);
  }
}

void AddVignettes(const PackPage& page, TemplateDictionary& dictionary) {
  if (page.pack().vignettes().empty()) return;
  TemplateDictionary& section = Add(dictionary, "VIGNETTES");
  for (const v1::Vignette& vignette : page.pack().vignettes()) {
    TemplateDictionary& entry = Add(section, "VIGNETTE");
    Set(entry, "ID", vignette.id());
    Set(entry, "COMPETENCY", page.index.Competency(vignette.competency()));
    Set(entry, "QUESTION", vignette.question());
    if (const auto* question = page.index.Question(vignette.question())) Set(entry, "PROMPT", page.Html(question->prompt()));
    Set(entry, "ANSWER", page.Html(vignette.answer()));
    Set(entry, "SCORE", std::to_string(vignette.score()));
    Set(entry, "LABEL", page.LabelOf(vignette.score()));
    Set(entry, "TONE", ToneOfScore(vignette.score()));
    Set(entry, "WHY", page.Html(vignette.why()));
  }
}

// One drop-down: its options in order, with the number of questions each shows.
class Filter {
 public:
  Filter(const char* field, const char* name) : field_(field), name_(name) {}

  void Option(const std::string& id, const std::string& name) { options_.push_back({id, name}); }
  void Count(const std::string& id) { ++counts_[id]; }
  // Counts for every option.
  void CountAny() { ++any_; }

  void AddTo(TemplateDictionary& dictionary) const {
    TemplateDictionary& filter = Add(dictionary, "FILTER");
    Set(filter, "FIELD", field_);
    Set(filter, "NAME", name_);
    for (const auto& [id, name] : options_) {
      const auto found = counts_.find(id);
      const int count = any_ + (found == counts_.end() ? 0 : found->second);
      if (count == 0) continue;
      TemplateDictionary& option = Add(filter, "OPTION");
      Set(option, "ID", id);
      Set(option, "NAME", name);
      Set(option, "N", std::to_string(count));
    }
  }

 private:
  const char* field_;
  const char* name_;
  std::vector<std::pair<std::string, std::string>> options_;
  std::map<std::string, int> counts_;
  int any_ = 0;
};

void AddFilters(const PackPage& page, TemplateDictionary& dictionary) {
  const v1::Pack& pack = page.pack();
  Filter roles("role", "Role"), competencies("competency", "Competency"), levels("level", "Level"), kinds("kind", "Kind");
  for (const auto& role : pack.roles()) roles.Option(role.id(), page.index.Role(role.id()));
  for (const auto& competency : pack.competencies()) competencies.Option(competency.id(), page.index.Competency(competency.id()));
  for (int value = v1::Level_MIN; value <= v1::Level_MAX; ++value) {
    const auto level = static_cast<v1::Level>(value);
    if (value != 0) levels.Option(ShortEnumName(*v1::Level_descriptor()->FindValueByNumber(value)), Spoken(level));
  }
  for (int value = v1::QuestionKind_MIN; value <= v1::QuestionKind_MAX; ++value) {
    const auto kind = static_cast<v1::QuestionKind>(value);
    if (value != 0) kinds.Option(ShortEnumName(*v1::QuestionKind_descriptor()->FindValueByNumber(value)), Spoken(kind));
  }
  const int shown = std::min(pack.questions_size(), kMaxHtmlQuestions);
  for (int i = 0; i < shown; ++i) {
    const v1::QuestionContent& question = pack.questions(i);
    if (question.roles().empty()) roles.CountAny();
    for (const auto& role : question.roles()) roles.Count(role.role());
    competencies.Count(question.competency());
    levels.Count(PackIndex::Slug(Spoken(question.level())));
    kinds.Count(PackIndex::Slug(Spoken(question.kind())));
  }
  for (const Filter* filter : {&roles, &competencies, &levels, &kinds}) filter->AddTo(dictionary);
}

void AddQuestions(const PackPage& page, TemplateDictionary& dictionary) {
  const int total = page.pack().questions_size();
  if (total > kMaxHtmlQuestions) {
    AddText(dictionary, "LEFT_OUT", fmt::format("The first {} of {} are on this page. Export with a filter to see the others.", kMaxHtmlQuestions,
                                                Counted(total, "question")));
  }
  Set(dictionary, "TOTAL", Counted(std::min(total, kMaxHtmlQuestions), "question"));
  int left = kMaxHtmlQuestions;
  for (const IndexedPart& part : page.index.parts()) {
    if (left == 0) break;
    TemplateDictionary& entry = Add(dictionary, "PART");
    Set(entry, "ANCHOR", "part-" + PackIndex::Slug(part.name));
    Set(entry, "NAME", part.name);
    for (const IndexedSection& section : part.sections) {
      if (left == 0) break;
      TemplateDictionary& chapter = Add(entry, "CHAPTER");
      AddText(chapter, "HEADING", section.name);
      if (section.guidance != nullptr) AddText(chapter, "ADVICE", page.Html(section.guidance->text()));
      runtime::Markup articles;
      for (const v1::QuestionContent* question : section.questions) {
        if (left == 0) break;
        --left;
        articles.html += QuestionArticle(*question, page);
      }
      Set(chapter, "QUESTIONS", articles);
    }
  }
}

}  // namespace

const v1::Scale* PackPage::scale() const {
  for (const v1::Scale& scale : pack().scales()) {
    if (scale.id() == pack().default_scale()) return &scale;
  }
  return pack().scales().empty() ? nullptr : &pack().scales(0);
}

std::string PackPage::LabelOf(int score) const {
  if (const v1::Scale* levels = scale()) {
    for (const v1::ScaleLevel& level : levels->levels()) {
      if (level.value() == score) return level.label();
    }
  }
  return "";
}

const char* ToneOfScore(int score) { return score >= 4 ? "hire" : score == 3 ? "hold" : "nohire"; }

void AddProse(TemplateDictionary& parent, const char* section, const google::protobuf::RepeatedPtrField<std::string>& items, const PackPage& page) {
  if (items.empty()) return;
  TemplateDictionary& list = Add(parent, section);
  for (const std::string& item : items) AddText(list, "ITEM", page.Html(item));
}

std::string RenderPackHtml(const v1::Pack& pack, const MathConverter& convert) {
  std::vector<std::string_view> texts;
  const auto collect = [&](const PackText& text) { texts.push_back(text.text); };
  ForEachCatalogueText(pack, collect);
  const PackIndex index(pack);
  for (const v1::QuestionContent& question : pack.questions()) {
    if (texts.size() > 100u * kMaxHtmlQuestions) break;
    ForEachText(question, collect);
  }
  const MathText shown(texts, convert);
  const PackPage page{index, shown};
  TemplateDictionary dictionary("pack_catalogue");
  Set(dictionary, "TITLE", pack.display_name() + " " + pack.version());
  Set(dictionary, "SCRIPT", runtime::Markup{kPackCatalogueScript});
  Set(dictionary, "SCRIPT_HASH", runtime::Markup{absl::Base64Escape(runtime::Sha256(kPackCatalogueScript))});
  AddToc(page, dictionary);
  AddChapters(page, dictionary);
  AddVignettes(page, dictionary);
  AddFilters(page, dictionary);
  AddQuestions(page, dictionary);
  // A template of ours that does not expand is a fault of the program, not of the pack.
  return Presentable(runtime::ExpandTemplate("pack_catalogue", kPackCatalogueTemplate, dictionary).value());
}

}  // namespace assay::bank
