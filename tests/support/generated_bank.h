#pragma once

#include <string>

#include "assay/bank/v1/pack.pb.h"
#include "services/bank/domain/kit_catalogue.h"

// A bank of any size, the same for the same numbers on every machine. For tests and measurements.
namespace assay::testing {

struct GeneratedBank {
  int questions = 1000;
  std::uint64_t seed = 1;
  // Share of the questions that name each of the seven roles, in per cent.
  int role_percent = 30;
};

// Question `index` of it: "x000042". Content of about 1.5 kB with prompt, concepts, exemplars, probes and roles.
bank::v1::QuestionContent GeneratedQuestion(const GeneratedBank& bank, int index);
// What kits need to know of that question, without making its texts.
bank::QuestionFacts GeneratedFacts(const GeneratedBank& bank, int index);
// Six competencies, seven roles, two formats (the guide's hour and a screen of half an hour), a policy; no questions.
bank::v1::Pack GeneratedCatalogue();
// All of it, for choosing in process; some questions have been used.
bank::KitCatalogue GeneratedKitCatalogue(const GeneratedBank& bank);

}  // namespace assay::testing
