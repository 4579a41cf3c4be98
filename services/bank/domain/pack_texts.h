#pragma once

#include <functional>
#include <string>

#include "assay/bank/v1/pack.pb.h"

namespace assay::bank {

// One text that a person reads or hears.
struct PackText {
  // "exemplars[1].why" within a question, "formats/round-60.slots[design].script" within a pack.
  std::string path;
  const std::string& text;
  // Said to the candidate, rather than read by the interviewer alone.
  bool spoken = false;
  // BCP 47; empty = the pack's.
  const std::string& language;
};

using TextVisitor = std::function<void(const PackText&)>;

// Every text of a question but its ids, terms and names of things; translations included. Empty texts are left out.
void ForEachText(const v1::QuestionContent& question, const TextVisitor& visit);

// Every text of the catalogue of a pack, without its questions.
void ForEachCatalogueText(const v1::Pack& pack, const TextVisitor& visit);

}  // namespace assay::bank
