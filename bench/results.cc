#include "bench/results.h"

#include <fmt/format.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>

namespace assay::bench {
namespace {

using google::protobuf::ListValue;
using google::protobuf::Struct;

std::string Line(const Result& result) {
  return fmt::format(
      "{{\"name\":\"{}\",\"value\":{:.3f},\"unit\":\"{}\",\"limit\":{:.3f},\"ratio\":{:.3f},\"goal\":\"{}\",\"met\":{}}}", result.name,
      result.value, result.unit, result.limit, result.ratio(), result.goal_text(), result.met());
}

// What a former run measured, by name and in its order.
std::vector<Result> ReadJson(const std::string& path) {
  std::ifstream file(path);
  const std::string json{std::istreambuf_iterator<char>(file), {}};
  ListValue list;
  std::vector<Result> results;
  if (!google::protobuf::util::JsonStringToMessage(json, &list).ok()) return results;
  for (const auto& value : list.values()) {
    const auto& fields = value.struct_value().fields();
    const auto number = [&](const char* name) { return fields.count(name) > 0 ? fields.at(name).number_value() : 0.0; };
    const auto text = [&](const char* name) { return fields.count(name) > 0 ? fields.at(name).string_value() : std::string(); };
    Result result{text("name"), number("value"), text("unit"), number("limit")};
    const std::string goal = text("goal");
    if (goal.size() > 3) result.goal = {goal[0] == '>' ? Goal::Kind::kAtLeast : Goal::Kind::kAtMost, std::stod(goal.substr(3))};
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace

bool Result::met() const {
  switch (goal.kind) {
    case Goal::Kind::kNone:
      return true;
    case Goal::Kind::kAtLeast:
      return ratio() >= goal.ratio;
    case Goal::Kind::kAtMost:
      return ratio() <= goal.ratio;
  }
  return true;
}

std::string Result::goal_text() const {
  if (goal.kind == Goal::Kind::kNone) return "";
  return fmt::format("{} {}", goal.kind == Goal::Kind::kAtLeast ? ">=" : "<=", goal.ratio);
}

double Quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const size_t place = std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(place), values.end());
  return values[place];
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void PrintTable(const std::vector<Result>& results) {
  fmt::print("\n{:<30} {:>12} {:>12}  {:<10} {:>6}  {}\n", "name", "value", "limit", "unit", "ratio", "goal");
  for (const Result& result : results) {
    const int digits = std::max(result.value, result.limit) < 100 ? 2 : 0;
    fmt::print("{:<30} {:>12.{}f} {:>12.{}f}  {:<10} {:>6.2f}  {}{}\n", result.name, result.value, digits, result.limit, digits,
               result.unit, result.ratio(), result.goal_text(), result.met() ? "" : "  missed");
  }
}

absl::Status WriteJson(const std::vector<Result>& results, const std::string& path) {
  std::vector<Result> all = ReadJson(path);
  for (const Result& result : results) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const Result& one) { return one.name == result.name; });
    if (same == all.end()) {
      all.push_back(result);
    } else {
      *same = result;
    }
  }
  std::string json;
  for (const Result& result : all) json += (json.empty() ? "[\n  " : ",\n  ") + Line(result);
  std::ofstream file(path);
  file << (json.empty() ? "[" : json) << "\n]\n";
  return file.flush() ? absl::OkStatus() : absl::InternalError("cannot write " + path);
}

}  // namespace assay::bench
