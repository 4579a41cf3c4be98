#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "services/bank/domain/pack_yaml.h"
#include "tests/integration/bank/bank_fixture.h"

namespace assay::bank {
namespace {

using runtime::ReasonOf;

std::string ReadData(const std::string& name) {
  std::ifstream file(std::string(ASSAY_TEST_DATA) + "/" + name, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST_F(BankTest, ImportingTwiceChangesNothing) {
  const auto first = Import(SmallPack());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->created(), 4);
  const int64_t events = Count("outbox");
  const auto again = Import(SmallPack());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->created(), 0);
  EXPECT_EQ(again->unchanged(), 4);
  EXPECT_EQ(again->catalog_entries(), 0);
  EXPECT_EQ(Count("question_revision"), 4);
  // import.completed alone.
  EXPECT_EQ(Count("outbox"), events + 1);
}

TEST_F(BankTest, OneWrongEntryLeavesNothingBehind) {
  v1::Pack pack = SmallPack();
  pack.mutable_questions(2)->clear_prompt();
  pack.mutable_policies(0)->mutable_competencies(0)->set_weight_basis_points(9000);
  const auto refused = Import(pack);
  EXPECT_EQ(ReasonOf(refused.status()), runtime::v1::ERROR_REASON_PACK_INVALID);
  EXPECT_GE(runtime::ViolationsOf(refused.status()).size(), 2u);
  EXPECT_EQ(Count("question"), 0);
  EXPECT_EQ(Count("catalog_entry"), 0);
  EXPECT_EQ(Count("outbox"), 0);
}

TEST_F(BankTest, ADryRunReportsAndStoresNothing) {
  const auto report = Import(SmallPack(), true);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->created(), 4);
  EXPECT_TRUE(report->dry_run());
  EXPECT_EQ(Count("question"), 0);
}

TEST_F(BankTest, AGuideTextIsImportedWithItsFindings) {
  v1::ImportHeader header;
  header.set_format(v1::PACK_FORMAT_GUIDE);
  header.set_pack("bicycles");
  const auto report = ImportBytes(header, ReadData("guide-synthetic.txt"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GT(report->questions(), 0);
  EXPECT_EQ(report->dropped(), 0);
  EXPECT_GT(report->findings_size(), 0);
  EXPECT_EQ(report->created(), report->questions());
  EXPECT_EQ(Count("question"), report->questions());
}

TEST_F(BankTest, WhatIsNoPackIsRefused) {
  v1::ImportHeader header;
  header.set_format(v1::PACK_FORMAT_PROTOBUF);
  EXPECT_EQ(ReasonOf(ImportBytes(header, "this is not protobuf").status()), runtime::v1::ERROR_REASON_PACK_INVALID);
  header.set_format(v1::PACK_FORMAT_PACK);
  EXPECT_EQ(ReasonOf(ImportBytes(header, "id: [unclosed").status()), runtime::v1::ERROR_REASON_PACK_INVALID);
  header.set_format(v1::PACK_FORMAT_QTI);
  EXPECT_EQ(ImportBytes(header, "<qti/>").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(BankTest, AnExportIsTheImportedPack) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  v1::ExportPackRequest request;
  request.set_name("packs/small");
  request.set_format(v1::PACK_FORMAT_PACK);
  auto stream = client_->OpenServerStream<v1::ExportPackResponse>("assay.bank.v1.PackService/ExportPack", request, Options(kAda));
  std::string yaml;
  v1::ExportPackResponse response;
  while (true) {
    const auto more = stream.Read(response);
    ASSERT_TRUE(more.ok()) << more.status();
    if (!*more) break;
    yaml += response.chunk();
  }
  v1::Pack exported;
  ASSERT_TRUE(ReadYaml(yaml, "export", exported).ok());
  EXPECT_EQ(exported.SerializeAsString(), SmallPack().SerializeAsString());
  request.set_name("packs/unknown");
  auto missing = client_->OpenServerStream<v1::ExportPackResponse>("assay.bank.v1.PackService/ExportPack", request, Options(kAda));
  EXPECT_EQ(missing.Read(response).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(BankTest, TheCatalogueAnswersByRevision) {
  ASSERT_TRUE(Import(SmallPack()).ok());
  v1::GetPolicyRequest get;
  get.set_name("policies/standard");
  const auto policy = Call<v1::CatalogPolicy>("CatalogService/GetPolicy", get);
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->name(), "policies/standard@1");
  v1::PublishPolicyRequest publish;
  *publish.mutable_policy() = policy->policy();
  publish.mutable_policy()->set_strong_hire_bar_milli(4200);
  const auto next = Call<v1::CatalogPolicy>("CatalogService/PublishPolicy", publish);
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->name(), "policies/standard@2");
  EXPECT_EQ(Call<v1::CatalogPolicy>("CatalogService/GetPolicy", get)->revision(), 2);
  get.set_name("policies/standard@1");
  EXPECT_EQ(Call<v1::CatalogPolicy>("CatalogService/GetPolicy", get)->policy().strong_hire_bar_milli(), 4000);
  publish.mutable_policy()->mutable_competencies(0)->set_weight_basis_points(1);
  EXPECT_EQ(Call<v1::CatalogPolicy>("CatalogService/PublishPolicy", publish).status().code(), absl::StatusCode::kInvalidArgument);
  // A slip in a name would weigh what nobody is ever rated on.
  publish.mutable_policy()->mutable_competencies(0)->set_weight_basis_points(10'000);
  publish.mutable_policy()->mutable_competencies(0)->set_competency("ml-fundamentels");
  const auto unknown = runtime::ViolationsOf(Call<v1::CatalogPolicy>("CatalogService/PublishPolicy", publish).status());
  ASSERT_EQ(unknown.size(), 1u);
  EXPECT_EQ(unknown[0].field, "policy.competencies[0].competency");
  EXPECT_EQ(Call<v1::CatalogPolicy>("CatalogService/GetPolicy", get)->revision(), 1);
  get.set_name("policies/standard");
  EXPECT_EQ(Call<v1::CatalogPolicy>("CatalogService/GetPolicy", get)->revision(), 2);
}

}  // namespace
}  // namespace assay::bank
