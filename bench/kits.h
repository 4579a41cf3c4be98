#pragma once

#include <vector>

namespace assay::bench {

// What choosing costs in this process, without the service.
struct KitSelection {
  int questions = 0;
  // Of one kit each, sorted; milliseconds.
  std::vector<double> milliseconds;
  double bytes_per_question = 0;
  // Milliseconds until one published question is in what kits are drawn from, and until one use counts.
  double edit_milliseconds = 0;
  double use_milliseconds = 0;

  double Percentile(double share) const;
};

// Chooses `kits` kits from a generated bank, each with another role, level, format and seed.
KitSelection MeasureKitSelection(int questions, int kits);

}  // namespace assay::bench
