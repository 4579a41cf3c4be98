#include "services/bank/domain/pack_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "services/bank/domain/pack_yaml.h"
#include "services/bank/domain/personal_questions.h"
#include "services/bank/domain/text_similarity.h"

namespace assay::bank {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kClean = R"(
id: p
display_name: P
version: 1.0.0
default_policy: standard
default_scale: five
default_format: round
competencies:
  - {id: ml, display_name: ML, weight_basis_points: 6000, threshold_milli: 3000, source_refs: [Q1], basis: {job_task: t, method: guide}}
  - {id: ops, display_name: Ops, weight_basis_points: 4000, threshold_milli: 3500, basis: {job_task: t, method: guide}}
scales: [{id: five, levels: [{value: 1, label: a, descriptors: [x]}, {value: 2, label: b, descriptors: [x]}]}]
roles: [{id: core, display_name: Core, focus_questions: [q001], critical_questions: [q001], must_haves: [m], policy: standard}]
formats:
  - id: round
    minutes: 30
    overall_competencies: [ops]
    slots:
      - {id: hello, minutes: 10}
      - {id: core, minutes: 20, kinds: [theory], min_questions: 1, max_questions: 2, preferred_questions: [q001], competencies: [ml]}
loops: [{id: loop, rounds: [{id: one, format: round}]}]
policies:
  - id: standard
    competencies:
      - {competency: ml, weight_basis_points: 6000, threshold_milli: 3000}
      - {competency: ops, weight_basis_points: 4000, threshold_milli: 3500}
    category_floor_milli: 3000
    parameters: {required_competencies: [ml]}
    basis: {job_task: t, method: guide}
flags: [{id: bluff, kind: red, display_name: Bluff}]
scorecard_templates: [{id: card, fields: [{id: a, kind: area_scores, items: [ml]}, {id: f, kind: flags, items: [bluff]}]}]
vignettes: [{id: v1, question: q001, competency: ml, answer: a, score: 3, why: w}]
hiring_checks: [{id: hype, number: 1}]
questions:
  - id: q001
    source: {document: guide, ref: Q1}
    section: Foundations
    level: fresher
    kind: theory
    estimated_minutes: 5
    tags: [generalisation]
    prompt: How would you tell over- from underfitting?
    competency: ml
    assigned_by: guide
    roles: [{role: core}]
    basis: {job_task: t, method: guide}
    cue: Learning curves
    key_concepts:
      - {id: bias, text: Bias, gloss: g, essential: true, terms: [underfitting, bias]}
      - {id: variance, text: Variance, gloss: g, essential: true, terms: [overfit, variance]}
      - {id: curves, text: Curves, gloss: g, terms: [learning curves]}
    exemplars:
      - {score: 5, why: w, text: "Underfitting shows in both errors, overfitting only in validation."}
      - {score: 3, why: w, text: "High bias against high variance."}
      - {score: 2, why: w, text: "Some variance is always there and the data decides it all in the end, always."}
    probes: [{text: "And with little data?", purpose: deeper}, {text: "When did you last see it?", purpose: lived}]
    red_flags: [Guesses]
    stronger: [Draws the curves]
)";

v1::Pack Clean() {
  v1::Pack pack;
  const absl::Status status = ReadYaml(kClean, "pack_lint_test", pack);
  EXPECT_TRUE(status.ok()) << status;
  return pack;
}

// "path REASON" of each finding after a change to the clean pack.
std::vector<std::string> After(const std::function<void(v1::Pack&)>& change) {
  v1::Pack pack = Clean();
  change(pack);
  std::vector<std::string> found;
  for (const Finding& finding : LintPack(pack)) found.push_back(finding.path + " " + finding.reason);
  return found;
}

std::vector<std::string> AfterQuestion(const std::function<void(v1::QuestionContent&)>& change) {
  return After([&](v1::Pack& pack) { change(*pack.mutable_questions(0)); });
}

TEST(PackLint, FindsNothingInACleanPack) {
  EXPECT_THAT(After([](v1::Pack&) {}), IsEmpty());
}

