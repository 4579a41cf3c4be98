#include "cli/policy_input_yaml.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "services/bank/domain/yaml_names.h"
#include "services/bank/domain/yaml_tree.h"
#include "services/runtime/base/rational.h"

namespace assay::cli {
namespace {

using bank::YamlNode;

// One mapping's fields by name.
using Readers = std::map<std::string, std::function<void(const YamlNode&)>, std::less<>>;

std::optional<int> WholeNumber(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::kScalar || !node.plain) return std::nullopt;
  int value = 0;
  const char* end = node.scalar.data() + node.scalar.size();
  const auto [stop, error] = std::from_chars(node.scalar.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

bool IsNull(const YamlNode& node) {
  return node.kind == YamlNode::Kind::kNull ||
         (node.kind == YamlNode::Kind::kScalar && node.plain &&
          (node.scalar.empty() || node.scalar == "~" || node.scalar == "null"));
}

class Reader {
 public:
  Reader(std::string_view name, PolicyInputFile& file) : name_(name), file_(file) {}

  std::vector<std::string> Take() { return std::move(problems_); }

  void ReadRoot(const YamlNode& root) {
    Mapping(
        root, "the input",
        {{"ratings",
          [&](const YamlNode& n) {
            List(n, "ratings", [&](const YamlNode& row, std::size_t i) { ReadRating(row, i); });
          }},
         {"expected",
          [&](const YamlNode& n) {
            List(n, "expected", [&](const YamlNode& row, std::size_t i) { ReadExpected(row, i); });
          }},
         {"interviews", [&](const YamlNode& n) { Texts(n, "interviews", file_.input.interviews); }},
         {"flags", [&](const YamlNode& n) { ReadFlags(n); }},
         {"role", [&](const YamlNode& n) { Text(n, "role", file_.input.role); }},
         {"level", [&](const YamlNode& n) { Level(n, "level", file_.input.level); }},
         {"allowed_levels", [&](const YamlNode& n) { ReadAllowedLevels(n); }},
         {"must_haves", [&](const YamlNode& n) { ReadMustHaves(n); }},
         {"parameters", [&](const YamlNode& n) { ReadParameters(n); }}});
    if (!file_.input.interviews.empty()) return;
    // Without a list, interviews are in the order in which the file first names them.
    std::set<std::string> seen;
    for (const scoring::Rating& rating : file_.input.ratings) {
      if (seen.insert(rating.key.interview).second)
        file_.input.interviews.push_back(rating.key.interview);
    }
    for (const scoring::RatingKey& key : file_.input.expected) {
      if (seen.insert(key.interview).second) file_.input.interviews.push_back(key.interview);
    }
  }

 private:
  void Problem(const YamlNode& node, std::string_view what) {
    problems_.push_back(fmt::format("{}:{}:{}: {}", name_, node.line, node.column, what));
  }

  void Mapping(const YamlNode& node, std::string_view what, const Readers& readers) {
    if (node.kind != YamlNode::Kind::kMapping)
      return Problem(node, fmt::format("{} must be a mapping", what));
    std::set<std::string> seen;
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const YamlNode& key = node.children[i];
      // The last of two would win in silence.
      if (!seen.insert(key.scalar).second) {
        Problem(key, fmt::format("key '{}' is given twice in {}", bank::Excerpt(key.scalar), what));
        continue;
      }
      const auto reader = readers.find(key.scalar);
      if (reader != readers.end()) {
        file_.lines.emplace(std::string(what) + "." + key.scalar, key.line);
        if (what == "the input") file_.lines.emplace(key.scalar, key.line);
        // A key without a value says nothing; a score before exposure may have been none.
        if (!IsNull(node.children[i + 1]) || key.scalar == "score_before_exposure")
          reader->second(node.children[i + 1]);
        continue;
      }
      std::vector<std::string> known;
      for (const auto& [name, read] : readers) known.push_back(name);
      Problem(key, fmt::format("unknown key '{}' in {} (known: {})", bank::Excerpt(key.scalar),
                               what, fmt::join(known, ", ")));
    }
  }

  void List(const YamlNode& node, std::string_view what,
            const std::function<void(const YamlNode&, std::size_t)>& each) {
    if (IsNull(node)) return;
    if (node.kind != YamlNode::Kind::kSequence)
      return Problem(node, fmt::format("{} must be a list", what));
    for (std::size_t i = 0; i < node.children.size(); ++i) each(node.children[i], i);
  }

  void Text(const YamlNode& node, std::string_view what, std::string& into) {
    if (node.kind != YamlNode::Kind::kScalar || node.scalar.empty()) {
      return Problem(node, fmt::format("{} must be text", what));
    }
    into = node.scalar;
  }

  void Texts(const YamlNode& node, std::string_view what, std::vector<std::string>& into) {
    List(node, what, [&](const YamlNode& item, std::size_t) {
      std::string text;
      Text(item, what, text);
      if (!text.empty()) into.push_back(std::move(text));
    });
  }

  void Boolean(const YamlNode& node, std::string_view what, bool& into) {
    const bool scalar = node.kind == YamlNode::Kind::kScalar && node.plain;
    if (!scalar || (node.scalar != "true" && node.scalar != "false")) {
      return Problem(node, fmt::format("{} must be true or false", what));
    }
    into = node.scalar == "true";
  }

  std::optional<int> Whole(const YamlNode& node, std::string_view what) {
    const std::optional<int> value = WholeNumber(node);
    if (!value) Problem(node, fmt::format("{} must be a whole number", what));
    return value;
  }

  template <typename Enum>
  void Choice(const YamlNode& node, std::string_view what,
              const google::protobuf::EnumDescriptor& type, Enum& into) {
    const auto* value =
        node.kind == YamlNode::Kind::kScalar ? bank::FindEnumValue(type, node.scalar) : nullptr;
    if (value == nullptr || value->number() == 0) {
      return Problem(node, fmt::format("{} must be one of {}", what, bank::EnumChoices(type)));
    }
    into = static_cast<Enum>(value->number());
  }

  void Level(const YamlNode& node, std::string_view what, bank::v1::Level& into) {
    Choice(node, what, *bank::v1::Level_descriptor(), into);
  }

  // A score of the scale; null = not assessed.
  std::optional<int> Score(const YamlNode& node, std::string_view what) {
    if (IsNull(node)) return std::nullopt;
    const std::optional<int> value = WholeNumber(node);
    if (!value) {
      const std::string shown =
          node.kind == YamlNode::Kind::kScalar ? bank::Excerpt(node.scalar) : "a collection";
      Problem(node, fmt::format("{}: {} is not a whole number from 1 to 5", what, shown));
    }
    return value;
  }

  Readers KeyReaders(const std::string& field, scoring::RatingKey& key) {
    return {
        {"interview",
         [=, this, &key](const YamlNode& n) { Text(n, field + ".interview", key.interview); }},
        {"interviewer",
         [=, this, &key](const YamlNode& n) { Text(n, field + ".interviewer", key.interviewer); }},
        {"question",
         [=, this, &key](const YamlNode& n) {
           Text(n, field + ".question", key.question);
         }},
        {"competency",
         [=, this, &key](const YamlNode& n) { Text(n, field + ".competency", key.competency); }}};
  }

  void ReadRating(const YamlNode& node, std::size_t index) {
    const std::string field = fmt::format("ratings[{}]", index);
    file_.lines[field] = node.line;
    scoring::Rating rating;
    Readers readers = KeyReaders(field, rating.key);
    readers["score"] = [&](const YamlNode& n) { rating.score = Score(n, field + ".score"); };
    readers["score_before_exposure"] = [&](const YamlNode& n) {
      rating.before_exposure =
          scoring::ScoreBeforeExposure{Score(n, field + ".score_before_exposure")};
    };
    Mapping(node, field, readers);
    file_.input.ratings.push_back(std::move(rating));
  }

  void ReadExpected(const YamlNode& node, std::size_t index) {
    const std::string field = fmt::format("expected[{}]", index);
    file_.lines[field] = node.line;
    scoring::RatingKey key;
    Mapping(node, field, KeyReaders(field, key));
    file_.input.expected.push_back(std::move(key));
  }

  void ReadCorroboration(Readers& readers, const std::string& field, scoring::Corroboration& into) {
    readers["people"] = [this, field, &into](const YamlNode& n) {
      into.people = Whole(n, field + ".people");
    };
    readers["evidence"] = [this, field, &into](const YamlNode& n) {
      Boolean(n, field + ".evidence", into.evidence);
    };
  }

  // A flag is its id, or a mapping with more to say.
  void ReadFlagList(const YamlNode& node, const std::string& list, bank::v1::FlagKind kind) {
    List(node, "flags." + list, [&](const YamlNode& item, std::size_t index) {
      const std::string field = fmt::format("flags.{}[{}]", list, index);
      scoring::ConfirmedFlag flag;
      if (item.kind == YamlNode::Kind::kScalar) {
        Text(item, field, flag.id);
      } else {
        Readers readers{{"id", [&](const YamlNode& n) { Text(n, field + ".id", flag.id); }}};
        ReadCorroboration(readers, field, flag.corroboration);
        if (kind == bank::v1::FLAG_KIND_RED) {
          readers["critical"] = [&](const YamlNode& n) {
            Boolean(n, field + ".critical", flag.critical);
          };
        }
        Mapping(item, field, readers);
        if (flag.id.empty()) return Problem(item, fmt::format("{}.id is missing", field));
      }
      file_.flag_kinds[flag.id] = kind;
      file_.input.flags.push_back(std::move(flag));
    });
  }

  void ReadFlags(const YamlNode& node) {
    const auto list = [&](std::string name, bank::v1::FlagKind kind) {
      return
          [this, name = std::move(name), kind](const YamlNode& n) { ReadFlagList(n, name, kind); };
    };
    Mapping(node, "flags",
            {{"auto_no_hire", list("auto_no_hire", bank::v1::FLAG_KIND_AUTO_NO_HIRE)},
             {"red", list("red", bank::v1::FLAG_KIND_RED)},
             {"strong_hire_signals",
              list("strong_hire_signals", bank::v1::FLAG_KIND_STRONG_HIRE_SIGNAL)},
             {"hold_signals", list("hold_signals", bank::v1::FLAG_KIND_HOLD_SIGNAL)},
             {"seniority_gap", [&](const YamlNode& n) { ReadSeniorityGap(n); }}});
  }

  void ReadSeniorityGap(const YamlNode& node) {
    scoring::Corroboration corroboration;
    bool marked = true;
    if (node.kind == YamlNode::Kind::kMapping) {
      Readers readers;
      ReadCorroboration(readers, "flags.seniority_gap", corroboration);
      Mapping(node, "flags.seniority_gap", readers);
    } else {
      Boolean(node, "flags.seniority_gap", marked);
    }
    if (marked) file_.input.seniority_gap = corroboration;
  }

  void ReadAllowedLevels(const YamlNode& node) {
    List(node, "allowed_levels", [&](const YamlNode& item, std::size_t) {
      bank::v1::Level level = bank::v1::LEVEL_UNSPECIFIED;
      Level(item, "allowed_levels", level);
      if (level != bank::v1::LEVEL_UNSPECIFIED) file_.input.allowed_levels.push_back(level);
    });
  }

  void ReadMustHaves(const YamlNode& node) {
    const auto numbers = [&](std::string what, std::set<int>& into) {
      return [this, what = std::move(what), &into](const YamlNode& n) {
        List(n, what, [&](const YamlNode& item, std::size_t) {
          if (const auto number = Whole(item, what)) into.insert(*number);
        });
      };
    };
    Mapping(node, "must_haves",
            {{"met", numbers("must_haves.met", file_.input.must_haves.met)},
             {"unmet", numbers("must_haves.unmet", file_.input.must_haves.unmet)}});
  }

  // A fraction of 1 as DOMAIN §3 writes it, ".80", to the basis point.
  void ReadAssessedWeight(const YamlNode& node) {
    constexpr int kWhole = 10000;
    const auto value = runtime::ParseRational(node.scalar);
    const runtime::Rational points =
        value.ok() ? runtime::Rational(*value * runtime::Rational(kWhole)) : runtime::Rational(-1);
    if (points < runtime::Rational(0) || points > runtime::Rational(kWhole) ||
        denominator(points) != 1) {
      return Problem(node,
                     "parameters.min_assessed_weight must be from 0 to 1, in steps of 0.0001");
    }
    file_.parameters.set_min_assessed_weight_basis_points(static_cast<int>(numerator(points)));
  }

  void ReadParameters(const YamlNode& node) {
    bank::v1::PolicyParameters& given = file_.parameters;
    using Setter = void (bank::v1::PolicyParameters::*)(std::int32_t);
    const auto whole = [&](std::string name, Setter set) {
      return [this, &given, set, name = "parameters." + std::move(name)](const YamlNode& n) {
        if (const auto value = Whole(n, name)) (given.*set)(*value);
      };
    };
    const auto choice = [&](std::string name, const google::protobuf::EnumDescriptor* type,
                            auto set) {
      return [this, &given, type, set, name = "parameters." + std::move(name)](const YamlNode& n) {
        int value = 0;
        Choice(n, name, *type, value);
        set(given, value);
      };
    };
    using Given = bank::v1::PolicyParameters;
    Mapping(
        node, "parameters",
        {{"min_assessed_weight", [&](const YamlNode& n) { ReadAssessedWeight(n); }},
         {"min_assessed_weight_basis_points",
          whole("min_assessed_weight_basis_points", &Given::set_min_assessed_weight_basis_points)},
         {"required_competencies", [&](const YamlNode& n) { ReadRequired(n); }},
         {"min_interviewers", whole("min_interviewers", &Given::set_min_interviewers)},
         {"min_ratings_per_competency",
          whole("min_ratings_per_competency", &Given::set_min_ratings_per_competency)},
         {"flag_corroboration", whole("flag_corroboration", &Given::set_flag_corroboration)},
         {"area_ratings", choice("area_ratings", bank::v1::AreaRatings_descriptor(),
                                 [](Given& g, int v) {
                                   g.set_area_ratings(static_cast<bank::v1::AreaRatings>(v));
                                 })},
         {"rounds",
          choice("rounds", bank::v1::RoundsRule_descriptor(),
                 [](Given& g, int v) { g.set_rounds(static_cast<bank::v1::RoundsRule>(v)); })},
         {"aggregation", choice("aggregation", bank::v1::Aggregation_descriptor(),
                                [](Given& g, int v) {
                                  g.set_aggregation(static_cast<bank::v1::Aggregation>(v));
                                })},
         {"must_haves", choice("must_haves", bank::v1::MustHavesRule_descriptor(),
                               [](Given& g, int v) {
                                 g.set_must_haves(static_cast<bank::v1::MustHavesRule>(v));
                               })},
         {"exposure_revisions",
          choice("exposure_revisions", bank::v1::ExposureRevisions_descriptor(),
                 [](Given& g, int v) {
                   g.set_exposure_revisions(static_cast<bank::v1::ExposureRevisions>(v));
                 })}});
  }

  void ReadRequired(const YamlNode& node) {
    file_.gives_required_competencies = true;
    std::vector<std::string> required;
    const bool none = node.kind == YamlNode::Kind::kScalar && node.scalar == "none";
    if (!none) Texts(node, "parameters.required_competencies", required);
    for (std::string& competency : required)
      file_.parameters.add_required_competencies(std::move(competency));
  }

  std::string name_;
  PolicyInputFile& file_;
  std::vector<std::string> problems_;
};

}  // namespace

int PolicyInputFile::LineOf(std::string_view field) const {
  while (true) {
    const auto line = lines.find(std::string(field));
    if (line != lines.end()) return line->second;
    const auto cut = field.find_last_of(".[");
    if (cut == std::string_view::npos) return 0;
    field = field.substr(0, cut);
  }
}

std::vector<std::string> ReadPolicyInput(std::string_view yaml, std::string_view file_name,
                                         PolicyInputFile& file) {
  YamlNode root;
  std::vector<bank::YamlProblem> unreadable;
  if (!bank::ParseYamlTree(yaml, file_name, root, unreadable)) {
    std::vector<std::string> problems;
    for (const bank::YamlProblem& problem : unreadable) problems.push_back(problem.ToString());
    return problems;
  }
  Reader reader(file_name, file);
  reader.ReadRoot(root);
  return reader.Take();
}

}  // namespace assay::cli
