#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "services/bank/domain/kit.h"

namespace assay::bank {
namespace {

constexpr int kShortestRound = 5;
constexpr int kLongestRound = 480;

// Slot boxes for another length, in proportion; the minutes that rounding leaves go to the largest remainders, and no
// box drops under a minute. A shorter round asks for fewer questions and stories, a longer one may ask more.
void Scale(int minutes, v1::Format& format) {
  const int slots = format.slots_size();
  int before = 0;
  for (const v1::FormatSlot& slot : format.slots()) before += slot.minutes();
  if (before == 0 || before == minutes) {
    format.set_minutes(minutes);
    return;
  }
  std::vector<int> scaled(static_cast<std::size_t>(slots));
  std::vector<int> order(static_cast<std::size_t>(slots));
  std::iota(order.begin(), order.end(), 0);
  int sum = 0;
  for (int i = 0; i < slots; ++i) {
    int& box = scaled[static_cast<std::size_t>(i)];
    box = std::max(1, format.slots(i).minutes() * minutes / before);
    sum += box;
  }
  const auto remainder = [&](int i) { return format.slots(i).minutes() * minutes % before; };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return remainder(a) > remainder(b); });
  for (std::size_t i = 0; sum < minutes; i = (i + 1) % order.size()) {
    ++scaled[static_cast<std::size_t>(order[i])];
    ++sum;
  }
  while (sum > minutes) {
    const auto largest = std::max_element(scaled.begin(), scaled.end());
    if (*largest <= 1) break;
    --*largest;
    --sum;
  }
  for (int i = 0; i < slots; ++i) {
    v1::FormatSlot& slot = *format.mutable_slots(i);
    const int most = slot.max_questions();
    slot.set_minutes(scaled[static_cast<std::size_t>(i)]);
    if (most == 0) continue;
    slot.set_max_questions(std::max(1, most * minutes / before));
    if (minutes < before && slot.min_questions() > 0) {
      slot.set_min_questions(std::max(1, slot.min_questions() * minutes / before));
    }
    while (slot.stories_size() > slot.max_questions()) slot.mutable_stories()->RemoveLast();
  }
  format.set_minutes(minutes);
}

}  // namespace

absl::StatusOr<v1::Format> FormatFor(const KitRequest& request, const KitCatalogue& catalogue) {
  if (request.minutes != 0 && (request.minutes < kShortestRound || request.minutes > kLongestRound)) {
    return absl::InvalidArgumentError(
        fmt::format("minutes: {}; give {} to {}, or 0 for the format's own", request.minutes, kShortestRound,
                    kLongestRound));
  }
  const v1::Format* format = nullptr;
  if (!request.format.empty()) {
    format = catalogue.FindFormat(request.format);
    if (format == nullptr) {
      return absl::NotFoundError(fmt::format("format \"{}\" is not in the catalogue", request.format));
    }
  } else {
    format = catalogue.FindFormat(catalogue.default_format());
    const bool exact = format != nullptr && format->minutes() == request.minutes;
    for (const v1::Format& other : catalogue.formats()) {
      if (format == nullptr || (!exact && format->minutes() != request.minutes && other.minutes() == request.minutes)) {
        format = &other;
      }
    }
    if (format == nullptr) return absl::NotFoundError("the catalogue has no format");
  }
  v1::Format chosen = *format;
  if (request.minutes != 0 && request.minutes != chosen.minutes()) Scale(request.minutes, chosen);
  return chosen;
}

}  // namespace assay::bank
