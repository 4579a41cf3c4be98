#include "services/bank/render/kit_sheet.h"

#include <algorithm>

#include <absl/time/time.h>
#include <fmt/format.h>

#include "services/bank/domain/kit_words.h"
#include "services/bank/render/pack_index.h"

namespace assay::bank {
namespace {

// The translation whose words an interviewer reads who asks for `language`; null where it is the question's own.
const v1::QuestionTranslation* TranslationInto(const v1::QuestionContent& content, const std::string& language) {
  const std::string chosen = WordsIn(content, language).language;
  for (const v1::QuestionTranslation& translation : content.translations()) {
    if (translation.language_code() == chosen) return &translation;
  }
  return nullptr;
}

using Exemplars = google::protobuf::RepeatedPtrField<v1::Exemplar>;

// One anchor for the top, the middle and the bottom of the scale.
std::vector<KitSheet::Anchor> AnchorsOf(const Exemplars& exemplars, const std::map<int, std::string>& labels) {
  const v1::Exemplar* chosen[3] = {};
  for (const v1::Exemplar& exemplar : exemplars) {
    const int band = exemplar.score() >= 5 ? 0 : exemplar.score() >= 3 ? 1 : 2;
    // Of the middle a 3 rather than a 4.
    if (chosen[band] == nullptr || (band == 1 && exemplar.score() == 3 && chosen[band]->score() != 3)) chosen[band] = &exemplar;
  }
  std::vector<KitSheet::Anchor> anchors;
  for (const v1::Exemplar* exemplar : chosen) {
    if (exemplar == nullptr) continue;
    const auto label = labels.find(exemplar->score());
    anchors.push_back({exemplar->score(), label == labels.end() ? "" : label->second, exemplar->text(), exemplar->why()});
  }
  return anchors;
}

std::vector<std::string> ToVector(const google::protobuf::RepeatedPtrField<std::string>& list) { return {list.begin(), list.end()}; }

std::string PurposeOf(v1::ProbePurpose purpose) {
  switch (purpose) {
    case v1::PROBE_PURPOSE_DEEPER: return "deeper";
    case v1::PROBE_PURPOSE_LIVED: return "lived or learnt";
    case v1::PROBE_PURPOSE_UNEXPECTED: return "a twist";
    default: return "";
  }
}

class Layout {
 public:
  Layout(const v1::Kit& kit, const v1::Pack& catalogue, const std::map<std::string, v1::QuestionContent>& contents)
      : kit_(kit), catalogue_(catalogue), index_(catalogue), contents_(contents) {}

  KitSheet Run() {
    KitSheet sheet;
    const std::string format = index_.Format(kit_.format());
    sheet.title = format.empty() ? "Interview kit" : format;
    sheet.subtitle = fmt::format("{} · {} · {} min", index_.Role(kit_.role()), Spoken(kit_.level()), kit_.minutes());
    sheet.language = kit_.language_code().empty() ? "en" : kit_.language_code();
    sheet.minutes = kit_.minutes();
    sheet.create_time = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(kit_.create_time().seconds()), absl::UTCTimeZone());
    AddFacts(sheet);
    AddScale(sheet);
    for (const v1::KitFinding& finding : kit_.findings()) sheet.findings.push_back(finding.message());
    int from = 0;
    for (const v1::KitSlot& slot : kit_.slots()) {
      KitSheet::Box box{.name = slot.display_name().empty() ? slot.id() : slot.display_name(), .minutes = slot.minutes(), .from = from, .script = slot.script(), .questions = {}};
      for (const v1::KitQuestion& question : slot.questions()) box.questions.push_back(LayOut(question));
      from += slot.minutes();
      sheet.boxes.push_back(std::move(box));
    }
    for (const std::string& id : kit_.overall_competencies()) sheet.overall.push_back(index_.Competency(id));
    AddCard(sheet);
    return sheet;
  }

 private:
  void AddFacts(KitSheet& sheet) const {
    const auto add = [&](const char* name, const std::string& value) {
      if (!value.empty()) sheet.facts.emplace_back(name, value);
    };
    add("Kit", kit_.name());
    add("Seed", std::to_string(kit_.seed()));
    add("Policy", kit_.policy());
    add("Requisition", kit_.requisition());
    add("Plan", kit_.plan());
    add("Language", kit_.language_code());
    if (kit_.has_create_time()) add("Assembled", sheet.create_time);
    add("Content", kit_.content_hash().substr(0, 16));
  }

  void AddScale(KitSheet& sheet) {
    const v1::Scale* scale = catalogue_.scales().empty() ? nullptr : &catalogue_.scales(0);
    for (const v1::Scale& one : catalogue_.scales()) {
      if (one.id() == catalogue_.default_scale()) scale = &one;
    }
    if (scale != nullptr) {
      for (const v1::ScaleLevel& level : scale->levels()) sheet.scale.emplace_back(level.value(), level.label());
    } else {
      for (int value = 1; value <= 5; ++value) sheet.scale.emplace_back(value, "");
    }
    labels_ = {sheet.scale.begin(), sheet.scale.end()};
  }

