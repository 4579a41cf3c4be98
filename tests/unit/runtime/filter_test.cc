#include "services/runtime/paging/filter.h"

#include <gmock/gmock.h>

#include <random>

#include "assay/bank/v1/question.pb.h"
#include "services/runtime/base/error.h"

namespace assay::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const FilterFields& Fields() {
  static const FilterFields fields{{"id", {"q.id"}},
                                   {"level", EnumField("q.level", bank::v1::Level_descriptor())},
                                   {"pack", {"q.pack", FilterType::kName}},
                                   {"minutes", {"q.minutes", FilterType::kInteger}},
                                   {"leaked", {"q.leaked", FilterType::kBool}},
                                   {"publish_time", {"q.publish_time", FilterType::kTime}},
                                   {"tag", {"q.tags", FilterType::kTextArray}},
                                   {"panel", {"q.panel", FilterType::kNameArray}},
                                   {"stage", {}}};
  return fields;
}

std::string Where(const std::string& filter, int first = 1) {
  const auto compiled = CompileFilter(filter, Fields(), first);
  return compiled.ok() ? compiled->where : "refused: " + std::string(compiled.status().message());
}

std::vector<std::string> Parameters(const std::string& filter) {
  const auto compiled = CompileFilter(filter, Fields(), 1);
  std::vector<std::string> texts;
  if (compiled.ok()) {
    for (const Value& value : compiled->parameters) texts.push_back(value.text().value_or("NULL"));
  }
  return texts;
}

// What is said of the field `filter`; empty where nothing is wrong.
std::string Refusal(const std::string& filter) {
  const auto compiled = CompileFilter(filter, Fields(), 1);
  if (compiled.ok()) return "";
  EXPECT_EQ(ReasonOf(compiled.status()), v1::ERROR_REASON_FILTER_INVALID) << filter;
  EXPECT_EQ(compiled.status().code(), absl::StatusCode::kInvalidArgument) << filter;
  EXPECT_EQ(ViolationsOf(compiled.status()).size(), 1u) << filter;
  EXPECT_EQ(ViolationsOf(compiled.status()).at(0).field, "filter");
  return ViolationsOf(compiled.status()).at(0).description;
}

std::string Canonical(const std::string& filter) {
  const auto parsed = ParseFilter(filter);
  return parsed.ok() ? PrintFilter(*parsed) : "refused: " + std::string(parsed.status().message());
}

TEST(FilterTest, AnEmptyFilterLetsEverythingThrough) {
  for (const std::string filter : {"", "   ", "\t\n"}) {
    EXPECT_EQ(Where(filter), "TRUE");
    EXPECT_EQ(Canonical(filter), "");
  }
}

TEST(FilterTest, OrBindsTighterThanAnd) {
  EXPECT_EQ(Canonical("id = a AND id = b OR id = c"), R"(id = "a" AND (id = "b" OR id = "c"))");
  EXPECT_EQ(Canonical("id = a OR id = b AND id = c"), R"((id = "a" OR id = "b") AND id = "c")");
  EXPECT_EQ(Canonical("(id = a AND id = b) OR id = c"), R"((id = "a" AND id = "b") OR id = "c")");
}

TEST(FilterTest, TermsSideBySideAreJoinedByAnd) {
  EXPECT_EQ(Canonical("id=a level=senior OR level=fresher leaked"), R"(id = "a" AND (level = "senior" OR level = "fresher") AND leaked)");
  EXPECT_EQ(Canonical("id=a(level=senior)"), R"(id = "a" AND level = "senior")");
}

TEST(FilterTest, NotAndMinusNegateTheTermBehindThem) {
  EXPECT_EQ(Canonical("NOT id = a AND -id = b"), R"(NOT id = "a" AND NOT id = "b")");
  EXPECT_EQ(Canonical("-(id = a OR leaked)"), R"(NOT (id = "a" OR leaked))");
  EXPECT_EQ(Canonical("NOT(leaked)"), "NOT leaked");
  EXPECT_EQ(Canonical("NOT (NOT leaked)"), "NOT (NOT leaked)");
  EXPECT_EQ(Canonical("NOT leaked OR NOT id=a"), R"(NOT leaked OR NOT id = "a")");
  // Within a value it is a character.
  EXPECT_EQ(Canonical("id = a-b minutes > -5"), R"(id = "a-b" AND minutes > "-5")");
}

TEST(FilterTest, EveryOperatorIsKnownWithAndWithoutSpaces) {
  for (const std::string op : {"=", "!=", "<", "<=", ">", ">=", ":"}) {
    const std::string canonical = "minutes " + op + " \"7\"";
    EXPECT_EQ(Canonical("minutes" + op + "7"), canonical);
    EXPECT_EQ(Canonical("minutes " + op + " 7"), canonical);
    EXPECT_EQ(Canonical("minutes " + op + "\"7\""), canonical);
  }
}

