#pragma once

#include <string>
#include <vector>

#include "assay/bank/v1/pack.pb.h"
#include "services/bank/domain/lint_report.h"
#include "services/bank/domain/math_spans.h"

namespace assay::bank {

// Everything about how a question is worded, in every language it has: personal questions, sentences that nobody can say or
// follow by ear, dollars that open no formula, characters that nobody sees. `pack_language` is that of a question without one.
void CheckWording(const v1::QuestionContent& question, const std::string& pack_language, LintReport& report);

// The same for what the catalogue has an interviewer say and read.
void CheckCatalogueWording(const v1::Pack& pack, std::vector<Finding>& findings);

// Languages that stand twice or repeat the question's own, and translations that leave the question's shape.
void CheckTranslations(const v1::QuestionContent& question, const std::string& pack_language, LintReport& report);

// Converts every formula of the pack, in one go, and reports those that cannot be.
void CheckFormulas(const v1::Pack& pack, const MathConverter& convert, std::vector<Finding>& findings);

}  // namespace assay::bank