TEST(PackLint, FindsDanglingReferences) {
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_roles(0)->add_focus_questions("q999"); }),
              ElementsAre("roles/core.focus_questions[1] UNKNOWN_REFERENCE"));
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_roles(0)->set_critical_questions(0, "q999"); }),
              ElementsAre("roles/core.critical_questions[0] UNKNOWN_REFERENCE"));
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_roles(0)->set_policy("none"); }),
              ElementsAre("roles/core.policy UNKNOWN_REFERENCE"));
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_vignettes(0)->set_question("q999"); }),
              ElementsAre("vignettes/v1.question UNKNOWN_REFERENCE"));
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_loops(0)->mutable_rounds(0)->set_format("none"); }),
              ElementsAre("loops/loop.rounds[0].format UNKNOWN_REFERENCE"));
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_formats(0)->mutable_slots(1)->set_preferred_questions(0, "none"); }),
              ElementsAre("formats/round.slots[core].preferred_questions[0] UNKNOWN_REFERENCE"));
  EXPECT_THAT(After([](v1::Pack& p) { p.set_default_scale("none"); }), ElementsAre("default_scale UNKNOWN_REFERENCE"));
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_scorecard_templates(0)->mutable_fields(1)->set_items(0, "none"); }),
              ElementsAre("scorecard_templates/card.fields[f].items[0] UNKNOWN_REFERENCE"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.mutable_roles(0)->set_role("none"); }),
              ElementsAre("questions/q001.roles[0].role UNKNOWN_REFERENCE"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.add_links()->set_question("q001"); }),
              ElementsAre("questions/q001.links[0].question SELF_REFERENCE"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.set_competency("ops"); }),
              ElementsAre("questions/q001.competency COMPETENCY_CONTRADICTS_SOURCE"));
}

TEST(PackLint, FindsWhatIsGivenTwice) {
  EXPECT_THAT(After([](v1::Pack& p) { *p.add_flags() = p.flags(0); }), ElementsAre("flags/bluff.id DUPLICATE_ID"));
  EXPECT_THAT(After([](v1::Pack& p) {
                v1::QuestionContent copy = p.questions(0);
                copy.set_id("q002");
                copy.set_prompt("What does a confusion matrix show at a glance?");
                *p.add_questions() = copy;
              }),
              ElementsAre("questions/q002.source.ref DUPLICATE_SOURCE"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.mutable_key_concepts(2)->set_id("bias"); }),
              ElementsAre("questions/q001.key_concepts[2].id DUPLICATE_ID"));
}

TEST(PackLint, FindsMissingParts) {
  EXPECT_THAT(AfterQuestion([](auto& q) { q.clear_cue(); }), ElementsAre("questions/q001.cue MISSING_CUE"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.clear_basis(); }), ElementsAre("questions/q001.basis MISSING_BASIS"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.clear_source(); }), testing::Contains("questions/q001.source MISSING_SOURCE"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.mutable_exemplars()->DeleteSubrange(1, 1); }),
              ElementsAre("questions/q001.exemplars MISSING_EXEMPLAR"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.mutable_probes()->RemoveLast(); }),
              ElementsAre("questions/q001.probes MISSING_PROBE", "questions/q001.probes MISSING_PROBE"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.mutable_key_concepts()->RemoveLast(); }),
              ElementsAre("questions/q001.key_concepts CONCEPT_COUNT"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.clear_section(); }), ElementsAre("questions/q001.section MISSING_PART"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.clear_roles(); }), ElementsAre("questions/q001.roles MISSING_PART"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.clear_estimated_minutes(); }), ElementsAre("questions/q001.estimated_minutes MISSING_PART"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.clear_tags(); }), ElementsAre("questions/q001.tags MISSING_PART"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.clear_red_flags(); }), ElementsAre("questions/q001.red_flags MISSING_PART"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.clear_stronger(); }), ElementsAre("questions/q001.stronger MISSING_PART"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.mutable_key_concepts(0)->clear_gloss(); }),
              ElementsAre("questions/q001.key_concepts[0].gloss MISSING_PART"));
  EXPECT_THAT(AfterQuestion([](auto& q) { q.set_kind(v1::QUESTION_KIND_BEHAVIOURAL); }), ElementsAre("questions/q001.story MISSING_PART"));
}

TEST(PackLint, WantsAdviceForEverySectionOnceThereIsAny) {
  const auto advise = [](v1::Pack& pack, const char* section) {
    v1::SectionGuidance& guidance = *pack.add_section_guidance();
    guidance.set_id("g" + std::to_string(pack.section_guidance_size()));
    guidance.set_section(section);
    guidance.set_text("Listen.");
  };
  EXPECT_THAT(After([&](v1::Pack& p) { advise(p, "Foundations"); }), IsEmpty());
  EXPECT_THAT(After([&](v1::Pack& p) { advise(p, "Elsewhere"); }),
              ElementsAre("section_guidance/g1.section UNUSED_GUIDANCE", "section_guidance MISSING_GUIDANCE"));
}