TEST(FilterTest, QuotedTextsMayHoldAnythingAndTheirEscapes) {
  EXPECT_THAT(Parameters(R"(id = "a b AND (c) = 'd'")"), ElementsAre("a b AND (c) = 'd'"));
  EXPECT_THAT(Parameters(R"(id = 'say "hi"')"), ElementsAre("say \"hi\""));
  EXPECT_THAT(Parameters(R"(id = "q\"uote \\ \' \* \n\t")"), ElementsAre("q\"uote \\ ' * \n\t"));
  EXPECT_THAT(Parameters("id = \"Größe – 数\""), ElementsAre("Größe – 数"));
  EXPECT_THAT(Parameters("id = \"\""), ElementsAre(""));
}

TEST(FilterTest, EveryValueIsAParameterWhateverItHolds) {
  for (const std::string evil : {"'; DROP TABLE question; --", "$1", "\\x27", "a' OR '1'='1", "%_\\", "{filter}", "{}", "\xC2\xA0"}) {
    std::string quoted;
    for (const char c : evil) quoted += (c == '\\' ? "\\\\" : std::string(1, c));
    EXPECT_EQ(Where("id = \"" + quoted + "\" AND tag:\"" + quoted + "\""), "((q.id = $1::text) AND (q.tags @> ARRAY[$2::text]))");
    EXPECT_THAT(Parameters("id = \"" + quoted + "\""), ElementsAre(evil));
  }
}

TEST(FilterTest, ParametersAreNumberedFromWhereTheCallerSays) {
  EXPECT_EQ(Where("id = a AND minutes > 3", 7), "((q.id = $7::text) AND (q.minutes > $8::bigint))");
}

TEST(FilterTest, AStarStandsForAnyCharactersAtEitherEnd) {
  EXPECT_EQ(Where("id = q0*"), "(q.id LIKE $1::text)");
  EXPECT_THAT(Parameters("id = q0*"), ElementsAre("q0%"));
  EXPECT_THAT(Parameters("id = *7"), ElementsAre("%7"));
  EXPECT_THAT(Parameters("id = \"*a_b%c\\\\*\""), ElementsAre("%a\\_b\\%c\\\\%"));
  EXPECT_EQ(Where("id != q0*"), "NOT coalesce(q.id LIKE $1::text, FALSE)");
  EXPECT_EQ(Where("tag:rag*"), "((chr(31) || array_to_string(q.tags, chr(31)) || chr(31)) LIKE $1::text)");
  EXPECT_THAT(Parameters("tag:rag* tag:*rag tag:*rag*"), ElementsAre("%\x1frag%", "%rag\x1f%", "%rag%"));
  // Escaped it is a character.
  EXPECT_EQ(Where("id = \"\\*\""), "(q.id = $1::text)");
  EXPECT_THAT(Refusal("id = a*b"), HasSubstr("start or the end"));
  EXPECT_THAT(Refusal("minutes = 1*"), HasSubstr("*"));
  EXPECT_THAT(Refusal("id < a*"), HasSubstr("*"));
}

TEST(FilterTest, AStarAloneAsksWhetherThereIsAValue) {
  EXPECT_EQ(Where("id:*"), "(coalesce(q.id, '') <> '')");
  EXPECT_EQ(Where("publish_time:*"), "(q.publish_time IS NOT NULL)");
  EXPECT_EQ(Where("publish_time != *"), "NOT (q.publish_time IS NOT NULL)");
  EXPECT_EQ(Where("NOT tag:*"), "NOT coalesce((coalesce(cardinality(q.tags), 0) > 0), FALSE)");
  EXPECT_THAT(Refusal("publish_time > *"), HasSubstr("*"));
}

TEST(FilterTest, AMissingValueDiffersFromEverythingAlsoBelowNot) {
  EXPECT_EQ(Where("publish_time != \"2026-01-01T00:00:00Z\""), "(q.publish_time IS DISTINCT FROM $1::timestamptz)");
  EXPECT_EQ(Where("NOT publish_time > \"2026-01-01T00:00:00Z\""), "NOT coalesce((q.publish_time > $1::timestamptz), FALSE)");
}

