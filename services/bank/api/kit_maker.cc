#include "services/bank/api/kit_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "services/bank/api/question_reads.h"
#include "services/bank/domain/content_hash.h"
#include "services/bank/domain/kit_check.h"
#include "services/bank/domain/kit_words.h"
#include "services/bank/store/exposure_store.h"
#include "services/bank/store/kit_fact_store.h"
#include "services/bank/store/kit_store.h"
#include "services/bank/store/question_store.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/idempotency.h"

namespace assay::bank {

using runtime::RequestContext;
using runtime::ResultName;
using runtime::RevisionName;
using runtime::Tx;
using runtime::TxMode;
using runtime::WriteTx;

namespace {

absl::StatusOr<Kit> Chosen(const KitOrder& order, const KitCatalogue& catalogue) {
  if (order.check) RETURN_IF_ERROR(order.check(catalogue));
  std::vector<KitShortfall> shortfalls;
  absl::StatusOr<Kit> chosen = order.choose(catalogue, &shortfalls);
  if (!chosen.ok()) return ToKitError(chosen.status(), order.role, catalogue, shortfalls);
  return chosen;
}

}  // namespace

std::vector<RevisionName> PicksOf(const Kit& kit) {
  std::vector<RevisionName> names;
  for (const KitSlot& slot : kit.slots) {
    for (const KitPick& pick : slot.picks) names.push_back({pick.question, pick.revision});
  }
  return names;
}

std::vector<std::string> IdsOf(const std::vector<RevisionName>& names) {
  std::vector<std::string> ids;
  for (const RevisionName& name : names) ids.push_back(name.id);
  return ids;
}

absl::StatusOr<RevisionName> ParseQuestionReference(std::string_view text) {
  if (text.rfind("questions/", 0) == 0) text.remove_prefix(sizeof("questions/") - 1);
  ASSIGN_OR_RETURN(RevisionName name, runtime::ParseRevision(text));
  if (!runtime::IsIdentifier(name.id)) return absl::InvalidArgumentError("no question id");
  return name;
}

void CheckLanguage(const std::string& field, const std::string& tag, runtime::Violations& violations) {
  if (!tag.empty() && !IsLanguageTag(tag)) violations.Add(field, "must be a language tag such as \"de\" or \"pt-BR\"");
}

absl::Status ToKitError(const absl::Status& status, const std::string& role, const KitCatalogue& catalogue,
                        const std::vector<KitShortfall>& shortfalls) {
  const std::string message(status.message());
  switch (status.code()) {
    case absl::StatusCode::kFailedPrecondition: {
      std::string constraint;
      if (!shortfalls.empty()) constraint = shortfalls.front().constraint + (shortfalls.front().slot.empty() ? "" : " " + shortfalls.front().slot);
      return runtime::Error(runtime::v1::ERROR_REASON_KIT_INFEASIBLE, message, {{"constraint", constraint}});
    }
    case absl::StatusCode::kNotFound:
      if (catalogue.FindRole(role) == nullptr) {
        std::string known;
        for (const v1::RoleGuide& guide : catalogue.roles()) known += (known.empty() ? "" : ", ") + guide.id();
        return runtime::InvalidFields({{"role", fmt::format("no role guide \"{}\"; known: {}", role, known)}},
                                      runtime::v1::ERROR_REASON_UNKNOWN_ROLE, {{"role", role}});
      }
      return runtime::InvalidField("format", message);
    case absl::StatusCode::kInvalidArgument:
      return runtime::InvalidField(message.rfind("level", 0) == 0 ? "level" : "minutes", message);
    default:
      return status;
  }
}

absl::StatusOr<DrawnKit> KitMaker::Draw(const RequestContext& context, const KitOrder& order) const {
  ASSIGN_OR_RETURN(const Kit chosen, Chosen(order, *order.catalogue));
  DrawnKit drawn;
  drawn.fresh = order.fresh ? order.fresh(chosen) : PicksOf(chosen);
  ASSIGN_OR_RETURN(const KitContents contents, Contents(context, drawn.fresh));
  drawn.kit = order.fill(chosen, contents);
  return drawn;
}

absl::Status KitMaker::Confirm(WriteTx& write, const KitOrder& order, DrawnKit& drawn, std::vector<std::string>& stale) {
  stale.clear();
  for (int attempt = 0; attempt < 2; ++attempt) {
    ASSIGN_OR_RETURN(const auto found, FindStalePicks(write.tx(), drawn.fresh, write.context().now));
    if (found.empty()) return absl::OkStatus();
    for (const StalePick& pick : found) stale.push_back(pick.id);
    if (attempt > 0) break;
    ASSIGN_OR_RETURN(const KitCatalogue stored, AsStored(write, *order.catalogue, stale));
    ASSIGN_OR_RETURN(const Kit chosen, Chosen(order, stored));
    drawn.fresh = order.fresh ? order.fresh(chosen) : PicksOf(chosen);
    ASSIGN_OR_RETURN(const KitContents contents, ContentsIn(write.tx(), drawn.fresh));
    drawn.kit = order.fill(chosen, contents);
  }
  return runtime::Error(runtime::v1::ERROR_REASON_CONFLICT, "the bank changed while the kit was drawn; repeat the call");
}

absl::StatusOr<KitCatalogue> KitMaker::AsStored(WriteTx& write, const KitCatalogue& catalogue, const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const KitCatalogue::Cap cap, ReadKitCap(write.tx()));
  const runtime::Instant since = write.context().now - std::chrono::hours(24) * cap.days;
  ASSIGN_OR_RETURN(KitFacts facts, ReadKitFactsOf(write.tx(), ids, since));
  // Those that are not published any more are not read.
  return catalogue.With({}, ids).With(std::move(facts.facts), {}).WithCap(cap);
}

