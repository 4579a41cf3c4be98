#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/bank/domain/guide_lines.h"

// Which competency a question of a seed document assesses (DOMAIN.md §2).
namespace assay::bank {

// Competency id of an area's name: the bank's own six by the names that the guide gives them, a
// slug otherwise.
std::string CompetencyId(std::string_view area);

// One row of a scoring matrix: an area and the questions that assess it.
struct MatrixRow {
  std::string competency;
  std::vector<NumberRange> questions;
  int line = 0;
};

// Rows of the scoring matrix that the guide carries behind its questions: tab- or bar-separated
// cells, of which one is a weight in per cent and one lists questions ("Q13–Q22, Q29"). Areas rated
// over the whole interview are left out. `first` and `last` are the lines to look at, from 1 and
// inclusive.
std::vector<MatrixRow> FindMatrix(const std::vector<std::string_view>& lines, int first, int last);

// The matrix of the bundled guide, for documents that lack it.
const std::vector<MatrixRow>& GuideMatrix();

// The bundled pack's assignment of the grill questions G1–G55, which have none of their own.
const std::vector<MatrixRow>& GrillAssignment();

// Competency of a question number; empty where no row names it, the first row where several do.
std::string_view CompetencyOf(const std::vector<MatrixRow>& matrix, int number);

}  // namespace assay::bank
