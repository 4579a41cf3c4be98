#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "assay/bank/v1/pack.pb.h"

// A pack as a reader goes through it; shared by the HTML and the Markdown catalogue.
namespace assay::bank {

// "MLOps", "Fresher", "Strong hire": a name for people. Enum values without their prefix.
std::string Spoken(v1::Level level);
std::string Spoken(v1::QuestionKind kind);
std::string Spoken(v1::ProbePurpose purpose);
std::string Spoken(v1::StoryKind story);
// 2000 basis points → "20 %", 3500 thousandths → "3.5".
std::string Percent(int basis_points);
std::string Points(int milli);
// 65 minutes → "1:05".
std::string Clock(int minutes);
// "3 questions", "1 question".
std::string Counted(long long count, std::string_view noun);
// What a value that nobody validated says of itself; "" when it was.
std::string BasisNotice(const v1::Basis& basis);
// "theory, technical or practical".
std::string Alternatives(const std::vector<std::string>& names);

struct IndexedSection {
  std::string name;
  // Advice to interviewers; may be null.
  const v1::SectionGuidance* guidance = nullptr;
  std::vector<const v1::QuestionContent*> questions;
};

struct IndexedPart {
  std::string name;
  std::vector<IndexedSection> sections;
};

// Names of a pack's entries and the order of its questions. The pack must outlive it.
class PackIndex {
 public:
  explicit PackIndex(const v1::Pack& pack);

  const v1::Pack& pack() const { return pack_; }
  // Display names by id; the id itself where there is none.
  std::string Competency(const std::string& id) const { return Name(competencies_, id); }
  std::string Role(const std::string& id) const { return Name(roles_, id); }
  std::string Flag(const std::string& id) const { return Name(flags_, id); }
  std::string Policy(const std::string& id) const { return Name(policies_, id); }
  std::string Format(const std::string& id) const { return Name(formats_, id); }
  // Null when the pack has no such question.
  const v1::QuestionContent* Question(const std::string& id) const;
  // Part by part, section by section: documents as they come in the pack, numbers as numbers (Q2 before Q10).
  const std::vector<IndexedPart>& parts() const { return parts_; }
  // "What a part is called" for a file name or an anchor: lower case, dashes.
  static std::string Slug(std::string_view text);

 private:
  using Names = std::map<std::string, std::string>;
  static std::string Name(const Names& names, const std::string& id) {
    const auto found = names.find(id);
    return found == names.end() ? id : found->second;
  }

  const v1::Pack& pack_;
  Names competencies_, roles_, flags_, policies_, formats_;
  std::map<std::string, const v1::QuestionContent*> questions_;
  std::vector<IndexedPart> parts_;
};

// Catalogue flags in the order a reader meets them: title of the group, and its flags.
struct FlagGroup {
  std::string title;
  std::string note;
  v1::FlagKind kind = v1::FLAG_KIND_UNSPECIFIED;
  std::vector<const v1::FlagDefinition*> flags;
};
std::vector<FlagGroup> GroupFlags(const v1::Pack& pack);

}  // namespace assay::bank
