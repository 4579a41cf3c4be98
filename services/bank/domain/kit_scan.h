#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "services/bank/domain/kit_catalogue.h"
#include "services/bank/domain/kit_notes.h"
#include "services/bank/domain/kit_shortlist.h"

namespace assay::bank {

// The seed's share of a question's worth, below kSeedSpan.
inline constexpr int kSeedSpan = 300;
// Steele, Lea, Flood 2014; the same numbers on every platform.
inline std::uint64_t MixSeed(std::uint64_t seed) {
  seed += 0x9e3779b97f4a7c15u;
  seed = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9u;
  seed = (seed ^ (seed >> 27)) * 0x94d049bb133111ebu;
  return seed ^ (seed >> 31);
}
// `draw` is MixSeed of the request's seed, `hash` that of the question's id.
inline int DrawnShare(std::uint64_t draw, std::uint64_t hash) { return static_cast<int>(MixSeed(draw ^ hash) % kSeedSpan); }

// What uses take off a question's worth.
inline int WearOf(int uses) {
  constexpr int kUsesThatCount = 50;
  return 4 * std::clamp(uses, 0, kUsesThatCount);
}

// One slot's look through a bucket. It passes over tens of thousands of questions that cannot win, so what it does for each is a
// few instructions without a branch that cannot be foretold.
class KitScan {
 public:
  // Of a question of which nothing is said but by its roles.
  struct OfMeaning {
    // Its worth but for uses and seed.
    int base = 0;
    bool critical = false;
    bool suits = false;
  };
  using OfMeanings = std::array<OfMeaning, KitBucket::kNamedCritical + 1>;

  // `max_uses` 0 = without a cap. `competencies` is by position in KitBucket::competencies(), below 0 where none of it is wanted.
  KitScan(const KitCatalogue::Bucket& bucket, const KitNotes& notes, const std::string& role, const OfMeanings& of_meaning,
          const std::vector<int>& competencies, int max_uses, std::uint64_t draw);

  // Rows that something may be said of, that something bars, or that reach the bars: of rows `from` to `to`, at most kAtOnce,
  // into `left`. How many.
  static constexpr std::size_t kAtOnce = 64;
  std::size_t Next(std::size_t from, std::size_t to, std::uint32_t* left) const;

  // Something may be said of the question or bars it.
  bool IsSpecial(std::size_t row) const {
    return notes_.May(rows_[row].hash) || rows_[row].leaked || uses_[row] >= most_uses_;
  }
  KitBucket::Meaning MeaningOf(std::size_t row) const { return meanings_[rows_[row].roles]; }

  // What a question has to reach, by group of the bucket and role-critical or not; or had to reach a moment ago.
  static std::size_t PlaceOf(const KitBucket::Row& row, bool critical) { return row.group * 2 + (critical ? 1 : 0); }
  std::size_t places() const { return bars_.size(); }
  void Raise(std::size_t place, const Shortlist::Bar& bar) { bars_[place] = bar; }

 private:
  template <typename RowAt, typename Drawn>
  std::size_t Sift(std::size_t size, const RowAt& row_at, const Drawn& drawn, std::uint32_t* left) const;

  const KitNotes& notes_;
  const KitBucket::Row* const rows_;
  const int* const uses_;
  std::vector<KitBucket::Meaning> meanings_;
  const OfMeanings of_meaning_;
  const int most_uses_;
  const std::uint64_t draw_;
  std::vector<Shortlist::Bar> bars_;
};

}  // namespace assay::bank
