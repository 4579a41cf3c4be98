#include "services/scoring/domain/decision_replay.h"

#include <cmath>
#include <set>

#include <fmt/format.h>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/runtime/base/status_macros.h"

namespace assay::scoring {
namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;
using google::protobuf::Value;

// Reads one canonical object; the first thing that is not as written is remembered and the rest reads as nothing.
class Reader {
 public:
  explicit Reader(const Struct& object, absl::Status& status) : object_(object), status_(status) {}

  const Value& At(const std::string& key) const {
    const auto found = object_.fields().find(key);
    if (found != object_.fields().end()) return found->second;
    if (status_.ok()) status_ = absl::InvalidArgumentError(fmt::format("the canonical inputs lack {}", key));
    return Value::default_instance();
  }
  bool Has(const std::string& key) const { return object_.fields().count(key) > 0; }
  bool IsNull(const std::string& key) const { return At(key).has_null_value(); }
  std::string Text(const std::string& key) const { return At(key).string_value(); }
  bool Truth(const std::string& key) const { return At(key).bool_value(); }
  int Number(const std::string& key) const { return static_cast<int>(std::lround(At(key).number_value())); }
  std::optional<int> OptionalNumber(const std::string& key) const {
    return IsNull(key) ? std::nullopt : std::optional<int>(Number(key));
  }
  const ListValue& List(const std::string& key) const { return At(key).list_value(); }
  Reader Object(const std::string& key) const { return Reader(At(key).struct_value(), status_); }
  Reader Item(const Value& value) const { return Reader(value.struct_value(), status_); }
  const Struct& object() const { return object_; }

  Rational Exact(const std::string& key) const {
    absl::StatusOr<Rational> value = ReadRational(At(key).string_value());
    if (value.ok()) return *value;
    if (status_.ok()) status_ = value.status();
    return 0;
  }

 private:
  // Canonical rationals may be longer than what people may type.
  static absl::StatusOr<Rational> ReadRational(const std::string& text) {
    if (text.empty() || text.find_first_not_of("-0123456789/") != std::string::npos)
      return absl::InvalidArgumentError(fmt::format("{} is no rational", text));
    try {
      return Rational(text);
    } catch (const std::exception&) {
      return absl::InvalidArgumentError(fmt::format("{} is no rational", text));
    }
  }

  const Struct& object_;
  absl::Status& status_;
};

std::set<std::string> Strings(const ListValue& list) {
  std::set<std::string> strings;
  for (const Value& value : list.values()) strings.insert(value.string_value());
  return strings;
}

std::set<int> Numbers(const ListValue& list) {
  std::set<int> numbers;
  for (const Value& value : list.values()) numbers.insert(static_cast<int>(std::lround(value.number_value())));
  return numbers;
}

RatingKey ReadKey(const Reader& key) {
  return {.interview = key.Text("interview"),
          .interviewer = key.Text("interviewer"),
          .question = key.Text("question"),
          .competency = key.Text("competency")};
}

PolicySettings ReadPolicy(const Reader& policy) {
  PolicySettings settings;
  settings.id = policy.Text("id");
  for (const Value& value : policy.List("competencies").values()) {
    const Reader competency = policy.Item(value);
    settings.competencies.push_back({.id = competency.Text("id"),
                                     .weight = competency.Exact("weight"),
                                     .threshold = competency.Exact("threshold")});
  }
  settings.no_hire_below = policy.Exact("no_hire_below");
  settings.category_floor = policy.Exact("category_floor");
  settings.hire_bar = policy.Exact("hire_bar");
  settings.strong_hire_bar = policy.Exact("strong_hire_bar");
  settings.role_critical_preferred = policy.Exact("role_critical_preferred");
  settings.question_average = policy.Exact("question_average");
  settings.min_assessed_weight = policy.Exact("min_assessed_weight");
  settings.required_competencies = Strings(policy.List("required_competencies"));
  settings.min_interviewers = policy.Number("min_interviewers");
  settings.min_ratings_per_competency = policy.Number("min_ratings_per_competency");
  settings.flag_corroboration = policy.Number("flag_corroboration");
  settings.area_ratings = static_cast<bank::v1::AreaRatings>(policy.Number("area_ratings"));
  settings.rounds = static_cast<bank::v1::RoundsRule>(policy.Number("rounds"));
  settings.aggregation = static_cast<bank::v1::Aggregation>(policy.Number("aggregation"));
  settings.must_haves = static_cast<bank::v1::MustHavesRule>(policy.Number("must_haves"));
  settings.exposure_revisions = static_cast<bank::v1::ExposureRevisions>(policy.Number("exposure_revisions"));
  return settings;
}

Corroboration ReadCorroboration(const Reader& json) {
  return {.people = json.OptionalNumber("people"), .evidence = json.Truth("evidence")};
}

void ReadRatings(const Reader& json, EvaluationInput& input) {
  for (const Value& value : json.List("ratings").values()) {
    const Reader row = json.Item(value);
    Rating rating{.key = ReadKey(row.Object("key")), .score = row.OptionalNumber("score"), .before_exposure = std::nullopt};
    if (row.Has("score_before_exposure"))
      rating.before_exposure = ScoreBeforeExposure{row.OptionalNumber("score_before_exposure")};
    input.ratings.push_back(std::move(rating));
  }
  for (const Value& value : json.List("expected").values()) input.expected.push_back(ReadKey(json.Item(value)));
}

void ReadFlags(const Reader& json, ReplayMaterial& material) {
  const Reader flags = json.Object("flags");
  for (const auto& [id, value] : flags.object().fields()) {
    const Reader flag = flags.Item(value);
    material.facts.flags[id] = {.kind = static_cast<bank::v1::FlagKind>(flag.Number("kind")),
                                .experienced_roles_only = flag.Truth("experienced_roles_only"),
                                .always_corroborated = flag.Truth("always_corroborated")};
    material.input.flags.push_back({.id = id,
                                    .critical = flag.Truth("critical"),
                                    .corroboration = ReadCorroboration(flag.Object("corroboration"))});
  }
}

bool Parse(std::string_view json, Struct& object) {
  const auto status = google::protobuf::util::JsonStringToMessage(std::string(json), &object);
  return status.ok();
}

}  // namespace

