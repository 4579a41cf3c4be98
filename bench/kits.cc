#include "bench/kits.h"

#include <algorithm>
#include <chrono>

#include "services/bank/domain/kit.h"
#include "tests/support/generated_bank.h"

namespace assay::bench {
namespace {

using Clock = std::chrono::steady_clock;

double MillisecondsSince(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

}  // namespace

double KitSelection::Percentile(double share) const {
  if (milliseconds.empty()) return 0;
  return milliseconds[std::min(milliseconds.size() - 1, static_cast<std::size_t>(share * static_cast<double>(milliseconds.size())))];
}

KitSelection MeasureKitSelection(int questions, int kits) {
  const testing::GeneratedBank generated{.questions = questions};
  bank::KitCatalogue catalogue = testing::GeneratedKitCatalogue(generated);
  KitSelection result;
  result.questions = questions;
  result.bytes_per_question = static_cast<double>(catalogue.Bytes()) / questions;
  for (int i = 0; i < kits; ++i) {
    bank::KitRequest request;
    request.role = catalogue.roles()[static_cast<std::size_t>(i) % catalogue.roles().size()].id();
    request.level = static_cast<bank::v1::Level>(1 + i % 3);
    request.format = i % 4 == 3 ? "screen-30" : "round-60";
    request.seed = static_cast<std::uint64_t>(i);
    const Clock::time_point start = Clock::now();
    const auto kit = bank::AssembleKit(request, catalogue);
    if (kit.ok()) result.milliseconds.push_back(MillisecondsSince(start));
  }
  std::sort(result.milliseconds.begin(), result.milliseconds.end());

  constexpr int kEdits = 50;
  Clock::time_point start = Clock::now();
  for (int i = 0; i < kEdits; ++i) {
    bank::QuestionFacts facts = testing::GeneratedFacts(generated, i * 37 % questions);
    ++facts.revision;
    catalogue = catalogue.With({facts}, {});
  }
  result.edit_milliseconds = MillisecondsSince(start) / kEdits;
  start = Clock::now();
  for (int i = 0; i < kEdits; ++i) catalogue = catalogue.WithUsed({testing::GeneratedFacts(generated, i * 37 % questions).id});
  result.use_milliseconds = MillisecondsSince(start) / kEdits;
  return result;
}

}  // namespace assay::bench
