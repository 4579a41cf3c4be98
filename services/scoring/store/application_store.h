#pragma once

#include "assay/scoring/v1/application.pb.h"
#include "services/scoring/store/document_store.h"

namespace assay::scoring {

// Filter terms: state, candidate id, requisition id. The unique pair is constraint `application_once`.
const Documents<v1::Application>& Applications();

}  // namespace assay::scoring