TEST(PackLint, HoldsWeightsAndThresholdsTogether) {
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_competencies(0)->set_weight_basis_points(5000); }),
              ElementsAre("competencies SHARE_SUM"));
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_policies(0)->mutable_competencies(1)->set_weight_basis_points(3999); }),
              ElementsAre("policies/standard.competencies WEIGHT_SUM"));
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_policies(0)->set_category_floor_milli(3200); }),
              ElementsAre("policies/standard.competencies[0].threshold_milli THRESHOLD_ORDER"));
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_policies(0)->set_hire_bar_milli(4500); }),
              ElementsAre("policies/standard.hire_bar_milli THRESHOLD_ORDER"));
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_formats(0)->set_minutes(31); }),
              ElementsAre("formats/round.minutes TIME_SUM"));
  EXPECT_THAT(After([](v1::Pack& p) { p.mutable_formats(0)->mutable_slots(1)->set_min_questions(3); }),
              ElementsAre("formats/round.slots[core].min_questions SLOT_COUNT"));
}

TEST(PackLint, WantsEssentialConceptsInTheFiveAndFewInTheWeak) {
  EXPECT_THAT(AfterQuestion([](auto& q) { q.mutable_exemplars(0)->set_text("I look at both errors."); }),
              ElementsAre("questions/q001.key_concepts[0] ESSENTIAL_NOT_IN_FIVE",
                          "questions/q001.key_concepts[1] ESSENTIAL_NOT_IN_FIVE"));
  const auto knows_the_words = [](v1::QuestionContent& q) {
    q.mutable_exemplars(2)->set_text("It is all about bias and variance, you know.");
  };
  EXPECT_THAT(AfterQuestion(knows_the_words), ElementsAre("questions/q001.exemplars[2] WEAK_EVIDENCES_TOO_MUCH"));
  EXPECT_THAT(AfterQuestion([&](auto& q) {
                knows_the_words(q);
                q.mutable_exemplars(2)->set_buzzword(true);
              }),
              IsEmpty());
  EXPECT_THAT(AfterQuestion([](auto& q) { q.mutable_exemplars(0)->set_buzzword(true); }),
              ElementsAre("questions/q001.exemplars[0].buzzword BUZZWORD_NOT_WEAK"));
}

TEST(Evidences, MatchesFromTheStartOfAWordWhateverTheCase) {
  v1::KeyConcept concept_;
  concept_.set_text("Regularisation");
  EXPECT_TRUE(Evidences("We used regularisation.", concept_));  // Its own text, having no terms.
  concept_.add_terms("F1");
  concept_.add_terms("early-stopping");
  concept_.add_terms("regular");
  EXPECT_TRUE(Evidences("Early stopping saved us", concept_));
  EXPECT_TRUE(Evidences("regularised", concept_));
  EXPECT_FALSE(Evidences("irregular", concept_));
  EXPECT_TRUE(Evidences("an F1 of 0.8", concept_));
  EXPECT_FALSE(Evidences("an F16", concept_));
}

TEST(PackLint, FindsNearDuplicatesUnlessTheyAreLinked) {
  const auto twin = [](v1::Pack& pack, bool linked) {
    v1::QuestionContent copy = pack.questions(0);
    copy.set_id("q002");
    copy.mutable_source()->set_ref("Q2");
    copy.set_prompt("How would you tell overfitting from underfitting in practice?");
    pack.mutable_questions(0)->set_prompt("In practice, how would you tell underfitting from overfitting?");
    if (linked) {
      v1::QuestionLink& link = *copy.add_links();
      link.set_question("q001");
      link.set_relation(v1::QUESTION_RELATION_HARDER_VARIANT_OF);
    }
    *pack.add_questions() = copy;
  };
  EXPECT_THAT(After([&](v1::Pack& p) { twin(p, true); }), IsEmpty());
  const auto found = After([&](v1::Pack& p) { twin(p, false); });
  // Three content words are too few to call a twin; a fuller prompt is one.
  EXPECT_THAT(found, IsEmpty());
  EXPECT_THAT(After([&](v1::Pack& p) {
                twin(p, false);
                p.mutable_questions(0)->set_prompt("Your churn model scores well offline and badly after release; why?");
                p.mutable_questions(1)->set_prompt("Your churn model scores badly after release and well offline. Why?");
              }),
              ElementsAre("questions/q002.prompt NEAR_DUPLICATE"));
}