absl::StatusOr<ReplayMaterial> ReadCanonicalInputs(std::string_view canonical_inputs) {
  Struct object;
  if (!Parse(canonical_inputs, object)) return absl::InvalidArgumentError("the canonical inputs are no JSON object");
  absl::Status status;
  const Reader json(object, status);
  ReplayMaterial material;
  material.settings = ReadPolicy(json.Object("policy"));
  ReadRatings(json, material.input);
  ReadFlags(json, material);
  if (!json.IsNull("seniority_gap")) material.input.seniority_gap = ReadCorroboration(json.Object("seniority_gap"));
  if (json.Has("role") && !json.IsNull("role")) {
    const Reader role = json.Object("role");
    material.input.role = role.Text("id");
    material.facts.roles[material.input.role] = {.critical_questions = Strings(role.List("critical_questions")),
                                                 .needs_experience = role.Truth("needs_experience"),
                                                 .must_haves = role.Number("must_haves")};
  }
  material.input.level = static_cast<bank::v1::Level>(json.Number("level"));
  for (const int level : Numbers(json.List("allowed_levels")))
    material.input.allowed_levels.push_back(static_cast<bank::v1::Level>(level));
  material.input.must_haves.met = Numbers(json.Object("must_haves").List("met"));
  material.input.must_haves.unmet = Numbers(json.Object("must_haves").List("unmet"));
  if (json.Has("interviews")) {
    for (const Value& value : json.List("interviews").values()) material.input.interviews.push_back(value.string_value());
  }
  RETURN_IF_ERROR(status);
  return material;
}

std::vector<std::string> JsonDifferences(std::string_view before, std::string_view after) {
  if (before == after) return {};
  Struct a;
  Struct b;
  if (!Parse(before, a) || !Parse(after, b)) return {""};
  std::set<std::string> keys;
  for (const auto& [key, value] : a.fields()) keys.insert(key);
  for (const auto& [key, value] : b.fields()) keys.insert(key);
  std::vector<std::string> differences;
  for (const std::string& key : keys) {
    const auto left = a.fields().find(key);
    const auto right = b.fields().find(key);
    if (left == a.fields().end() || right == b.fields().end() ||
        !google::protobuf::util::MessageDifferencer::Equals(left->second, right->second))
      differences.push_back("/" + key);
  }
  return differences;
}

}  // namespace assay::scoring
