#include "services/bank/domain/kit_scan.h"

#include <limits>

namespace assay::bank {

KitScan::KitScan(const KitCatalogue::Bucket& bucket, const KitNotes& notes, const std::string& role, const OfMeanings& of_meaning,
                 const std::vector<int>& competencies, int max_uses, std::uint64_t draw)
    : notes_(notes),
      rows_(bucket.questions->rows().data()),
      uses_(bucket.uses->data()),
      meanings_(bucket.questions->MeaningsFor(role)),
      of_meaning_(of_meaning),
      most_uses_(max_uses > 0 ? max_uses : std::numeric_limits<int>::max()),
      draw_(draw),
      bars_(competencies.size() * KitBucket::kStories * 2) {
  for (std::size_t place = 0; place < bars_.size(); ++place) {
    if (competencies[place / (KitBucket::kStories * 2)] < 0) bars_[place] = Shortlist::Bar::Unreachable();
  }
}

template <typename RowAt, typename Drawn>
std::size_t KitScan::Sift(std::size_t size, const RowAt& row_at, const Drawn& drawn, std::uint32_t* left) const {
  // What is written to `left` could change anything else, as far as the compiler knows.
  const KitBucket::Row* const rows = rows_;
  const int* const uses_of = uses_;
  const KitBucket::Meaning* const meanings = meanings_.data();
  const Shortlist::Bar* const bars = bars_.data();
  const OfMeanings of_meaning = of_meaning_;
  const KitNotes& notes = notes_;
  const int most_uses = most_uses_;
  std::size_t count = 0;
  for (std::size_t at = 0; at < size; ++at) {
    const std::uint32_t i = row_at(at);
    const KitBucket::Row& row = rows[i];
    const int uses = uses_of[i];
    const OfMeaning& of = of_meaning[meanings[row.roles]];
    const int own = of.base - WearOf(uses) + drawn(row.hash);
    const bool wins = bars[PlaceOf(row, of.critical)].IsReachedBy(own, row.minutes) & of.suits;
    const bool special = notes.May(row.hash) | row.leaked | (uses >= most_uses);
    left[count] = i;
    count += static_cast<std::size_t>(wins | special);
  }
  return count;
}

std::size_t KitScan::Next(std::size_t from, std::size_t to, std::uint32_t* left) const {
  // First as if the seed's share, which costs most to know, were the greatest.
  const std::size_t may_win = Sift(
      to - from, [from](std::size_t at) { return static_cast<std::uint32_t>(from + at); }, [](std::uint64_t) { return kSeedSpan - 1; }, left);
  return Sift(
      may_win, [left](std::size_t at) { return left[at]; }, [draw = draw_](std::uint64_t hash) { return DrawnShare(draw, hash); }, left);
}

}  // namespace assay::bank