TEST(FilterTest, AnEnumIsComparedWhateverTheCaseAndMayHaveItsPrefix) {
  for (const std::string value : {"fresher", "FRESHER", "Fresher", "level_fresher", "LEVEL_FRESHER"}) {
    EXPECT_THAT(Parameters("level = " + value), ElementsAre("FRESHER"));
  }
  EXPECT_THAT(Refusal("level = junior"), HasSubstr("FRESHER, EXPERIENCED, SENIOR"));
  EXPECT_THAT(Refusal("level = unspecified"), HasSubstr("no value"));
  EXPECT_THAT(Refusal("level > fresher"), HasSubstr("no order"));
}

TEST(FilterTest, ANameIsComparedByItsId) {
  EXPECT_THAT(Parameters("pack = packs/ai-engineer OR pack = ai-engineer"), ElementsAre("ai-engineer", "ai-engineer"));
  EXPECT_EQ(Where("panel:interviewers/dana"), "(q.panel @> ARRAY[$1::text])");
  EXPECT_THAT(Parameters("panel:interviewers/dana"), ElementsAre("dana"));
}

TEST(FilterTest, NumbersBoolsAndTimesAreParsed) {
  EXPECT_THAT(Parameters("minutes <= 9223372036854775807"), ElementsAre("9223372036854775807"));
  for (const std::string bad : {"9223372036854775808", "99999999999999999999999999", "1.5", "1e3", "x", "\"\"", "\" 1\"", "0x10", "+1"}) {
    EXPECT_THAT(Refusal("minutes = " + bad), HasSubstr("whole number")) << bad;
  }
  EXPECT_EQ(Where("leaked"), "(q.leaked)");
  EXPECT_EQ(Where("NOT leaked"), "NOT coalesce((q.leaked), FALSE)");
  EXPECT_THAT(Parameters("leaked = TRUE leaked = false"), ElementsAre("t", "f"));
  EXPECT_THAT(Refusal("leaked = maybe"), HasSubstr("true or false"));
  EXPECT_THAT(Refusal("leaked > false"), HasSubstr("no order"));
  EXPECT_THAT(Parameters("publish_time > 2026-01-01T10:00:00+02:00"), ElementsAre("2026-01-01T08:00:00.000000Z"));
  for (const std::string bad : {"yesterday", "2026-01-01", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "99999-01-01T00:00:00Z", "\"\""}) {
    EXPECT_THAT(Refusal("publish_time < " + bad), HasSubstr("is a time like")) << bad;
  }
}

TEST(FilterTest, ColonOnATextMeansContains) {
  EXPECT_EQ(Where("id:Loss"), "(strpos(lower(q.id), lower($1::text)) > 0)");
}

TEST(FilterTest, AListIsAskedForWhatItHas) {
  EXPECT_EQ(Where("tag = a"), Where("tag:a"));
  EXPECT_EQ(Where("tag != a"), "NOT coalesce(q.tags @> ARRAY[$1::text], FALSE)");
  EXPECT_THAT(Refusal("tag > a"), HasSubstr("tag:value"));
}

TEST(FilterTest, AnUnknownFieldIsNamedWithTheKnownOnes) {
  EXPECT_THAT(Refusal("colour = red"), HasSubstr("unknown field \"colour\"; known fields: id, leaked, level, minutes, pack, panel, publish_time, stage, tag"));
  EXPECT_THAT(Refusal("id = a AND NOT (level = senior OR colour:red)"), HasSubstr("colour"));
  // Names are compared as they stand.
  EXPECT_THAT(Refusal("Level = senior"), HasSubstr("unknown field \"Level\""));
}

TEST(FilterTest, AWordOrTextWithoutAFieldIsRefused) {
  EXPECT_THAT(Refusal("retrieval"), HasSubstr("field = value"));
  EXPECT_THAT(Refusal("\"gradient descent\""), HasSubstr("field = \"text\""));
  EXPECT_THAT(Refusal("level"), HasSubstr("not true or false"));
  EXPECT_THAT(Refusal("state ACTIVE"), HasSubstr("unknown field"));
  EXPECT_THAT(Refusal("überall = x"), HasSubstr("not the name of a field"));
}

TEST(FilterTest, AFieldThatTheCallerComparesIsRefusedWithinOrAndNot) {
  EXPECT_THAT(Refusal("stage = a OR id = b"), HasSubstr("term of its own"));
  EXPECT_THAT(Refusal("NOT (stage = a AND id = b)"), HasSubstr("term of its own"));
}

