#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "assay/bank/v1/question.pb.h"
#include "bench/measure.h"
#include "bench/sql.h"
#include "services/runtime/rpc/client.h"

namespace assay::bench {

// Whose generated questions are read, drawn from and exported; the large bank has a tenant of its own.
inline constexpr char kGeneratedTenant[] = "bench-generated";
inline constexpr char kLargeTenant[] = "bench-large";

// Question `index`, the same on every machine: about 1.5 kB whose words are as unevenly common as those of a language.
bank::v1::QuestionContent GeneratedQuestion(int index);
std::string GeneratedName(int index);
// Word number `rank` of that language, the commonest first.
std::string GeneratedWord(int rank);
inline constexpr int kWords = 8000;

// A line of NDJSON.
std::string GeneratedLine(int index);

// Sends a document through ImportPack; `next` gives its pieces of any size, "" at the end.
absl::StatusOr<bank::v1::ImportReport> Import(runtime::Client& bank, const std::string& token, const bank::v1::ImportHeader& header,
                                              const std::function<std::string()>& next);
// Imports the competencies, roles and formats that the questions name.
absl::Status ImportCatalogue(runtime::Client& bank, const std::string& token);
// Imports questions [0, count) as NDJSON and publishes them.
absl::StatusOr<bank::v1::ImportReport> ImportGenerated(runtime::Client& bank, const std::string& token, int count);

// Waits until the bank has made all of a tenant's questions searchable, which it does behind the import.
absl::Status AwaitSearchable(Sql& sql, const std::string& tenant, int count);

// Makes the bank of bench.questions() published and searchable questions, where it is not there yet, with catalogue, for
// kGeneratedTenant.
absl::Status EnsureGeneratedBank(const Bench& bench);
// Copies it within the database until kLargeTenant has bench.many_questions() of them.
absl::Status EnsureLargeBank(const Bench& bench);

}  // namespace assay::bench
