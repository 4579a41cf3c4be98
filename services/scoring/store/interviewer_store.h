#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/interviewer.pb.h"
#include "services/runtime/crypto/personal.h"
#include "services/scoring/store/document_store.h"

namespace assay::scoring {

// Filter terms: state, subject. The unique identity is constraint `interviewer_subject`.
const Documents<v1::Interviewer>& Interviewers();

// Ids of the interviewers that a token's (issuer, subject) stands for; an interviewer without an issuer matches any.
absl::StatusOr<std::vector<std::string>> InterviewersOfSubject(runtime::Tx& tx, std::string_view issuer,
                                                               std::string_view subject);

// Writes the personal fields of `row` under the interviewer's data key; AddInterviewerPersonal fills them in.
absl::Status WriteInterviewerPersonal(runtime::Tx& tx, runtime::PersonalVault& vault, const Stored<v1::Interviewer>& row);
absl::Status AddInterviewerPersonal(runtime::Tx& tx, runtime::PersonalVault& vault, std::vector<Stored<v1::Interviewer>>& rows);

}  // namespace assay::scoring
