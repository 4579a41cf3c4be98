#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "assay/scoring/v1/flag.pb.h"
#include "services/runtime/crypto/personal.h"
#include "services/runtime/db/pool.h"
#include "services/runtime/paging/filter.h"

namespace assay::scoring {

struct NewFlag;

// A flag as it is stored. `flag` is complete but for its personal fields until AddFlagTexts fills them in.
struct FlagRow {
  std::string application;  // id
  std::string id;
  int64_t version = 1;
  std::string interview;    // id; "" = the application as a whole
  std::string interviewer;  // id of the card's author; "" = raised apart
  std::string raised_by;    // token subject of the person
  v1::Flag flag;
};

std::string FlagName(std::string_view application, std::string_view id);
// Version 1, raised at `at`.
FlagRow RowOfNewFlag(const NewFlag& flag, const std::string& application, runtime::Instant at);
// What is sealed of a flag: evidence and the reasons of its resolutions. Serialised v1::Flag.
std::string FlagPersonalPart(const v1::Flag& flag);

absl::Status InsertFlags(runtime::Tx& tx, const std::vector<FlagRow>& rows, const std::vector<runtime::SealedText>& texts);
// Stores the next version of a locked row. `candidate` is the id whose data key seals it.
absl::Status UpdateFlag(runtime::Tx& tx, runtime::PersonalVault& vault, FlagRow& row, std::string_view candidate);

// NOT_FOUND.
absl::StatusOr<FlagRow> ReadFlag(runtime::Tx& tx, std::string_view application, std::string_view id);
absl::StatusOr<FlagRow> LockFlag(runtime::Tx& tx, std::string_view application, std::string_view id);
absl::StatusOr<std::vector<FlagRow>> FlagsOfApplication(runtime::Tx& tx, std::string_view application);

// What ListFlags can be filtered by, and the first parameter of such a filter.
const runtime::FilterFields& FlagFields();
inline constexpr int kFirstFlagParameter = 7;
struct FlagFilter {
  std::optional<std::string> application;  // nullopt = all
  runtime::SqlFilter filter;
};
// Newest first, after the row with key {create_time, application, id}.
absl::StatusOr<std::vector<FlagRow>> ListFlags(runtime::Tx& tx, const FlagFilter& filter, const std::vector<std::string>& after,
                                               int limit);
std::vector<std::string> PageKeyOf(const FlagRow& row);

// Fills in what is sealed; what was erased stays away.
absl::Status AddFlagTexts(runtime::Tx& tx, runtime::PersonalVault& vault, std::vector<FlagRow*> rows);

}  // namespace assay::scoring
