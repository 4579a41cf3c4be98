#pragma once

#include <vector>

#include "absl/status/status.h"
#include "assay/scoring/v1/candidate.pb.h"
#include "services/runtime/crypto/personal.h"
#include "services/scoring/store/document_store.h"

namespace assay::scoring {

// Filter terms: state, legal_hold ("true"/"false").
const Documents<v1::Candidate>& Candidates();

// Writes the personal fields of `row` under the candidate's data key.
absl::Status WriteCandidatePersonal(runtime::Tx& tx, runtime::PersonalVault& vault, const Stored<v1::Candidate>& row);
// Fills them in; a candidate whose key was destroyed stays without.
absl::Status AddCandidatePersonal(runtime::Tx& tx, runtime::PersonalVault& vault, std::vector<Stored<v1::Candidate>>& rows);

}  // namespace assay::scoring
