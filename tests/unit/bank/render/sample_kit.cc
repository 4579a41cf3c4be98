#include "tests/unit/bank/render/sample_kit.h"

#include <algorithm>
#include <set>

namespace assay::bank {

void AddQuestion(const v1::QuestionContent& content, v1::KitSlot& slot, SampleKit& sample) {
  v1::KitQuestion& question = *slot.add_questions();
  question.set_question("questions/" + content.id() + "@3");
  question.set_competency(content.competency());
  question.set_prompt(content.prompt());
  question.set_scenario(content.scenario());
  question.set_minutes(content.estimated_minutes());
  question.set_why("covers " + content.competency() + ", least asked of its section");
  question.set_kind(content.kind());
  question.set_level(content.level());
  question.set_cue(content.cue());
  *question.mutable_probes() = content.probes();
  question.set_section(content.section());
  question.set_story(content.story());
  sample.contents[question.question()] = content;
}

SampleKit KitOfPack(const v1::Pack& pack, const std::string& role, v1::Level level) {
  SampleKit sample;
  v1::Kit& kit = sample.kit;
  kit.set_name("kits/0193c2a4-7b1e-7f00-8000-0000000000aa");
  kit.set_role(role);
  kit.set_level(level);
  kit.set_format(pack.default_format());
  kit.set_seed(42);
  kit.set_policy("policies/ai-engineer@1");
  kit.set_content_hash(std::string(64, 'c'));
  kit.mutable_create_time()->set_seconds(1'795'000'000);
  std::set<std::string> used;
  for (const v1::Format& format : pack.formats()) {
    if (format.id() != pack.default_format()) continue;
    kit.set_minutes(format.minutes());
    *kit.mutable_overall_competencies() = format.overall_competencies();
    for (const v1::FormatSlot& wanted : format.slots()) {
      v1::KitSlot& slot = *kit.add_slots();
      slot.set_id(wanted.id());
      slot.set_display_name(wanted.display_name());
      slot.set_minutes(wanted.minutes());
      slot.set_script(wanted.script());
      for (const v1::QuestionContent& content : pack.questions()) {
        if (slot.questions_size() == wanted.min_questions()) break;
        const bool fits = std::find(wanted.kinds().begin(), wanted.kinds().end(), content.kind()) != wanted.kinds().end();
        const bool for_role = std::any_of(content.roles().begin(), content.roles().end(), [&](const auto& one) { return one.role() == role; });
        if (!fits || !for_role || content.level() != level || !used.insert(content.id()).second) continue;
        AddQuestion(content, slot, sample);
      }
    }
  }
  v1::KitFinding& finding = *kit.add_findings();
  finding.set_check("applied-work");
  finding.set_message("Nothing in this kit asks about applied work; ask for a case in one of the stories.");
  return sample;
}

}  // namespace assay::bank