TEST(FilterTest, WhatIsNotUnderstoodIsSaidWithThePlace) {
  for (const auto& [filter, what] : std::vector<std::pair<std::string, std::string>>{
           {"id =", "ends where a value"},
           {"id = a AND", "ends where a term"},
           {"id = a OR", "ends where a term"},
           {"NOT", "ends where a term"},
           {"AND id = a", "found AND"},
           {"OR", "found OR"},
           {"id = a AND AND id = b", "found AND"},
           {"NOT NOT leaked", "found NOT"},
           {"(id = a", "not closed"},
           {"id = a)", "not opened"},
           {"()", "before the parenthesis closes"},
           {"id = (a OR b)", "(field = a OR field = b)"},
           {"id == a", "a value is expected"},
           {"id = = a", "a value is expected"},
           {"id = \"a", "not closed"},
           {"id = 'a", "not closed"},
           {"id = \"a\\", "not closed"},
           {"id = \"a\\x41\"", "backslash"},
           {"id ! a", "NOT before a term"},
           {"id = a, level = senior", "name of a field"},
           {"- id = a", "name of a field"},
           {"= a", "name of a field"},
           {"a..b. = c", "not the name"},
           {"5 = 5", "not the name"}}) {
    EXPECT_THAT(Refusal(filter), HasSubstr(what)) << filter;
  }
  EXPECT_THAT(Refusal("id = a AND größe"), HasSubstr("at character 12"));
}

TEST(FilterTest, TextThatIsNotUtf8OrHoldsNulIsRefused) {
  for (const std::string& bad : {std::string("id = \"a\0b\"", 10), std::string("id = \"\xC3\x28\""), std::string("\xFF"), std::string("id = \xED\xA0\x80")}) {
    EXPECT_THAT(Refusal(bad), HasSubstr("UTF-8"));
  }
}

TEST(FilterTest, DepthAndLengthAreBounded) {
  const auto nested = [](int depth) { return std::string(depth, '(') + "leaked" + std::string(depth, ')'); };
  EXPECT_EQ(Refusal(nested(kMaxFilterDepth)), "");
  EXPECT_THAT(Refusal(nested(kMaxFilterDepth + 1)), HasSubstr("deeper than 32"));
  EXPECT_THAT(Refusal(std::string(1'000'000, '(')), HasSubstr("deeper than 32"));
  std::string negated = "leaked";
  for (int i = 0; i < kMaxFilterDepth; ++i) negated = "-(" + negated + ")";
  EXPECT_EQ(Refusal(negated), "");
  EXPECT_THAT(Refusal("-(" + negated + ")"), HasSubstr("deeper than 32"));
  std::string terms = "leaked";
  for (int i = 1; i < kMaxFilterTerms; ++i) terms += " leaked";
  EXPECT_EQ(Refusal(terms), "");
  EXPECT_THAT(Refusal(terms + " OR leaked"), HasSubstr("more than 100 terms"));
  EXPECT_THAT(Refusal(std::string(100'000, '-') + "leaked"), HasSubstr("name of a field"));
}

// Any tree that the grammar has.
FilterNode AnyNode(std::mt19937& random, int depth) {
  const auto pick = [&](int n) { return static_cast<int>(random() % n); };
  FilterNode node;
  const int kind = depth > 4 ? 3 : pick(4);
  if (kind == 3) {
    node.kind = FilterNode::Kind::kTerm;
    node.field = std::vector<std::string>{"id", "panel.interviewer", "a_b", "x1", "NOTE", "ORDER"}[pick(6)];
    node.op = static_cast<FilterOperator>(pick(8));
    if (node.op == FilterOperator::kBare) return node;
    for (int i = pick(6); i > 0; --i) node.value.text += std::string("a\"\\*' \n\t(=)%_ANDé").substr(pick(17), 1);
    // A piece of a letter is no text.
    std::erase_if(node.value.text, [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; });
    node.value.any_before = pick(3) == 0;
    node.value.any_after = node.value.any_before ? pick(2) == 0 : pick(3) == 0 && !node.value.text.empty();
    return node;
  }
  node.kind = static_cast<FilterNode::Kind>(kind);
  const int children = node.kind == FilterNode::Kind::kNot ? 1 : 2 + pick(3);
  for (int i = 0; i < children; ++i) node.children.push_back(AnyNode(random, depth + 1));
  return node;
}

TEST(FilterTest, WhatIsPrintedParsesToTheSame) {
  std::mt19937 random(7);
  int understood = 0;
  for (int i = 0; i < 3000; ++i) {
    const FilterNode node = AnyNode(random, 0);
    const std::string printed = PrintFilter(node);
    const auto parsed = ParseFilter(printed);
    // A large tree may have too many terms.
    if (!parsed.ok()) {
      ASSERT_THAT(std::string(parsed.status().message()), HasSubstr("more than 100 terms")) << printed;
      continue;
    }
    ++understood;
    ASSERT_EQ(*parsed, node) << printed;
    ASSERT_EQ(PrintFilter(*parsed), printed);
  }
  EXPECT_GT(understood, 2000);
}

}  // namespace
}  // namespace assay::runtime