TEST(NearDuplicates, FindsTheSamePairsAsComparingAll) {
  std::vector<std::string> texts;
  for (int i = 0; i < 120; ++i) {
    std::string text;
    for (int w = 0; w < 8; ++w) text += "word" + std::to_string((i * 7 + w * (1 + i % 5)) % 23) + " ";
    texts.push_back(text);
  }
  std::size_t expected = 0;
  for (std::size_t a = 0; a < texts.size(); ++a) {
    for (std::size_t b = a + 1; b < texts.size(); ++b) expected += NearDuplicates({texts[a], texts[b]}).size();
  }
  EXPECT_GT(expected, 10u);
  EXPECT_EQ(NearDuplicates(texts).size(), expected);
}

TEST(Words, FoldCaseAndSeparateAtTheSignsOfLatin1) {
  EXPECT_THAT(Words("¿Está «ÜBER» don't don’t—naïve 3×4"), ElementsAre("está", "über", "dont", "dont", "naïve", "3×4"));
  EXPECT_THAT(Words("a\u00A0b\xC2"), ElementsAre("a", "b\xC2"));
}

TEST(PackLint, FindsQuestionsAboutThePerson) {
  for (const char* asked : {"How old are you?", "Are you married?", "Do you have any children?", "Where are you from?",
                            "What is your religion?", "Are you pregnant?", "Is your accent a problem for customers?",
                            "What is your current salary?", "Do you have any disabilities?", "What’s your age?"}) {
    EXPECT_THAT(AfterQuestion([&](auto& q) { q.set_prompt(asked); }),
                ElementsAre("questions/q001.prompt PERSONAL_QUESTION"))
        << asked;
  }
  for (const char* fine : {"What is the age of the newest feature?", "How do you debug a race condition?",
                           "How many children may a tree node have?", "Which family of models would you pick?",
                           "What does your health check report?", "How do you choose your weight decay?",
                           "Would you page someone for that?", "How do you update your beliefs after a test?",
                           "What do you do if you have a partner that changes its data?"}) {
    EXPECT_THAT(FindPersonalQuestions(fine), IsEmpty()) << fine;
  }
  const auto mention = [](v1::QuestionContent& q) {
    q.mutable_probes(0)->set_text("How would you find out whether the model discriminates by religion?");
  };
  EXPECT_THAT(AfterQuestion(mention), ElementsAre("questions/q001.probes[0].text PERSONAL_QUESTION"));
  EXPECT_THAT(AfterQuestion([&](auto& q) {
                mention(q);
                q.add_tags("fairness");
              }),
              IsEmpty());
}

TEST(PackLint, LooksAtTheMixOnceThereAreEnoughQuestions) {
  const auto found = After([](v1::Pack& pack) {
    const v1::QuestionContent original = pack.questions(0);
    for (int i = 2; i <= 25; ++i) {
      v1::QuestionContent& question = *pack.add_questions();
      question = original;
      question.set_id("q" + std::to_string(i));
      question.mutable_source()->set_ref("X" + std::to_string(i));
      question.set_prompt("Short " + std::to_string(i));
      question.set_level(i % 2 == 0 ? v1::LEVEL_FRESHER : v1::LEVEL_EXPERIENCED);
      question.mutable_exemplars(2)->set_text("Depends.");
    }
  });
  EXPECT_THAT(found, ElementsAre("questions LEVEL_MIX", "roles/core LEVEL_MIX", "questions LENGTH_IS_THE_SIGNAL"));
}

TEST(Finding, ReadsAsALine) {
  const std::vector<Finding> findings = LintPack([] {
    v1::Pack pack = Clean();
    pack.mutable_questions(0)->clear_cue();
    return pack;
  }());
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].ToString(), "error questions/q001.cue MISSING_CUE: say what the evaluator listens for");
  EXPECT_TRUE(HasErrors(findings));
  EXPECT_FALSE(HasErrors({}));
}