absl::StatusOr<v1::Kit> KitMaker::Make(const RequestContext& context, const google::protobuf::Message& request, const KitOrder& order) const {
  // Before the transaction, which then only looks whether the draw still holds, and writes. A repetition of a request that was
  // done is answered with what it made, even if nothing could be drawn by now.
  const absl::StatusOr<DrawnKit> drawn = Draw(context, order);
  const bool validate_only = runtime::IsValidateOnly(request);
  std::vector<std::string> counted, stale;
  bool made = false;
  auto kit = parts_.mutator.Run<v1::Kit>(
      context, request,
      [&](WriteTx& write, v1::Kit& response) -> absl::StatusOr<ResultName> {
        made = false;
        RETURN_IF_ERROR(drawn.status());
        DrawnKit confirmed = *drawn;
        RETURN_IF_ERROR(Confirm(write, order, confirmed, stale));
        response = std::move(confirmed.kit);
        if (validate_only) return ResultName{"kits/-", 1};
        counted = IdsOf(confirmed.fresh);
        std::vector<bool> counts;
        for (const RevisionName& name : PinnedBy(response)) {
          counts.push_back(std::find(counted.begin(), counted.end(), name.id) != counted.end());
        }
        RETURN_IF_ERROR(Store(write, response, counts));
        parts_.catalogues.Making(context.tenant(), response.name().substr(sizeof("kits/") - 1));
        made = true;
        return ResultName{response.name(), 1};
      },
      [&](Tx& tx, const ResultName& name) -> absl::StatusOr<v1::Kit> {
        ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", name.name));
        return ReadKit(tx, ids[0]);
      });
  if (!stale.empty()) parts_.catalogues.QuestionsChanged(context.tenant(), stale);
  if (made && kit.ok()) parts_.catalogues.Used(context.tenant(), counted);
  return kit;
}

