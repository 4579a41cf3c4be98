#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "assay/bank/templates.h"
#include "services/bank/domain/yaml_names.h"
#include "services/bank/render/pack_page.h"

namespace assay::bank {
namespace {

using runtime::Add;
using runtime::AddText;
using runtime::Markup;
using runtime::Set;
using runtime::TemplateDictionary;

void AddFacts(const v1::QuestionContent& question, const PackPage& page, TemplateDictionary& article) {
  const auto fact = [&](const std::string& text) { AddText(article, "FACT", text); };
  fact(Spoken(question.level()));
  fact(Spoken(question.kind()));
  fact(page.index.Competency(question.competency()));
  if (question.estimated_minutes() > 0) fact(fmt::format("{} min", question.estimated_minutes()));
  if (question.story() != v1::STORY_KIND_UNSPECIFIED) fact(fmt::format("asks for a story of {}", question.story() == v1::STORY_KIND_FAILURE ? "failure" : "improvement"));
  if (!question.source().ref().empty()) fact(fmt::format("{} {}", question.source().document(), question.source().ref()));
  std::vector<std::string> critical, relevant;
  std::string ids;
  for (const v1::RoleRelevance& role : question.roles()) {
    ids += (ids.empty() ? "" : " ") + role.role();
    relevant.push_back(page.index.Role(role.role()));
    if (role.critical()) critical.push_back(page.index.Role(role.role()));
  }
  for (const std::string& name : critical) AddText(article, "CRITICAL", name);
  AddText(article, "ROLES", fmt::format("{}", fmt::join(relevant, ", ")));
  Set(article, "ROLE_IDS", ids);
}

void AddAnswers(const google::protobuf::RepeatedPtrField<v1::Exemplar>& exemplars, const PackPage& page, TemplateDictionary& article) {
  if (exemplars.empty()) return;
  std::vector<const v1::Exemplar*> order;
  for (const v1::Exemplar& exemplar : exemplars) order.push_back(&exemplar);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->score() > b->score(); });
  std::vector<std::string> scores;
  for (const v1::Exemplar* exemplar : order) scores.push_back(std::to_string(exemplar->score()));
  TemplateDictionary& answers = Add(article, "ANSWERS");
  Set(answers, "TITLE", fmt::format("Answers that earn {}", Alternatives(scores)));
  for (const v1::Exemplar* exemplar : order) {
    TemplateDictionary& item = Add(answers, "ITEM");
    Set(item, "SCORE", std::to_string(exemplar->score()));
    Set(item, "LABEL", page.LabelOf(exemplar->score()));
    Set(item, "TONE", ToneOfScore(exemplar->score()));
    Set(item, "TEXT", page.Html(exemplar->text()));
    AddText(item, "WHY", page.Html(exemplar->why()));
    if (exemplar->buzzword()) item.ShowSection("BUZZWORD");
  }
}

void AddTranslations(const v1::QuestionContent& question, const PackPage& page, TemplateDictionary& article) {
  for (const v1::QuestionTranslation& translation : question.translations()) {
    TemplateDictionary& entry = Add(article, "TRANSLATION");
    Set(entry, "LANGUAGE", translation.language_code());
    Set(entry, "TITLE", fmt::format("In language {}", translation.language_code()));
    Set(entry, "PROMPT", page.Html(translation.prompt()));
    const auto item = [&](const std::string& name, const std::string& text) {
      if (text.empty()) return;
      TemplateDictionary& line = Add(entry, "ITEM");
      Set(line, "NAME", name);
      Set(line, "TEXT", page.Html(text));
    };
    item("Situation", translation.scenario());
    item("Listen for", translation.cue());
    for (const v1::Probe& probe : translation.probes()) item("Follow up", probe.text());
    for (const v1::Exemplar& exemplar : translation.exemplars()) item(fmt::format("Answer that earns {}", exemplar.score()), exemplar.text());
    for (const std::string& flag : translation.red_flags()) item("Red flag", flag);
    for (const std::string& stronger : translation.stronger()) item("A stronger candidate", stronger);
  }
}

void AddFoot(const v1::QuestionContent& question, const PackPage& page, TemplateDictionary& article) {
  AddText(article, "CURRENCY", page.Html(question.currency_note()));
  if (!question.links().empty()) {
    TemplateDictionary& links = Add(article, "LINKS");
    for (const v1::QuestionLink& link : question.links()) {
      TemplateDictionary& entry = Add(links, "LINK");
      Set(entry, "ID", link.question());
      Set(entry, "RELATION", link.relation() == v1::QUESTION_RELATION_HARDER_VARIANT_OF   ? "this one is harder"
                             : link.relation() == v1::QUESTION_RELATION_EASIER_VARIANT_OF ? "this one is easier"
                                                                                          : "near it");
    }
  }
  std::string basis = question.basis().job_task();
  const std::string notice = BasisNotice(question.basis());
  if (!notice.empty()) basis += (basis.empty() ? "" : ". ") + notice;
  AddText(article, "BASIS", basis);
}

}  // namespace

std::string QuestionArticle(const v1::QuestionContent& question, const PackPage& page) {
  TemplateDictionary article("pack_question");
  Set(article, "ID", question.id());
  Set(article, "COMPETENCY_ID", question.competency());
  Set(article, "LEVEL_ID", PackIndex::Slug(Spoken(question.level())));
  Set(article, "KIND_ID", PackIndex::Slug(Spoken(question.kind())));
  const std::string& language = question.language_code().empty() ? page.pack().language_code() : question.language_code();
  if (!language.empty() && language != "en") AddText(article, "LANGUAGE", language);
  AddFacts(question, page, article);
  Set(article, "PROMPT", page.Html(question.prompt()));
  AddText(article, "SCENARIO", page.Html(question.scenario()));
  AddText(article, "CUE", page.Html(question.cue()));
  if (!question.key_concepts().empty()) {
    TemplateDictionary& concepts = Add(article, "CONCEPTS");
    for (const v1::KeyConcept& key : question.key_concepts()) {
      TemplateDictionary& item = Add(concepts, "ITEM");
      Set(item, "TEXT", page.Html(key.text()));
      AddText(item, "GLOSS", page.Html(key.gloss()));
      if (!key.essential()) continue;
      item.ShowSection("ESSENTIAL");
      item.ShowSection("KEY");
    }
  }
  if (!question.probes().empty()) {
    TemplateDictionary& probes = Add(article, "PROBES");
    for (const v1::Probe& probe : question.probes()) {
      TemplateDictionary& item = Add(probes, "ITEM");
      Set(item, "TEXT", page.Html(probe.text()));
      AddText(item, "PURPOSE", probe.purpose() == v1::PROBE_PURPOSE_DEEPER       ? "one level deeper"
                               : probe.purpose() == v1::PROBE_PURPOSE_LIVED      ? "lived or learnt"
                               : probe.purpose() == v1::PROBE_PURPOSE_UNEXPECTED ? "a twist"
                                                                                 : "");
    }
  }
  AddAnswers(question.exemplars(), page, article);
  if (!question.red_flags().empty() || !question.stronger().empty()) {
    TemplateDictionary& pair = Add(article, "PAIR");
    AddProse(pair, "RED", question.red_flags(), page);
    AddProse(pair, "STRONGER", question.stronger(), page);
  }
  AddTranslations(question, page, article);
  AddFoot(question, page, article);
  return runtime::ExpandTemplate("pack_question", kPackQuestionTemplate, article).value();
}

}  // namespace assay::bank