TEST(NearDuplicates, ThatAreTooManyAreCountedAndNotKept) {
  const std::vector<std::string> texts(50, "Why does gradient descent find shallow minima?");
  const SimilarTexts similar = NearDuplicates(texts, {.pairs_of_one = 3, .pairs = 20});
  EXPECT_EQ(similar.pairs.size(), 20u);
  EXPECT_EQ(similar.left_out, 50u * 49 / 2 - 20);
  EXPECT_TRUE(similar.complete);
  std::vector<int> pairs_of(texts.size());
  for (const SimilarPair& pair : similar.pairs) {
    EXPECT_LE(++pairs_of[pair.first], 3);
    EXPECT_LE(++pairs_of[pair.second], 3);
  }
  EXPECT_FALSE(NearDuplicates(texts, {.steps = 500}).complete);
  EXPECT_EQ(NearDuplicates(texts).size(), 50u * 49 / 2);
}

TEST(PackLint, AHostilePackHasABoundedNumberOfFindings) {
  v1::Pack pack;
  for (int i = 0; i < 1500; ++i) {
    v1::QuestionContent& question = *pack.add_questions();
    question.set_id("q" + std::to_string(i));
    question.set_prompt("Why does gradient descent find minima?");
  }
  pack.mutable_questions(1499)->set_competency("unknown");
  const std::vector<Finding> findings = LintPack(pack);
  EXPECT_LE(findings.size(), kMaxLintFindings + 2000);
  const auto with = [&](const std::string& reason) {
    std::vector<Finding> found;
    for (const Finding& finding : findings) {
      if (finding.reason == reason) found.push_back(finding);
    }
    return found;
  };
  EXPECT_LE(with("NEAR_DUPLICATE").size(), 1002u);
  // What keeps a question from being imported is said however much else there is.
  ASSERT_EQ(with("UNKNOWN_REFERENCE").size(), 1u);
  EXPECT_EQ(with("UNKNOWN_REFERENCE")[0].path, "questions/q1499.competency");
  ASSERT_EQ(with("TOO_MANY_FINDINGS").size(), 1u);
  EXPECT_EQ(with("TOO_MANY_FINDINGS")[0].severity, Severity::kError);
  EXPECT_THAT(with("TOO_MANY_FINDINGS")[0].message, HasSubstr("more findings are not listed"));
}

TEST(PackLint, NearDuplicatesBeyondTheLimitAreCountedInOneFinding) {
  v1::Pack pack;
  for (int i = 0; i < 100; ++i) {
    v1::QuestionContent& question = *pack.add_questions();
    question.set_id("q" + std::to_string(i));
    question.set_prompt("Why does gradient descent find minima?");
  }
  std::vector<std::string> duplicates;
  for (const Finding& finding : LintPack(pack)) {
    if (finding.reason == "NEAR_DUPLICATE") duplicates.push_back(finding.message);
  }
  EXPECT_LE(duplicates.size(), 501u);
  EXPECT_THAT(duplicates.back(), HasSubstr("at least 4"));
  EXPECT_THAT(duplicates.back(), HasSubstr("more pairs say nearly the same"));
}

TEST(PackLint, AListOverTheContractIsNotLookedInto) {
  v1::Pack catalogue = Clean();
  for (int i = 0; i < 100'000; ++i) catalogue.mutable_roles(0)->add_focus_questions("nowhere");
  std::vector<Finding> findings = LintPack(catalogue);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].path, "roles[0].focus_questions");
  EXPECT_EQ(findings[0].reason, "TOO_MANY_ITEMS");
  EXPECT_EQ(findings[0].message, "has 100001 items; at most 1000 are allowed");
  EXPECT_TRUE(MakesUnusable(findings[0]));

  v1::Pack question = Clean();
  for (int i = 0; i < 21; ++i) question.mutable_questions(0)->add_links()->set_question("nowhere");
  std::vector<std::string> of_the_question;
  for (const Finding& finding : LintPack(question)) {
    if (finding.path.rfind("questions/q001", 0) == 0) of_the_question.push_back(finding.path + " " + finding.reason);
  }
  EXPECT_THAT(of_the_question, ElementsAre("questions/q001.links TOO_MANY_ITEMS"));
}

TEST(PackLint, OfAListThatIsWrongThroughoutTwentyItemsAreNamed) {
  v1::Pack pack = Clean();
  for (int i = 0; i < 100; ++i) pack.mutable_roles(0)->add_focus_questions("nowhere-" + std::to_string(i));
  std::vector<std::string> messages;
  for (const Finding& finding : LintPack(pack)) {
    if (finding.path.rfind("roles/core.focus_questions", 0) == 0) messages.push_back(finding.message);
  }
  ASSERT_EQ(messages.size(), 21u);
  EXPECT_EQ(messages.back(), "80 more items are unknown or listed twice");
}

}  // namespace
}  // namespace assay::bank