absl::StatusOr<std::vector<std::string>> KitMaker::Excluded(const RequestContext& context,
                                                            const google::protobuf::RepeatedPtrField<std::string>& questions,
                                                            const google::protobuf::RepeatedPtrField<std::string>& kits) const {
  std::vector<std::string> excluded;
  runtime::Violations violations;
  for (int i = 0; i < questions.size(); ++i) {
    const auto name = ParseQuestionReference(questions[i]);
    if (name.ok()) {
      excluded.push_back(name->id);
    } else {
      violations.Add(fmt::format("excluded_questions[{}]", i), "must be a question id or name");
    }
  }
  std::vector<std::string> kit_ids;
  for (const std::string& name : kits) {
    ASSIGN_OR_RETURN(const auto ids, runtime::ParseName("kits/*", name));
    kit_ids.push_back(ids[0]);
  }
  if (!kit_ids.empty()) {
    using OfKits = std::map<std::string, std::vector<std::string>>;
    ASSIGN_OR_RETURN(const OfKits of_kits,
                     runtime::Transact<OfKits>(parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline,
                                               [&](Tx& tx) { return QuestionsOfKits(tx, kit_ids); }));
    for (int i = 0; i < kits.size(); ++i) {
      const auto found = of_kits.find(kit_ids[static_cast<size_t>(i)]);
      if (found == of_kits.end()) {
        violations.Add(fmt::format("excluded_kits[{}]", i), fmt::format("{} does not exist", kits[i]));
      } else {
        excluded.insert(excluded.end(), found->second.begin(), found->second.end());
      }
    }
  }
  RETURN_IF_ERROR(violations.ToStatus());
  return excluded;
}

absl::StatusOr<KitContents> KitMaker::ContentsIn(Tx& tx, const std::vector<RevisionName>& names) {
  KitContents contents;
  ASSIGN_OR_RETURN(auto found, ReadQuestionsAt(tx, names));
  for (size_t i = 0; i < names.size(); ++i) {
    if (!found[i].has_value()) return runtime::NotFound(QuestionName(names[i]));
    contents[QuestionName(names[i])] = std::move(*found[i]->question.mutable_content());
  }
  return contents;
}

absl::StatusOr<KitContents> KitMaker::Contents(const RequestContext& context, const std::vector<RevisionName>& names) const {
  KitContents contents;
  std::vector<RevisionName> missing;
  const QuestionCache::Moment before = parts_.cache.Now();
  for (const RevisionName& name : names) {
    const std::string full = QuestionName(name);
    const auto cached = parts_.cache.Find(context.tenant(), full);
    v1::Question question;
    if (cached.has_value() && question.ParseFromArray(cached->begin(), static_cast<int>(cached->size()))) {
      contents[full] = std::move(*question.mutable_content());
      continue;
    }
    missing.push_back(name);
  }
  if (missing.empty()) return contents;
  using Found = std::vector<std::optional<StoredQuestion>>;
  ASSIGN_OR_RETURN(Found found, runtime::Transact<Found>(parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline,
                                                         [&](Tx& tx) { return ReadQuestionsAt(tx, missing); }));
  for (size_t i = 0; i < missing.size(); ++i) {
    const std::string full = QuestionName(missing[i]);
    if (!found[i].has_value()) return runtime::NotFound(full);
    const int64_t version = found[i]->version;
    v1::Question question = Named(*std::move(found[i]), missing[i].revision);
    parts_.cache.Insert(context.tenant(), full, version, grpc::Slice(question.SerializeAsString()), before);
    contents[full] = std::move(*question.mutable_content());
  }
  return contents;
}

v1::KitQuestion KitMaker::Worded(const KitPick& pick, const v1::QuestionContent& content, const std::string& language) {
  v1::KitQuestion question;
  const KitWords words = WordsIn(content, language);
  question.set_question(pick.Name());
  question.set_competency(content.competency());
  question.set_prompt(words.prompt);
  question.set_scenario(words.scenario);
  question.set_cue(words.cue);
  *question.mutable_probes() = words.probes;
  if (!language.empty() && words.language != language) question.set_language_code(words.language);
  question.set_minutes(pick.minutes);
  question.set_why(pick.why);
  question.set_role_critical(pick.critical);
  question.set_kind(content.kind());
  question.set_level(content.level());
  question.set_section(content.section());
  question.set_story(content.story());
  return question;
}

