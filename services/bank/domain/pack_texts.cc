#include "services/bank/domain/pack_texts.h"

#include <fmt/format.h>

namespace assay::bank {
namespace {

// Visits texts below one path in one language.
class Walk {
 public:
  Walk(std::string path, const std::string& language, const TextVisitor& visit)
      : path_(std::move(path)), language_(language), visit_(visit) {}

  void Text(const std::string& field, const std::string& text, bool spoken = false) const {
    if (!text.empty()) visit_({path_ + field, text, spoken, language_});
  }
  template <typename List>
  void Texts(const char* field, const List& list) const {
    for (int i = 0; i < list.size(); ++i) Text(fmt::format("{}[{}]", field, i), list.Get(i));
  }
  // What a question and its translations have in common.
  template <typename Content>
  void Words(const Content& content) const {
    Text("prompt", content.prompt(), true);
    Text("scenario", content.scenario(), true);
    Text("cue", content.cue());
    for (int i = 0; i < content.probes_size(); ++i) Text(fmt::format("probes[{}].text", i), content.probes(i).text(), true);
    for (int i = 0; i < content.exemplars_size(); ++i) {
      Text(fmt::format("exemplars[{}].text", i), content.exemplars(i).text());
      Text(fmt::format("exemplars[{}].why", i), content.exemplars(i).why());
    }
    Texts("red_flags", content.red_flags());
    Texts("stronger", content.stronger());
  }

 private:
  const std::string path_;
  const std::string& language_;
  const TextVisitor& visit_;
};

}  // namespace

void ForEachText(const v1::QuestionContent& question, const TextVisitor& visit) {
  const Walk walk("", question.language_code(), visit);
  walk.Words(question);
  for (int i = 0; i < question.key_concepts_size(); ++i) {
    walk.Text(fmt::format("key_concepts[{}].text", i), question.key_concepts(i).text());
    walk.Text(fmt::format("key_concepts[{}].gloss", i), question.key_concepts(i).gloss());
  }
  walk.Text("currency_note", question.currency_note());
  for (int i = 0; i < question.translations_size(); ++i) {
    Walk(fmt::format("translations[{}].", i), question.translations(i).language_code(), visit).Words(question.translations(i));
  }
}

void ForEachCatalogueText(const v1::Pack& pack, const TextVisitor& visit) {
  const std::string& language = pack.language_code();
  const auto at = [&](const char* collection, const std::string& id) {
    return Walk(fmt::format("{}/{}.", collection, id), language, visit);
  };
  const Walk top("", language, visit);
  top.Text("description", pack.description());
  top.Texts("notes", pack.notes());
  for (const auto& competency : pack.competencies()) at("competencies", competency.id()).Text("description", competency.description());
  for (const auto& scale : pack.scales()) {
    const Walk walk = at("scales", scale.id());
    walk.Texts("guidance", scale.guidance());
    for (const auto& level : scale.levels()) {
      walk.Text(fmt::format("levels[{}].summary", level.value()), level.summary());
      walk.Texts(fmt::format("levels[{}].descriptors", level.value()).c_str(), level.descriptors());
    }
  }
  for (const auto& role : pack.roles()) {
    const Walk walk = at("roles", role.id());
    walk.Text("summary", role.summary());
    walk.Texts("must_haves", role.must_haves());
    walk.Texts("red_flags", role.red_flags());
  }
  for (const auto& format : pack.formats()) {
    const Walk walk = at("formats", format.id());
    walk.Text("description", format.description());
    for (const auto& slot : format.slots()) walk.Text(fmt::format("slots[{}].script", slot.id()), slot.script(), true);
  }
  for (const auto& loop : pack.loops()) at("loops", loop.id()).Text("description", loop.description());
  for (const auto& policy : pack.policies()) at("policies", policy.id()).Text("description", policy.description());
  for (const auto& flag : pack.flags()) at("flags", flag.id()).Text("description", flag.description());
  for (const auto& technique : pack.probing_techniques()) {
    const Walk walk = at("probing_techniques", technique.id());
    walk.Text("phrase", technique.phrase(), true);
    walk.Text("purpose", technique.purpose());
  }
  for (const auto& card : pack.scorecard_templates()) {
    for (const auto& field : card.fields()) {
      at("scorecard_templates", card.id()).Text(fmt::format("fields[{}].help", field.id()), field.help());
    }
  }
  for (const auto& vignette : pack.vignettes()) {
    const Walk walk = at("vignettes", vignette.id());
    walk.Text("answer", vignette.answer());
    walk.Text("why", vignette.why());
  }
  for (const auto& check : pack.hiring_checks()) {
    const Walk walk = at("hiring_checks", check.id());
    walk.Text("description", check.description());
    walk.Text("remedy", check.remedy());
  }
  for (const auto& guidance : pack.section_guidance()) at("section_guidance", guidance.id()).Text("text", guidance.text());
}

}  // namespace assay::bank
