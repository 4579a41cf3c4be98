#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/bank/domain/kit_facts.h"

namespace assay::bank {

// What a request, its role and its format say of single questions, found by the hash of an id in a few nanoseconds: every
// question of the bank is asked for.
class KitNotes {
 public:
  using Flags = std::uint64_t;
  static constexpr Flags kFocus = 1;
  static constexpr Flags kCritical = 2;
  static constexpr Flags kExcluded = 4;
  static constexpr Flags kTaken = 8;
  static constexpr Flags kLocked = 32;
  static constexpr Flags kPinned = 64;
  // Preferred by a slot; those past the fiftieth prefer nothing.
  static constexpr Flags Preferred(int slot) { return slot < 50 ? Flags{256} << slot : 0; }

  // The text must outlive the notes.
  void Add(std::string_view id, Flags flags) { added_.push_back({HashOf(id), flags, id}); }
  // Once, when everything is added.
  void Build() {
    std::size_t size = 8;
    while (size < 2 * added_.size() + 1) size *= 2;
    table_.assign(size, {});
    mask_ = size - 1;
    for (const Entry& entry : added_) {
      marks_[MarkOf(entry.hash) / 64] |= std::uint64_t{1} << MarkOf(entry.hash) % 64;
      Entry& slot = table_[SlotOf(entry.hash, entry.id)];
      slot.hash = entry.hash;
      slot.id = entry.id;
      slot.flags |= entry.flags;
    }
    added_.clear();
  }
  // False for nearly every question that nothing is said of: cheaper than to look, and easy to foretell.
  bool May(std::uint64_t hash) const { return (marks_[MarkOf(hash) / 64] >> MarkOf(hash) % 64 & 1) != 0; }
  // `id` gives the id behind the hash; it is asked only where the hash is known.
  template <typename Id>
  Flags Of(std::uint64_t hash, const Id& id) const {
    const Entry* const table = table_.data();
    for (std::size_t at = hash & mask_; table[at].flags != 0; at = (at + 1) & mask_) {
      if (table[at].hash == hash && table[at].id == id()) return table[at].flags;
    }
    return 0;
  }

 private:
  struct Entry {
    std::uint64_t hash = 0;
    Flags flags = 0;
    std::string_view id;
  };
  std::size_t SlotOf(std::uint64_t hash, std::string_view id) const {
    std::size_t at = hash & mask_;
    while (table_[at].flags != 0 && !(table_[at].hash == hash && table_[at].id == id)) at = (at + 1) & mask_;
    return at;
  }

  // The upper bits, for the lower ones find the place in the table.
  static constexpr int kMarkBits = 12;
  static std::size_t MarkOf(std::uint64_t hash) { return static_cast<std::size_t>(hash >> (64 - kMarkBits)); }

  std::array<std::uint64_t, (std::size_t{1} << kMarkBits) / 64> marks_{};
  std::vector<Entry> added_;
  std::vector<Entry> table_;
  std::size_t mask_ = 0;
};

}  // namespace assay::bank
