#include "assay/runtime/v1/audit_service.pb.h"
#include "services/runtime/audit/audit_service.h"
#include "services/runtime/audit/read_auditor.h"
#include "tests/integration/runtime/persistence_fixture.h"

namespace assay::runtime {
namespace {

class AuditTest : public PersistenceTest {
 protected:
  absl::Status Append(int count, const std::string& tenant = kTenant, const std::string& reason = "") {
    return pool_->Transact(TxMode::kReadWrite, tenant, Soon(), [&](Tx& tx) {
      std::vector<AuditRecord> records;
      for (int i = 1; i <= count; ++i) {
        records.push_back({"write", "questions/q" + std::to_string(i), reason, "r" + std::to_string(i), ""});
      }
      return AppendAudit(tx, Context("dana", tenant), records, &vault_);
    });
  }

  ChainFinding Verify(const std::string& tenant = kTenant) { return VerifyChain(*pool_, tenant, Soon()).value(); }

  // What someone with every right on the database could do.
  void Tamper(const std::string& sql) {
    assay::testing::RunSql(database_.admin_dsn(), "SET session_replication_role = replica; " + sql);
  }

  PersonalVault vault_{*sealer_};
  PageTokens tokens_{*sealer_};
};

TEST_F(AuditTest, ChainsEveryEntryOfATenantOverManyTransactionsAndPages) {
  ASSERT_TRUE(Append(1).ok());
  ASSERT_TRUE(Append(2500).ok());
  ASSERT_TRUE(Append(3, "globex").ok());
  const ChainFinding found = Verify();
  EXPECT_EQ(found.first_broken, 0) << found.finding;
  EXPECT_EQ(found.entries, 2501);
  EXPECT_EQ(Verify("globex").entries, 3);
  EXPECT_EQ(Verify("initech").entries, 0);
  EXPECT_EQ(Verify("initech").first_broken, 0);
}

TEST_F(AuditTest, CannotBeChangedByTheServiceOrTheOwner) {
  ASSERT_TRUE(Append(1).ok());
  const std::string as_tenant = "SET app.tenant = 'acme'; ";
  for (const std::string sql : {"UPDATE audit SET actor = 'eve'", "DELETE FROM audit"}) {
    EXPECT_ANY_THROW(assay::testing::RunSql(database_.app_dsn(), as_tenant + sql));
    EXPECT_ANY_THROW(assay::testing::RunSql(database_.owner_dsn(), as_tenant + sql));
  }
  EXPECT_ANY_THROW(assay::testing::RunSql(database_.owner_dsn(), as_tenant + "TRUNCATE audit"));
  EXPECT_EQ(Verify().first_broken, 0);
}

TEST_F(AuditTest, NamesAChangedEntry) {
  ASSERT_TRUE(Append(5).ok());
  Tamper("UPDATE audit SET actor = 'eve' WHERE sequence = 3");
  EXPECT_EQ(Verify().first_broken, 3);
}

TEST_F(AuditTest, NamesADeletedEntry) {
  ASSERT_TRUE(Append(5).ok());
  Tamper("DELETE FROM audit WHERE sequence = 3");
  EXPECT_EQ(Verify().first_broken, 3);
}

TEST_F(AuditTest, NamesACutTail) {
  ASSERT_TRUE(Append(5).ok());
  Tamper("DELETE FROM audit WHERE sequence >= 4");
  EXPECT_EQ(Verify().first_broken, 4);
  Tamper("DELETE FROM audit");
  EXPECT_EQ(Verify().first_broken, 1);
}

TEST_F(AuditTest, NamesAnInsertedEntry) {
  ASSERT_TRUE(Append(5).ok());
  Tamper(
      "UPDATE audit SET sequence = sequence + 100 WHERE sequence >= 3; "
      "UPDATE audit SET sequence = sequence - 99 WHERE sequence > 100; "
      "INSERT INTO audit SELECT tenant, 3, time, 'eve', on_behalf_of, method, resource, category, request_id, reason_hash, "
      "previous_hash, hash FROM audit WHERE sequence = 4");
  EXPECT_EQ(Verify().first_broken, 3);
}

TEST_F(AuditTest, NamesReorderedEntries) {
  ASSERT_TRUE(Append(5).ok());
  Tamper(
      "UPDATE audit SET sequence = 99 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3; "
      "UPDATE audit SET sequence = 3 WHERE sequence = 99");
  EXPECT_EQ(Verify().first_broken, 2);
}

TEST_F(AuditTest, OutlivesTheErasureOfAReasonButNotItsReplacement) {
  ASSERT_TRUE(Append(2, kTenant, "the candidate called").ok());
  EXPECT_EQ(Count("audit_personal WHERE position('called' in encode(ciphertext, 'escape')) > 0"), 0);
  ASSERT_TRUE(pool_->Transact(TxMode::kReadWrite, kTenant, Soon(), [&](Tx& tx) {
    return vault_.Destroy(tx, "questions/q1");
  }).ok());
  EXPECT_EQ(Verify().first_broken, 0);
  Tamper("DELETE FROM audit_personal WHERE sequence = 1");
  EXPECT_EQ(Verify().first_broken, 0);
  Tamper("UPDATE audit_personal SET ciphertext = 'other' WHERE sequence = 2");
  EXPECT_EQ(Verify().first_broken, 2);
}

TEST_F(AuditTest, IsServedNewestFirstWithReasonsToAuditorsOfTheTenant) {
  ASSERT_TRUE(Append(3, kTenant, "asked by works council").ok());
  ASSERT_TRUE(Append(1, "globex").ok());
  TestServer server(metrics_, "assay.runtime.v1.AuditService");
  server.authenticator.Add("auditor", {.tenant = kTenant, .subject = "ada", .scopes = {"audit.read"}});
  server.authenticator.Add("nobody", {.tenant = kTenant, .subject = "bob", .scopes = {"questions.read"}});
  AddAuditService(server.service, *pool_, vault_, tokens_);
  server.Start();
  const auto list = [&](const std::string& token, const v1::ListAuditEntriesRequest& request) {
    return server.client->Call<v1::ListAuditEntriesResponse>("assay.runtime.v1.AuditService/ListAuditEntries", request,
                                                             TestServer::As(token));
  };
  v1::ListAuditEntriesRequest request;
  request.set_page_size(2);
  const auto first = list("auditor", request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->entries_size(), 2);
  EXPECT_EQ(first->entries(0).sequence(), 3);
  EXPECT_EQ(first->entries(0).reason(), "asked by works council");
  EXPECT_EQ(first->entries(0).previous_hash(), first->entries(1).hash());
  request.set_page_token(first->next_page_token());
  const auto second = list("auditor", request);
  ASSERT_EQ(second->entries_size(), 1);
  EXPECT_EQ(second->next_page_token(), "");
  v1::ListAuditEntriesRequest of_one;
  of_one.set_resource("questions/q2");
  EXPECT_EQ(list("auditor", of_one)->entries_size(), 1);
  of_one.set_page_token(first->next_page_token());
  EXPECT_EQ(ReasonOf(list("auditor", of_one).status()), v1::ERROR_REASON_PAGE_TOKEN_INVALID);
  EXPECT_EQ(ReasonOf(list("nobody", {}).status()), v1::ERROR_REASON_SCOPE_MISSING);

  const auto verify = [&] {
    return server.client->Call<v1::VerifyAuditChainResponse>("assay.runtime.v1.AuditService/VerifyAuditChain",
                                                             v1::VerifyAuditChainRequest(), TestServer::As("auditor"));
  };
  EXPECT_TRUE(verify()->intact());
  EXPECT_EQ(verify()->entries(), 3);
  EXPECT_EQ(verify()->head_hash(), first->entries(0).hash());
  Tamper("UPDATE audit SET resource = 'x' WHERE tenant = 'acme' AND sequence = 2");
  EXPECT_FALSE(verify()->intact());
  EXPECT_EQ(verify()->first_broken_sequence(), 2);
  EXPECT_NE(verify()->finding(), "");
}

TEST_F(AuditTest, SummarisesReadsAndWritesPrivilegedOnesAtOnce) {
  ReadAuditor auditor(*pool_, vault_);
  ASSERT_TRUE(auditor.Write(Context(), {"break-glass", "interviews/i1", "candidate is waiting", "", ""}).ok());
  EXPECT_EQ(Count("audit WHERE category = 'break-glass'"), 1);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(auditor.Note(Context(), {"read", "candidates/ada", "", "", ""}).ok());
  ASSERT_TRUE(auditor.Note(Context("erik"), {"read", "candidates/ada", "", "", ""}).ok());
  ASSERT_TRUE(auditor.Note(Context("dana", "globex"), {"read", "candidates/ada", "", "", ""}).ok());
  ASSERT_TRUE(auditor.Flush().ok());
  EXPECT_EQ(Verify().first_broken, 0);
  EXPECT_EQ(Count("audit WHERE category = 'read' AND actor = 'erik'"), 1);
  EXPECT_EQ(Count("audit WHERE tenant = 'globex'"), 1);
  const int64_t danas = Count("audit WHERE tenant = 'acme' AND category = 'read' AND actor = 'dana'");
  EXPECT_GE(danas, 1);
}

TEST_F(AuditTest, WritesNotedReadsWithinASecondByItselfAndAtTheEnd) {
  {
    ReadAuditor auditor(*pool_, vault_);
    const auto started = std::chrono::steady_clock::now();
    ASSERT_TRUE(auditor.Note(Context(), {"read", "candidates/ada", "", "", ""}).ok());
    while (Count("audit") == 0 && std::chrono::steady_clock::now() < Soon() - std::chrono::seconds(15)) {
      if (std::chrono::steady_clock::now() - started > std::chrono::seconds(5)) break;
    }
    EXPECT_EQ(Count("audit"), 1);
    ASSERT_TRUE(auditor.Note(Context(), {"read", "candidates/bob", "", "", ""}).ok());
  }
  EXPECT_EQ(Count("audit"), 2);
}

class PersonalVaultTest : public AuditTest {
 protected:
  absl::StatusOr<SealedText> Seal(PersonalVault& vault, const std::string& subject, const std::string& plain) {
    return Transact<SealedText>(*pool_, TxMode::kReadWrite, kTenant, Soon(),
                                [&](Tx& tx) { return vault.Seal(tx, subject, plain); });
  }
  absl::StatusOr<std::string> Open(PersonalVault& vault, const SealedText& sealed, const std::string& tenant = kTenant) {
    return Transact<std::string>(*pool_, TxMode::kReadOnly, tenant, Soon(), [&](Tx& tx) { return vault.Open(tx, sealed); });
  }
};

TEST_F(PersonalVaultTest, OpensWhatAnotherReplicaSealedInItsTenantOnly) {
  const auto sealed = Seal(vault_, "candidates/ada", "Ada Lovelace");
  ASSERT_TRUE(sealed.ok()) << sealed.status();
  PersonalVault replica(*sealer_);
  EXPECT_EQ(Open(replica, *sealed).value(), "Ada Lovelace");
  EXPECT_TRUE(absl::IsNotFound(Open(replica, *sealed, "globex").status()));
  EXPECT_TRUE(replica.SealCached(kTenant, "candidates/ada", "x").ok()) << "known from opening";
  EXPECT_TRUE(absl::IsNotFound(replica.SealCached(kTenant, "candidates/bob", "x").status()));
}

TEST_F(PersonalVaultTest, ReadsNothingOnceTheKeyIsDestroyed) {
  const auto sealed = Seal(vault_, "candidates/ada", "Ada Lovelace");
  ASSERT_TRUE(Open(vault_, *sealed).ok());
  ASSERT_TRUE(pool_->Transact(TxMode::kReadWrite, kTenant, Soon(), [&](Tx& tx) {
    return vault_.Destroy(tx, "candidates/ada");
  }).ok());
  EXPECT_TRUE(absl::IsNotFound(Open(vault_, *sealed).status()));
}

TEST_F(PersonalVaultTest, ForgetsAKeyWhoseTransactionWasRolledBack) {
  const absl::Status rolled_back = pool_->Transact(TxMode::kReadWrite, kTenant, Soon(), [&](Tx& tx) -> absl::Status {
    EXPECT_TRUE(vault_.Seal(tx, "candidates/ada", "a").ok());
    EXPECT_TRUE(vault_.Seal(tx, "candidates/ada", "b").ok());
    return absl::CancelledError("on purpose");
  });
  EXPECT_FALSE(rolled_back.ok());
  EXPECT_FALSE(vault_.SealCached(kTenant, "candidates/ada", "x").ok());
  const auto sealed = Seal(vault_, "candidates/ada", "Ada");
  PersonalVault replica(*sealer_);
  EXPECT_EQ(Open(replica, *sealed).value(), "Ada");
}

}  // namespace
}  // namespace assay::runtime