  KitSheet::Question LayOut(const v1::KitQuestion& in) {
    KitSheet::Question out;
    out.number = ++number_;
    out.id = in.question().substr(in.question().find('/') + 1);
    out.prompt = in.prompt();
    out.scenario = in.scenario();
    std::vector<std::string> facts{index_.Competency(in.competency()), Spoken(in.kind()), Spoken(in.level())};
    if (in.minutes() > 0) facts.push_back(fmt::format("{} min", in.minutes()));
    if (in.story() != v1::STORY_KIND_UNSPECIFIED) facts.push_back(fmt::format("a story of {}", in.story() == v1::STORY_KIND_FAILURE ? "failure" : "improvement"));
    if (in.anchor()) facts.push_back("anchor of every form");
    std::erase(facts, "");
    out.facts = fmt::format("{}", fmt::join(facts, " · "));
    out.why = in.why();
    out.cue = in.cue();
    out.critical = in.role_critical();
    out.language = in.language_code();
    for (const v1::Probe& probe : in.probes()) out.probes.emplace_back(PurposeOf(probe.purpose()), probe.text());
    const auto found = contents_.find(in.question());
    if (found == contents_.end()) return out;
    const v1::QuestionContent& content = found->second;
    const v1::QuestionTranslation* translation = TranslationInto(content, kit_.language_code());
    out.anchors = AnchorsOf(translation != nullptr && !translation->exemplars().empty() ? translation->exemplars() : content.exemplars(), labels_);
    out.red_flags = ToVector(translation != nullptr && !translation->red_flags().empty() ? translation->red_flags() : content.red_flags());
    if (out.scenario.empty()) out.scenario = WordsIn(content, kit_.language_code()).scenario;
    for (const v1::KeyConcept& key : content.key_concepts()) out.concepts.push_back({key.text(), key.essential()});
    return out;
  }

  void AddCard(KitSheet& sheet) const {
    const v1::ScorecardTemplate* card = catalogue_.scorecard_templates().empty() ? nullptr : &catalogue_.scorecard_templates(0);
    sheet.card_title = card == nullptr || card->display_name().empty() ? "Scorecard" : card->display_name();
    if (card == nullptr) {
      for (const char* name : {"Candidate", "Interviewer", "Date"}) sheet.card.push_back({name, "", v1::SCORECARD_FIELD_KIND_TEXT, 1, {}});
      sheet.card.push_back({"Strengths", "", v1::SCORECARD_FIELD_KIND_LIST, 3, {}});
      sheet.card.push_back({"Concerns", "", v1::SCORECARD_FIELD_KIND_LIST, 3, {}});
      sheet.card.push_back({"Recommendation", "", v1::SCORECARD_FIELD_KIND_RECOMMENDATION, 0, Recommendations()});
      sheet.card.push_back({"Notes", "", v1::SCORECARD_FIELD_KIND_TEXT, 5, {}});
      return;
    }
    for (const v1::ScorecardField& field : card->fields()) {
      // What is computed nobody writes by hand.
      if (field.kind() == v1::SCORECARD_FIELD_KIND_COMPUTED) continue;
      KitSheet::Field out{field.display_name().empty() ? field.id() : field.display_name(), field.help(), field.kind(), 0, {}};
      for (const std::string& id : field.items()) {
        out.items.push_back(field.kind() == v1::SCORECARD_FIELD_KIND_FLAGS ? index_.Flag(id) : index_.Competency(id));
      }
      if (field.kind() == v1::SCORECARD_FIELD_KIND_RECOMMENDATION) out.items = Recommendations();
      if (field.kind() == v1::SCORECARD_FIELD_KIND_LIST) out.lines = std::clamp(field.lines(), 1, 20);
      if (field.kind() == v1::SCORECARD_FIELD_KIND_TEXT) out.lines = 5;
      if (field.kind() == v1::SCORECARD_FIELD_KIND_DATE || field.kind() == v1::SCORECARD_FIELD_KIND_REFERENCE) out.lines = 1;
      // Asked for once is enough: an area of the card is rated there.
      if (field.kind() == v1::SCORECARD_FIELD_KIND_AREA_SCORES) {
        std::erase_if(sheet.overall, [&](const std::string& name) { return std::count(out.items.begin(), out.items.end(), name) > 0; });
      }
      sheet.card.push_back(std::move(out));
    }
  }

  static std::vector<std::string> Recommendations() { return {"Strong hire", "Hire", "Hire with level adjustment", "Hold, next round", "No hire"}; }

  const v1::Kit& kit_;
  const v1::Pack& catalogue_;
  const PackIndex index_;
  const std::map<std::string, v1::QuestionContent>& contents_;
  std::map<int, std::string> labels_;
  int number_ = 0;
};

}  // namespace

KitSheet LayOutKit(const v1::Kit& kit, const v1::Pack& catalogue, const std::map<std::string, v1::QuestionContent>& contents) {
  return Layout(kit, catalogue, contents).Run();
}

std::vector<std::string_view> TextsOf(const KitSheet& sheet) {
  std::vector<std::string_view> texts(sheet.findings.begin(), sheet.findings.end());
  for (const KitSheet::Box& box : sheet.boxes) {
    texts.push_back(box.script);
    for (const KitSheet::Question& question : box.questions) {
      for (const std::string* text : {&question.prompt, &question.scenario, &question.why, &question.cue}) texts.push_back(*text);
      for (const auto& [text, essential] : question.concepts) texts.push_back(text);
      for (const auto& [purpose, text] : question.probes) texts.push_back(text);
      for (const KitSheet::Anchor& anchor : question.anchors) {
        texts.push_back(anchor.text);
        texts.push_back(anchor.why);
      }
      texts.insert(texts.end(), question.red_flags.begin(), question.red_flags.end());
    }
  }
  for (const KitSheet::Field& field : sheet.card) texts.push_back(field.help);
  return texts;
}

}  // namespace assay::bank
