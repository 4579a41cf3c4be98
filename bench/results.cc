#include "bench/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace assay::bench {

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

void PrintTable(const std::vector<Result>& results) {
  fmt::print("\n{:<22} {:>12} {:>12}  {:<8} {:>6}\n", "name", "value", "limit", "unit", "ratio");
  for (const Result& result : results) {
    const int digits = result.value < 100 ? 2 : 0;
    fmt::print("{:<22} {:>12.{}f} {:>12.{}f}  {:<8} {:>6.2f}\n", result.name, result.value, digits, result.limit, digits,
               result.unit, result.ratio());
  }
}

bool WriteJson(const std::vector<Result>& results, const std::string& path) {
  std::string json = "[";
  for (const Result& result : results) {
    json += fmt::format("{}\n  {{\"name\":\"{}\",\"value\":{:.3f},\"unit\":\"{}\",\"limit\":{:.3f},\"ratio\":{:.3f}}}",
                        json.size() == 1 ? "" : ",", result.name, result.value, result.unit, result.limit, result.ratio());
  }
  std::ofstream file(path);
  file << json << "\n]\n";
  return static_cast<bool>(file.flush());
}

}  // namespace assay::bench