std::vector<v1::KitFinding> KitMaker::Findings(const v1::Kit& kit, const KitContents& contents, const KitCatalogue& catalogue) {
  std::vector<v1::QuestionContent> questions;
  for (const RevisionName& name : PinnedBy(kit)) {
    const auto content = contents.find(QuestionName(name));
    if (content != contents.end()) questions.push_back(content->second);
  }
  HiringPlan plan;
  plan.level = kit.level();
  plan.rounds.push_back(RoundOf(kit, questions));
  std::vector<v1::KitFinding> findings;
  for (const MistakeFinding& mistake : CheckPlan(plan)) findings.push_back(FindingOf(mistake, catalogue.checks()));
  return findings;
}

std::string KitMaker::HashOfContent(const v1::Kit& kit) {
  v1::Kit content = kit;
  content.clear_name();
  content.clear_create_time();
  content.clear_content_hash();
  content.clear_findings();
  content.clear_annotations();
  content.clear_requisition();
  content.clear_plan();
  content.clear_swapped_from();
  content.clear_objective();
  content.clear_seed();
  for (v1::KitSlot& slot : *content.mutable_slots()) {
    for (v1::KitQuestion& question : *slot.mutable_questions()) {
      question.clear_why();
      question.clear_anchor();
    }
  }
  return ContentHash(content);
}

v1::Kit KitMaker::Filled(const Kit& chosen, const KitCatalogue& catalogue, const KitContents& contents, const std::string& language) {
  v1::Kit kit;
  kit.set_role(chosen.role);
  kit.set_level(chosen.level);
  kit.set_format(chosen.format);
  kit.set_minutes(chosen.minutes);
  kit.set_seed(chosen.seed);
  kit.set_objective(chosen.value);
  kit.set_language_code(language);
  kit.set_policy(catalogue.PolicyOf(chosen.role));
  for (const std::string& id : chosen.overall_competencies) kit.add_overall_competencies(id);
  for (const KitSlot& slot : chosen.slots) {
    v1::KitSlot& out = *kit.add_slots();
    out.set_id(slot.id);
    out.set_display_name(slot.display_name);
    out.set_minutes(slot.minutes);
    out.set_script(slot.script);
    for (const KitPick& pick : slot.picks) *out.add_questions() = Worded(pick, contents.at(pick.Name()), language);
  }
  for (v1::KitFinding& finding : Findings(kit, contents, catalogue)) *kit.add_findings() = std::move(finding);
  kit.set_content_hash(HashOfContent(kit));
  return kit;
}

std::map<std::string, std::string> RelatedOf(const v1::Kit& kit) {
  std::map<std::string, std::string> related;
  if (!kit.requisition().empty()) related["requisition"] = kit.requisition();
  if (!kit.plan().empty()) related["kit_plan"] = kit.plan();
  if (!kit.swapped_from().empty()) related["swapped_from"] = kit.swapped_from();
  return related;
}

absl::Status KitMaker::Store(WriteTx& write, v1::Kit& kit, const std::vector<bool>& counted) {
  const runtime::Instant now = write.context().now;
  const std::string id = runtime::NewUuid(now);
  kit.set_name("kits/" + id);
  *kit.mutable_create_time() = runtime::ToTimestamp(now);
  RETURN_IF_ERROR(InsertKit(write.tx(), id, kit, counted, now));
  runtime::OutboxEvent event;
  event.type = runtime::v1::EVENT_TYPE_KIT_ASSEMBLED;
  event.resource = kit.name();
  event.aggregate_type = "kit";
  event.version = 1;
  event.state = kKitAssembled;
  for (const auto& [key, resource] : RelatedOf(kit)) event.related[key] = resource;
  for (const auto& [key, value] : kit.annotations()) event.annotations[key] = value;
  write.Emit(std::move(event));
  return absl::OkStatus();
}

}  // namespace assay::bank
