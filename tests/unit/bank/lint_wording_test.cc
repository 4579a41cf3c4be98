#include "services/bank/domain/lint_wording.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/bank/domain/pack_texts.h"
#include "services/bank/domain/personal_questions.h"
#include "services/bank/domain/readability.h"

namespace assay::bank {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> Lines(const std::vector<Finding>& findings) {
  std::vector<std::string> lines;
  for (const Finding& finding : findings) lines.push_back(finding.path + " " + finding.reason);
  return lines;
}

v1::QuestionContent Fine() {
  v1::QuestionContent question;
  question.set_id("q1");
  question.set_prompt("How would you tell over- from underfitting?");
  question.set_cue("Learning curves");
  question.add_probes()->set_text("And with little data?");
  v1::Exemplar& exemplar = *question.add_exemplars();
  exemplar.set_score(5);
  exemplar.set_text("I look at both errors.");
  return question;
}

std::vector<std::string> Wording(const std::function<void(v1::QuestionContent&)>& change, const std::string& language = "") {
  v1::QuestionContent question = Fine();
  change(question);
  std::vector<Finding> findings;
  LintReport report(findings);
  CheckWording(question, language, report);
  CheckTranslations(question, language, report);
  return Lines(findings);
}

TEST(Readability, CountsAsTheFormulaOfKincaidDoes) {
  // 0.39 × 6 words / 1 sentence + 11.8 × 6 syllables / 6 words − 15.59.
  const Readability plain = MeasureReadability("The cat sat on the mat.");
  EXPECT_EQ(plain.words, 6);
  EXPECT_EQ(plain.sentences, 1);
  EXPECT_EQ(plain.syllables, 6);
  EXPECT_NEAR(plain.Grade(), -1.45, 0.001);
  // An example often printed: 13 words, 1 sentence, 24 syllables.
  const Readability hard = MeasureReadability("The Australian platypus is seemingly a hybrid of a mammal and reptilian creature.");
  EXPECT_EQ(hard.words, 13);
  EXPECT_EQ(hard.syllables, 24);
  EXPECT_NEAR(hard.Grade(), 11.265, 0.001);
}

TEST(Readability, KnowsWhereASentenceEnds) {
  const Readability measured = MeasureReadability("It is 0.8 with v1.2, e.g. here. What now? Stop: go on; end!");
  EXPECT_EQ(measured.sentences, 6);
  EXPECT_EQ(MeasureReadability("One $a + b = c. d$ two.").sentences, 1);
  EXPECT_EQ(MeasureReadability("").Grade(), 0);
  EXPECT_EQ(MeasureReadability("...").words, 0);
}

TEST(LintWording, FindsNothingInPlainWords) {
  EXPECT_THAT(Wording([](auto&) {}), IsEmpty());
}

TEST(LintWording, FindsSentencesThatNobodyCanSay) {
  std::string long_sentence = "Tell me";
  for (int i = 0; i < 30; ++i) long_sentence += " a";
  EXPECT_THAT(Wording([&](auto& q) { q.set_prompt(long_sentence + "."); }), ElementsAre("prompt HARD_TO_SAY"));
  EXPECT_THAT(Wording([&](auto& q) { q.set_scenario(long_sentence); }), ElementsAre("scenario HARD_TO_SAY"));
  EXPECT_THAT(Wording([&](auto& q) { q.mutable_probes(0)->set_text(long_sentence); }), ElementsAre("probes[0].text HARD_TO_SAY"));
  // A cue is read beforehand and may go on a little.
  EXPECT_THAT(Wording([&](auto& q) { q.set_cue(long_sentence); }), IsEmpty());
  EXPECT_THAT(Wording([&](auto& q) { q.set_cue(long_sentence + long_sentence); }), Contains("cue HARD_TO_SAY"));
  EXPECT_THAT(Wording([&](auto& q) { q.mutable_exemplars(0)->set_text(long_sentence); }), IsEmpty());
}

TEST(LintWording, FindsPromptsOfMoreThanEightyWords) {
  std::string prompt;
  for (int i = 0; i < 27; ++i) prompt += "Say it now. ";
  EXPECT_THAT(Wording([&](auto& q) { q.set_prompt(prompt); }), ElementsAre("prompt HARD_TO_SAY"));
}

TEST(LintWording, FindsTheLanguageOfPapersInEnglishOnly) {
  const char* paper =
      "Characterise the methodological considerations underlying heterogeneous hyperparameter optimisation methodologies, "
      "particularly regarding the computational reproducibility characteristics of contemporary architectures.";
  EXPECT_THAT(Wording([&](auto& q) { q.set_prompt(paper); }), ElementsAre("prompt HARD_TO_FOLLOW"));
  EXPECT_THAT(Wording([&](auto& q) { q.set_prompt(paper); }, "fr"), IsEmpty());
}

TEST(LintWording, FindsPersonalQuestionsInEverythingThatIsSaid) {
  const char* asked = "Are you married?";
  EXPECT_THAT(Wording([&](auto& q) { q.set_prompt(asked); }), ElementsAre("prompt PERSONAL_QUESTION"));
  EXPECT_THAT(Wording([&](auto& q) { q.set_scenario(asked); }), ElementsAre("scenario PERSONAL_QUESTION"));
  EXPECT_THAT(Wording([&](auto& q) { q.mutable_probes(0)->set_text(asked); }), ElementsAre("probes[0].text PERSONAL_QUESTION"));
  // What a candidate might say, or an interviewer listens for, asks nobody.
  EXPECT_THAT(Wording([&](auto& q) { q.mutable_exemplars(0)->set_text(asked); }), IsEmpty());
  v1::Pack pack;
  v1::Format& format = *pack.add_formats();
  format.set_id("f");
  v1::FormatSlot& slot = *format.add_slots();
  slot.set_id("hello");
  slot.set_script("Break the ice: do you have any children?");
  v1::ProbingTechnique& technique = *pack.add_probing_techniques();
  technique.set_id("age");
  technique.set_phrase("How old are you?");
  std::vector<Finding> findings;
  CheckCatalogueWording(pack, findings);
  EXPECT_THAT(Lines(findings), ElementsAre("formats/f.slots[hello].script PERSONAL_QUESTION", "probing_techniques/age.phrase PERSONAL_QUESTION"));
}

TEST(PersonalQuestions, KnowsEveryGroundThatIssueAndLawName) {
  const std::vector<std::pair<const char*, const char*>> asked{
      {"How old are you?", "age"},          {"Do you have children?", "family"},      {"Do you have any disabilities?", "health"},
      {"What is your religion?", "religion"}, {"What is your nationality?", "origin"}, {"Are you pregnant?", "pregnancy"},
      {"Who did you vote for?", "politics"}, {"Are you in a union?", "union"},        {"Have you ever been convicted?", "criminal record"},
      {"What is your current salary?", "salary history"}, {"What is your sexual orientation?", "sex"}};
  for (const auto& [question, ground] : asked) {
    const auto found = FindPersonalQuestions(question);
    ASSERT_FALSE(found.empty()) << question;
    EXPECT_EQ(found[0].ground, ground) << question;
    EXPECT_TRUE(found[0].certain) << question;
  }
}

TEST(PersonalQuestions, AreFoundInTheLanguageOfATranslation) {
  const std::vector<std::pair<const char*, const char*>> asked{
      {"de", "Wie alt sind Sie?"},        {"de", "Sind Sie verheiratet?"},        {"de", "Haben Sie Kinder?"},      {"de", "Welche ist Ihre Religion?"},
      {"de-CH", "Sind Sie vorbestraft?"}, {"fr", "Quel âge avez-vous ?"},         {"fr", "Êtes-vous mariée ?"}, {"fr", "Avez-vous des enfants ?"}, {"fr", "Quelle est votre religion ?"},
      {"es", "¿Cuántos años tiene?"},     {"es", "¿Está casada?"},                {"es", "¿Cuál es su nacionalidad?"}, {"it", "Quanti anni ha?"},
      {"it", "Qual è la sua religione?"}, {"pt-BR", "Quantos anos você tem?"},    {"pt", "Qual é a sua religião?"}, {"nl", "Hoe oud bent u?"},
      {"nl", "Bent u zwanger?"}, {"nl", "Heeft u kinderen?"}, {"fr", "Quelle est votre langue maternelle ?"}, {"es", "¿Cuál es su estado civil?"}, {"pt", "Quantos anos tem?"},          {"ja", "Are you married?"}};
  for (const auto& [language, question] : asked) EXPECT_THAT(FindPersonalQuestions(question, language), Not(IsEmpty())) << language << " " << question;
  for (const auto& [language, question] : std::vector<std::pair<const char*, const char*>>{
           {"de", "Wie alt sind die Daten, und woher kommen sie?"}, {"fr", "Quel âge a le modèle ?"}, {"es", "¿Cuántos años cubre el conjunto?"},
           {"de", "Welche Familie von Modellen würden Sie wählen?"}}) {
    EXPECT_THAT(FindPersonalQuestions(question, language), IsEmpty()) << question;
  }
}

TEST(LintWording, LooksAtTranslationsAsWell) {
  const auto translated = [](const std::function<void(v1::QuestionTranslation&)>& change) {
    return Wording([&](v1::QuestionContent& q) {
      v1::QuestionTranslation& translation = *q.add_translations();
      translation.set_language_code("de");
      translation.set_prompt("Woran erkennen Sie Überanpassung?");
      change(translation);
    });
  };
  EXPECT_THAT(translated([](auto&) {}), IsEmpty());
  EXPECT_THAT(translated([](auto& t) { t.set_prompt("Wie alt sind Sie?"); }), ElementsAre("translations[0].prompt PERSONAL_QUESTION"));
  EXPECT_THAT(translated([](auto& t) { t.set_cue("$\\frac{1}{2}"); }), ElementsAre("translations[0].cue BAD_LATEX"));
  EXPECT_THAT(translated([](auto& t) { t.set_language_code("en"); }), ElementsAre("translations[0].language_code DUPLICATE_ID"));
  EXPECT_THAT(translated([](auto& t) {
                t.add_probes()->set_text("Und?");
                t.add_probes()->set_text("Und dann?");
              }),
              ElementsAre("translations[0].probes TRANSLATION_SHAPE"));
  EXPECT_THAT(translated([](auto& t) { t.add_exemplars()->set_score(3); }), ElementsAre("translations[0].exemplars TRANSLATION_SHAPE"));
}

TEST(LintWording, FindsWhatNobodySees) {
  EXPECT_THAT(Wording([](auto& q) { q.set_cue("\u202Eevil"); }), ElementsAre("cue HIDDEN_CHARACTER"));
  EXPECT_THAT(Wording([](auto& q) { q.mutable_exemplars(0)->set_text("a\x07"); }), ElementsAre("exemplars[0].text HIDDEN_CHARACTER"));
  EXPECT_THAT(Wording([](auto& q) { q.set_cue("\xff"); }), ElementsAre("cue HIDDEN_CHARACTER"));
}

TEST(LintWording, FindsDollarsThatOpenNoFormula) {
  EXPECT_THAT(Wording([](auto& q) { q.set_cue("$\\frac{1}{2}$ of it, for 5 \\$ or $6"); }), IsEmpty());
  EXPECT_THAT(Wording([](auto& q) { q.set_cue("$\\frac{1}{2} of it"); }), ElementsAre("cue BAD_LATEX"));
}

TEST(LintFormulas, ReportsEachPlaceOfAFormulaThatDoesNotConvert) {
  v1::Pack pack;
  *pack.add_questions() = Fine();
  pack.mutable_questions(0)->set_cue("$good$ and $bad$");
  pack.mutable_questions(0)->mutable_probes(0)->set_text("$bad$?");
  pack.add_notes("$good$");
  int runs = 0;
  const MathConverter convert = [&](const std::vector<std::string>& formulas) -> absl::StatusOr<std::vector<MathMarkup>> {
    ++runs;
    EXPECT_THAT(formulas, ElementsAre("good", "bad"));
    return std::vector<MathMarkup>{{.mathml = "<math/>", .problem = {}}, {.mathml = {}, .problem = "no such command"}};
  };
  std::vector<Finding> findings;
  CheckFormulas(pack, convert, findings);
  EXPECT_EQ(runs, 1);
  EXPECT_THAT(Lines(findings), ElementsAre("questions/q1.cue BAD_LATEX", "questions/q1.probes[0].text BAD_LATEX"));
  EXPECT_THAT(findings[0].message, HasSubstr("no such command"));
}

TEST(LintFormulas, IsAnErrorWhereNothingCanConvert) {
  v1::Pack pack;
  pack.add_notes("$x$");
  std::vector<Finding> findings;
  CheckFormulas(pack, [](const auto&) { return absl::UnavailableError("apt-get install blahtexml"); }, findings);
  ASSERT_THAT(Lines(findings), ElementsAre(" LATEX_UNCHECKED"));
  EXPECT_EQ(findings[0].severity, Severity::kError);
  EXPECT_THAT(findings[0].message, HasSubstr("apt-get install blahtexml"));
}

TEST(PackTexts, AreAllTheTextsOfAQuestion) {
  v1::QuestionContent question = Fine();
  question.add_key_concepts()->set_text("Bias");
  question.add_red_flags("Guesses");
  question.set_currency_note("Moved");
  question.add_translations()->set_prompt("Was?");
  std::vector<std::string> paths;
  ForEachText(question, [&](const PackText& text) { paths.push_back(text.path); });
  EXPECT_THAT(paths, ElementsAre("prompt", "cue", "probes[0].text", "exemplars[0].text", "red_flags[0]", "key_concepts[0].text", "currency_note",
                                 "translations[0].prompt"));
  EXPECT_THAT(paths, Not(Contains("scenario")));
}

}  // namespace
}  // namespace assay::bank
