#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "services/runtime/base/error.h"
#include "services/scoring/api/bank_client.h"

namespace assay::scoring {

// A bank with one role, two revisions of its policy and a few kits; it can be away.
class FakeBank final : public BankClient {
 public:
  FakeBank() {
    role_.set_name("roleGuides/mlops@1");
    role_.mutable_role_guide()->set_id("mlops");
    role_.mutable_role_guide()->set_policy("ai-engineer");
    role_.set_content_hash("role");
    for (const int revision : {1, 2}) {
      bank::v1::CatalogPolicy policy;
      policy.set_name("policies/ai-engineer@" + std::to_string(revision));
      policy.set_revision(revision);
      policy.mutable_policy()->set_id("ai-engineer");
      policy.set_content_hash("policy" + std::to_string(revision));
      policies_[policy.name()] = policy;
      policies_["policies/ai-engineer"] = policy;
    }
    bank::v1::CatalogFlagDefinition& flag = flags_.emplace_back();
    flag.set_name("flagDefinitions/no-trade-offs@1");
    flag.mutable_flag_definition()->set_id("no-trade-offs");
    flag.set_content_hash("flag");
    for (const std::string id : {"k1", "k2", "twin-of-k1"}) {
      bank::v1::Kit kit;
      kit.set_name("kits/" + id);
      kit.set_minutes(60);
      // Kits drawn with one seed ask the same and have one hash.
      kit.set_content_hash(id == "twin-of-k1" ? "hash-k1" : "hash-" + id);
      bank::v1::KitSlot& slot = *kit.add_slots();
      slot.set_id("core");
      bank::v1::KitQuestion& question = *slot.add_questions();
      question.set_question("questions/q037@3");
      question.set_competency("system-design");
      question.set_minutes(10);
      kit.add_overall_competencies("communication");
      kits_[kit.name()] = kit;
    }
  }

  std::atomic<bool> away{false};
  std::atomic<int> calls{0};

  absl::StatusOr<bank::v1::Kit> GetKit(const runtime::RequestContext&, const std::string& name) override {
    return Find(kits_, name);
  }
  absl::StatusOr<bank::v1::CatalogPolicy> GetPolicy(const runtime::RequestContext&, const std::string& name) override {
    return Find(policies_, name);
  }
  absl::StatusOr<bank::v1::CatalogRoleGuide> GetRoleGuide(const runtime::RequestContext&, const std::string& name) override {
    return Find(std::map<std::string, bank::v1::CatalogRoleGuide>{{"roleGuides/mlops", role_}}, name);
  }
  absl::StatusOr<std::vector<bank::v1::CatalogRoleGuide>> ListRoleGuides(const runtime::RequestContext&) override {
    if (away) return Away();
    return std::vector<bank::v1::CatalogRoleGuide>{role_};
  }
  absl::StatusOr<std::vector<bank::v1::CatalogFlagDefinition>> ListFlagDefinitions(const runtime::RequestContext&) override {
    if (away) return Away();
    return flags_;
  }

 private:
  static absl::Status Away() { return runtime::Error(runtime::v1::ERROR_REASON_UNAVAILABLE, "the bank cannot be reached"); }

  template <typename T>
  absl::StatusOr<T> Find(const std::map<std::string, T>& entries, const std::string& name) {
    ++calls;
    if (away) return Away();
    const auto found = entries.find(name);
    if (found == entries.end()) return runtime::NotFound(name);
    return found->second;
  }

  bank::v1::CatalogRoleGuide role_;
  std::map<std::string, bank::v1::CatalogPolicy> policies_;
  std::map<std::string, bank::v1::Kit> kits_;
  std::vector<bank::v1::CatalogFlagDefinition> flags_;
};

}  // namespace assay::scoring
