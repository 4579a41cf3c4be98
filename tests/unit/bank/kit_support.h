#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "assay/bank/v1/pack.pb.h"
#include "services/bank/domain/kit.h"
#include "services/bank/domain/pack_yaml.h"

// A small bank that tests put together question by question.
namespace assay::bank {

class SmallBank {
 public:
  // Formats and roles as YAML of a pack.
  explicit SmallBank(const std::string& catalogue) {
    v1::Pack pack;
    const absl::Status status = ReadYaml(catalogue, "test", pack);
    EXPECT_TRUE(status.ok()) << status.ToString();
    parts_.formats.assign(pack.formats().begin(), pack.formats().end());
    parts_.roles.assign(pack.roles().begin(), pack.roles().end());
    for (const auto& competency : pack.competencies()) parts_.weights[competency.id()] = competency.weight_basis_points();
    parts_.default_format = pack.default_format();
  }
  QuestionFacts& Add(const std::string& id, v1::QuestionKind kind, v1::Level level = v1::LEVEL_EXPERIENCED, int minutes = 5) {
    QuestionFacts& facts = parts_.questions.emplace_back();
    facts.id = id;
    facts.kind = kind;
    facts.level = level;
    facts.minutes = minutes;
    facts.competency = "ml";
    facts.section = "s";
    facts.roles.push_back({"mlops", false});
    return facts;
  }
  QuestionFacts& operator[](const std::string& id) {
    for (QuestionFacts& facts : parts_.questions) {
      if (facts.id == id) return facts;
    }
    ADD_FAILURE() << "no question " << id;
    return parts_.questions.front();
  }
  KitCatalogue::Parts& parts() { return parts_; }
  KitCatalogue Catalogue() const { return KitCatalogue(parts_); }

 private:
  KitCatalogue::Parts parts_;
};

inline KitRequest RequestFor(const std::string& format, std::uint64_t seed = 1) {
  KitRequest request;
  request.role = "mlops";
  request.level = v1::LEVEL_EXPERIENCED;
  request.format = format;
  request.seed = seed;
  return request;
}

inline std::vector<std::string> IdsOf(const Kit& kit) {
  std::vector<std::string> ids;
  for (const KitSlot& slot : kit.slots) {
    for (const KitPick& pick : slot.picks) ids.push_back(pick.question);
  }
  return ids;
}

}  // namespace assay::bank
