#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "assay/scoring/v1/scorecard_service.pb.h"
#include "bench/sql.h"

namespace assay::bench {

inline constexpr int kTenants = 64;
inline constexpr int kInterviewersPerTenant = 4;
inline constexpr int kCandidatesPerTenant = 16;

// Interview number `k` and who owes a card for it. Numbers have ten digits, so that names keep their length; tenants are
// spread as if at random. pgbench computes the same from `k`.
struct Slot {
  explicit Slot(int64_t number) : k(number) {}
  int64_t k;
  int tenant() const { return static_cast<int>((k * 40503 >> 7) & (kTenants - 1)); }
  int interviewer() const { return static_cast<int>((k >> 3) & (kInterviewersPerTenant - 1)); }
  std::string interview() const { return std::to_string(k); }
  std::string card() const;
  std::string request_id() const { return "bench-request-" + std::to_string(k); }
};
inline constexpr int64_t kFirstSlot = 1'000'000'000;

std::string InterviewerId(int index);
std::string InterviewerSubject(int index);

// Eight question ratings with notes over six competencies, and a recommendation.
scoring::v1::ScorecardContent CardContent();

// Everything a card needs before its interviews: per tenant the kit, the policy, interviewers, candidates and applications.
absl::Status SeedTenants(Sql& sql);
// Interviews [from, to) with their panels.
absl::Status SeedInterviews(Sql& sql, int64_t from, int64_t to);

}  // namespace assay::bench
