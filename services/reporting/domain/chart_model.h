#pragma once

#include <google/protobuf/repeated_field.h>

#include "assay/reporting/v1/report.pb.h"

namespace assay::reporting {

// Competency means as bars against their thresholds, in the order given, on the scale 1 to 5. The description says in words
// what the picture shows.
v1::Chart CompetencyChart(const google::protobuf::RepeatedPtrField<v1::CompetencyResult>& competencies);

}  // namespace assay::reporting
