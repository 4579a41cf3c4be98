#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/bank/domain/kit_facts.h"

namespace assay::bank {

// The published questions of one level and kind, by id. Immutable and shared; a change makes a new one. What a draw looks
// at for every question stands together in `rows` (24 bytes each), the rest is looked at for what is chosen only.
class KitBucket {
 public:
  static constexpr std::uint32_t kStories = v1::StoryKind_MAX + 1;
  struct Row {
    // Of the id: mixes with the seed and finds what a request says of the question.
    std::uint64_t hash = 0;
    // Questions of one competency and story: position in competencies() times kStories, and the story.
    std::uint32_t group = 0;
    // Position in role_sets().
    std::uint32_t roles = 0;
    std::uint8_t minutes = 0;
    bool leaked = false;
    bool has_variants = false;

    std::uint32_t competency() const { return group / kStories; }
    v1::StoryKind story() const { return static_cast<v1::StoryKind>(group % kStories); }
  };
  using RoleSet = std::vector<QuestionFacts::Role>;

  // The bucket `before` (null = empty) without `gone` and with `put` added or replaced; both sorted by id, `put` all of the
  // bucket's level and kind.
  static KitBucket Merge(const KitBucket* before, const std::vector<const QuestionFacts*>& put,
                         const std::vector<std::string_view>& gone);

  std::size_t size() const { return rows_.size(); }
  const std::vector<Row>& rows() const { return rows_; }
  const std::vector<std::string>& competencies() const { return competencies_; }
  const std::vector<RoleSet>& role_sets() const { return role_sets_; }
  // What a role set says of a role.
  enum Meaning : std::uint8_t { kOthersOnly, kAnyRole, kNamed, kNamedCritical };
  // By position in role_sets(): what each says of the role.
  std::vector<Meaning> MeaningsFor(std::string_view role) const;
  std::string_view IdOf(std::size_t row) const {
    const std::uint32_t begin = row == 0 ? 0 : id_ends_[row - 1];
    return std::string_view(ids_).substr(begin, id_ends_[row] - begin);
  }
  int RevisionOf(std::size_t row) const { return revisions_[row]; }
  // Hash of the section's title.
  std::uint64_t SectionOf(std::size_t row) const { return sections_[row]; }
  std::vector<std::string> VariantsOf(std::size_t row) const;
  // Row of a question, -1 when it is not here.
  int Find(std::string_view id) const;
  // Memory held, about.
  std::size_t Bytes() const;

 private:
  class Builder;

  // Makes what MeaningsFor reads.
  void Mean();

  std::vector<Row> rows_;
  // Ids one behind the other, and where each ends.
  std::string ids_;
  std::vector<std::uint32_t> id_ends_;
  std::vector<std::int32_t> revisions_;
  std::vector<std::uint64_t> sections_;
  std::vector<std::string> competencies_;
  std::vector<RoleSet> role_sets_;
  // Of a role that no set names.
  std::vector<Meaning> unnamed_;
  // Of the others, by name: the sets that name them.
  std::vector<std::pair<std::string, std::vector<std::pair<std::uint32_t, Meaning>>>> named_;
  // (row, id of a variant), by row: few questions have any.
  std::vector<std::pair<std::uint32_t, std::string>> variants_;
};

}  // namespace assay::bank
