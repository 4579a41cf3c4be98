#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "tests/integration/bank/import_support.h"

namespace assay::bank {
namespace {

using ::testing::HasSubstr;
using runtime::ReasonOf;
using runtime::Tx;
using runtime::TxMode;

// Another process of the bank, on the same database.
struct Replica {
  Replica(runtime::Pool& shared, runtime::CursorCodec& cursors, runtime::PageTokens& pages)
      : mutator(shared, cursors), parts{shared, mutator, pages, cursors, cache, catalogues} {}
  runtime::Mutator mutator;
  QuestionCache cache;
  KitCatalogues catalogues;
  BankParts parts;
};

class ImportRecoveryTest : public ImportTest {
 protected:
  // Leaves an import as a process does that dies: staged in batches of `size`, its lease run out.
  void Abandon(const std::string& id, const std::string& text_prompt, int batches, int size, bool applying) {
    v1::Pack pack;
    pack.set_id("lines");
    pack.set_display_name("Lines");
    pack.set_version("1.0.0");
    for (int batch = 0; batch <= batches; ++batch) {
      ASSERT_TRUE(pool_->Transact(TxMode::kReadWrite, "acme", Soon(), [&](Tx& tx) -> absl::Status {
        const runtime::Instant now = clock_.Now();
        if (batch == 0) return InsertImport(tx, {id, NdjsonHeader(), "ada", "", "dead"}, std::chrono::seconds(60), now);
        std::vector<StagedQuestion> staged;
        for (int i = 0; i < size; ++i) {
          const v1::QuestionContent content = Content("q" + std::to_string(10'000 + (batch - 1) * size + i), text_prompt);
          staged.push_back({content.id(), i + 1, DigestsOf(content),
                            runtime::SerializeDeterministic(content)});
        }
        return InsertBatch(tx, id, "dead", batch, size, EncodeBatch(staged), {100, batch * size}, std::chrono::seconds(60), now);
      }).ok());
    }
    if (applying) {
      ASSERT_TRUE(pool_->Transact(TxMode::kReadWrite, "acme", Soon(), [&](Tx& tx) -> absl::Status {
        v1::ImportReport report;
        report.set_questions(batches * size);
        return BeginApplying(tx, id, "dead", pack, report, {100, batches * size}, std::chrono::seconds(60), clock_.Now()).status();
      }).ok());
    }
  }
  void LeaseRunsOut(const std::string& id) { Sql("UPDATE import SET lease_until = now() - interval '1 second' WHERE id = '" + id + "'"); }
  static std::chrono::steady_clock::time_point Soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }
};

TEST_F(ImportRecoveryTest, WhatADeadProcessBeganAnotherFinishesWithoutWritingAnythingTwice) {
  Abandon("i1", "Why?", 6, 50, true);
  // It dies after some of its batches.
  std::atomic<int> left{2};
  ImportApplier dying(parts_, {.writers = 1});
  EXPECT_TRUE(absl::IsUnavailable(dying.Run("acme", "i1", "dead", [&] { return left-- <= 0; }).status()));
  const int64_t written = Count("question");
  EXPECT_GT(written, 0);
  EXPECT_LT(written, 300);
  EXPECT_EQ(GetImport("imports/i1")->state(), v1::IMPORT_STATE_APPLYING);
  EXPECT_EQ(GetImport("imports/i1")->applied(), written);

  Replica other(*pool_, cursors_, pages_);
  ImportWatch watch(other.parts);
  EXPECT_EQ(watch.Look().value(), 0);  // the lease still holds
  LeaseRunsOut("i1");
  EXPECT_EQ(watch.Look().value(), 1);
  const auto record = GetImport("imports/i1");
  EXPECT_EQ(record->state(), v1::IMPORT_STATE_COMPLETED);
  EXPECT_EQ(record->report().created(), 300);
  EXPECT_EQ(record->report().questions(), 300);
  EXPECT_EQ(record->applied(), 300);
  EXPECT_EQ(Count("question"), 300);
  EXPECT_EQ(Count("question_revision"), 300);
  EXPECT_EQ(Number("SELECT count(*) FROM outbox WHERE type = 'question.published'"), 300);
  EXPECT_EQ(Number("SELECT count(*) FROM outbox WHERE type = 'import.completed'"), 1);
  EXPECT_EQ(Count("import_batch"), 0);
  EXPECT_EQ(watch.Look().value(), 0);
  ExpectSoundRevisions();
}

TEST_F(ImportRecoveryTest, SeveralMayWorkOnOneImportAndEachBatchIsWrittenOnce) {
  Abandon("i1", "Why?", 12, 25, true);
  Replica a(*pool_, cursors_, pages_), b(*pool_, cursors_, pages_);
  std::vector<std::thread> workers;
  std::vector<absl::Status> statuses(3);
  BankParts* parts[] = {&a.parts, &b.parts, &parts_};
  for (size_t i = 0; i < statuses.size(); ++i) {
    workers.emplace_back([&, i] { statuses[i] = ImportApplier(*parts[i], {}).Run("acme", "i1", "dead", [] { return false; }).status(); });
  }
  for (std::thread& worker : workers) worker.join();
  for (const absl::Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(GetImport("imports/i1")->report().created(), 300);
  EXPECT_EQ(Count("question_revision"), 300);
  EXPECT_EQ(Number("SELECT count(*) FROM outbox WHERE type = 'import.completed'"), 1);
  EXPECT_EQ(Number("SELECT questions FROM pack WHERE id = 'lines'"), 300);
}

TEST_F(ImportRecoveryTest, WhatWasOnlyStagedHasFailedOnceItsCallerIsGone) {
  Abandon("i1", "Why?", 2, 20, false);
  LeaseRunsOut("i1");
  ImportWatch watch(parts_);
  EXPECT_EQ(watch.Look().value(), 1);
  const auto record = GetImport("imports/i1");
  EXPECT_EQ(record->state(), v1::IMPORT_STATE_FAILED);
  EXPECT_THAT(record->error(), HasSubstr("nothing was changed"));
  EXPECT_EQ(Count("question"), 0);
  EXPECT_EQ(watch.Prune().value(), 2);
  EXPECT_EQ(Count("import_batch"), 0);
  EXPECT_EQ(Count("import"), 1);
  // The caller comes back to it too late.
  const absl::Status late = pool_->Transact(TxMode::kReadWrite, "acme", Soon(), [&](Tx& tx) {
    return InsertBatch(tx, "i1", "dead", 3, 1, "", {}, std::chrono::seconds(1), clock_.Now());
  });
  EXPECT_EQ(ReasonOf(late), runtime::v1::ERROR_REASON_CONFLICT);
}

TEST_F(ImportRecoveryTest, RecordsGoAfterThirtyDays) {
  ASSERT_TRUE(ImportLines(Lines(1)).ok());
  ASSERT_TRUE(ImportLines(Lines(1), NdjsonHeader("other"), "globex").ok());
  ImportWatch watch(parts_);
  EXPECT_EQ(watch.Prune().value(), 0);
  Sql("UPDATE import SET create_time = now() - interval '31 days' WHERE tenant = 'acme'");
  EXPECT_EQ(watch.Prune().value(), 1);
  EXPECT_EQ(Number("SELECT count(*) FROM import WHERE tenant = 'globex'"), 1);
}

TEST_F(ImportRecoveryTest, AnImportGoesOnWithAnAbandonedOneOfItsPackFirst) {
  Abandon("i1", "Old?", 3, 20, true);
  LeaseRunsOut("i1");
  const auto report = ImportLines(Lines(60, "New?"));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->changed(), 60);
  EXPECT_EQ(GetImport("imports/i1")->state(), v1::IMPORT_STATE_COMPLETED);
  EXPECT_EQ(Get("questions/q10000")->content().prompt(), "New?");
  ExpectSoundRevisions();
}

TEST_F(ImportRecoveryTest, ACallerThatGoesAwayInTheMiddleHasChangedNothing) {
  const std::string text = Lines(5000);
  for (const int after : {1, 2, 4, 5}) {
    ScriptedReader reader(NdjsonHeader(), text, 128u << 10);
    reader.before = [&](int message) {
      return message < after ? absl::OkStatus() : runtime::Error(runtime::v1::ERROR_REASON_CANCELLED, "the call was cancelled");
    };
    EXPECT_TRUE(absl::IsCancelled(imports_.Import(ContextOf("acme"), reader).status()));
  }
  EXPECT_EQ(Count("question"), 0);
  EXPECT_EQ(Count("pack"), 0);
  EXPECT_EQ(Count("outbox"), 0);
  EXPECT_EQ(Count("import_batch"), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM import WHERE state = 'FAILED'"), 4);
}

TEST_F(ImportRecoveryTest, ACancelOverTheWireChangesNothingEither) {
  auto stream = client_->OpenClientStream<v1::ImportPackRequest, v1::ImportReport>("assay.bank.v1.PackService/ImportPack", Options(kAda));
  v1::ImportPackRequest message;
  *message.mutable_header() = NdjsonHeader();
  ASSERT_TRUE(stream.Write(message));
  message.set_chunk(Lines(2000));
  ASSERT_TRUE(stream.Write(message));
  stream.Cancel();
  EXPECT_FALSE(stream.Finish().ok());
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(10));
  executor_.Stop();
  EXPECT_EQ(Count("question"), 0);
  EXPECT_EQ(Count("import_batch"), 0);
}

// The worst moment: what was staged belongs to the applier, and who asked for it does not know.
TEST_F(ImportRecoveryTest, ADoubtfulBeginLosesNothing) {
  DoubtfulPool doubtful(*pool_);
  Replica replica(doubtful, cursors_, pages_);
  PackImportApi imports(replica.parts);
  const runtime::RequestContext context = ContextOf("acme");
  doubtful.doubtful = [&] {
    if (context.cancelled() || Number("SELECT count(*) FROM import WHERE state = 'APPLYING'") == 0) return false;
    context.Cancel();
    return true;
  };
  v1::ImportHeader header = NdjsonHeader();
  header.set_import_id("i1");
  ScriptedReader reader(header, Lines(1200));
  const absl::Status status = imports.Import(context, reader).status();
  EXPECT_EQ(ReasonOf(status), runtime::v1::ERROR_REASON_COMMIT_IN_DOUBT) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("imports/i1"));
  EXPECT_EQ(GetImport("imports/i1")->state(), v1::IMPORT_STATE_APPLYING);
  EXPECT_EQ(Number("SELECT sum(questions) FROM import_batch"), 1200);
  LeaseRunsOut("i1");
  EXPECT_EQ(ImportWatch(parts_).Look().value(), 1);
  const auto record = GetImport("imports/i1");
  EXPECT_EQ(record->state(), v1::IMPORT_STATE_COMPLETED);
  EXPECT_EQ(record->report().created(), 1200);
  EXPECT_EQ(Count("question"), 1200);
  ExpectSoundRevisions();
}

TEST_F(ImportRecoveryTest, BatchesOfAnImportThatHasNotEndedStay) {
  Abandon("i1", "Why?", 2, 20, true);
  int removed = -1;
  ASSERT_TRUE(pool_->Transact(TxMode::kReadWrite, "acme", Soon(), [&](Tx& tx) -> absl::Status {
    const auto deleted = DeleteBatches(tx, "i1", 10);
    removed = deleted.value_or(-1);
    return deleted.status();
  }).ok());
  EXPECT_EQ(removed, 0);
  EXPECT_EQ(Count("import_batch"), 2);
}

// A document that is read whole stages nothing before its last byte: that it is still being read is said all the same.
TEST_F(ImportRecoveryTest, ASlowUploadIsNotGivenUp) {
  PackImportApi imports(parts_, {.renewal = std::chrono::milliseconds(0)});
  ImportWatch watch(parts_);
  v1::ImportHeader header = NdjsonHeader("");
  header.set_format(v1::PACK_FORMAT_PROTOBUF);
  header.set_import_id("i1");
  const std::string document = SmallPack().SerializeAsString();
  ScriptedReader reader(header, document, document.size() / 6);
  int64_t bytes = 0;
  reader.before = [&](int message) {
    if (message < 2) return absl::OkStatus();
    // The last message has taken the lease anew, whatever was left of it.
    EXPECT_EQ(Number("SELECT count(*) FROM import WHERE lease_until > clock_timestamp() + interval '1 minute'"), 1) << message;
    EXPECT_GE(GetImport("imports/i1")->bytes(), bytes);
    bytes = GetImport("imports/i1")->bytes();
    const absl::Status looked = watch.Look().status();
    Sql("UPDATE import SET lease_until = clock_timestamp() + interval '5 seconds'");
    return looked;
  };
  const auto report = imports.Import(ContextOf("acme"), reader);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->created(), 4);
  EXPECT_GT(bytes, 0) << "nobody could see how far it was";
}

TEST_F(ImportRecoveryTest, TwoImportsOfOnePackAreWrittenOneAfterTheOther) {
  ASSERT_TRUE(ImportLines(Lines(1500, "Start?")).ok());
  std::vector<std::thread> threads;
  std::vector<absl::StatusOr<v1::ImportReport>> reports(2, absl::UnknownError("did not run"));
  for (size_t i = 0; i < reports.size(); ++i) {
    threads.emplace_back([&, i] { reports[i] = ImportLines(Lines(1500, i == 0 ? "Left?" : "Right?")); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& report : reports) {
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->changed(), 1500);
  }
  // Whoever came last, came last everywhere.
  EXPECT_EQ(Number("SELECT count(DISTINCT r.wording_hash) FROM question q JOIN question_revision r USING (tenant, id) "
                   "WHERE r.revision = q.published_revision"),
            1);
  EXPECT_EQ(Number("SELECT min(latest_revision) FROM question"), 3);
  EXPECT_EQ(Number("SELECT max(latest_revision) FROM question"), 3);
  ExpectSoundRevisions();
}

TEST_F(ImportRecoveryTest, TwoPacksWithTheSameIdsDivideThemAndDoNotDeadlock) {
  std::vector<std::thread> threads;
  std::vector<absl::StatusOr<v1::ImportReport>> reports(2, absl::UnknownError("did not run"));
  for (size_t i = 0; i < reports.size(); ++i) {
    threads.emplace_back([&, i] { reports[i] = ImportLines(Lines(1200, "Whose?"), NdjsonHeader("pack-" + std::to_string(i))); });
  }
  for (std::thread& thread : threads) thread.join();
  int created = 0, conflicting = 0;
  for (const auto& report : reports) {
    ASSERT_TRUE(report.ok()) << report.status();
    created += report->created();
    conflicting += report->conflicting();
  }
  EXPECT_EQ(created, 1200);
  EXPECT_EQ(conflicting, 1200);
  EXPECT_EQ(Count("question_revision"), 1200);
  EXPECT_EQ(Number("SELECT sum(questions) FROM pack"), 1200);
  ExpectSoundRevisions();
}

TEST_F(ImportRecoveryTest, ATenantMayEditWhileAnImportRuns) {
  ASSERT_TRUE(ImportLines(Lines(2000, "Start?")).ok());
  std::atomic<bool> over{false};
  std::atomic<int> edits{0};
  absl::Status unexpected;
  std::thread editor([&] {
    for (int i = 0; !over || i < 20; ++i) {
      const auto edited = Edit("q" + std::to_string(10'000 + (i * 37) % 2000), "Edit " + std::to_string(i) + "?", false);
      if (edited.ok()) {
        ++edits;
      } else {
        unexpected.Update(edited.status());
      }
    }
  });
  for (int round = 0; round < 3; ++round) {
    v1::ImportHeader header = NdjsonHeader();
    if (round > 0) header.set_conflicts(v1::CONFLICT_RULE_TAKE_DOCUMENT);
    const auto report = ImportLines(Lines(2000, "Round " + std::to_string(round) + "?"), header);
    EXPECT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->changed() + report->conflicting() + report->unchanged(), 2000);
  }
  over = true;
  editor.join();
  EXPECT_TRUE(unexpected.ok()) << unexpected;
  EXPECT_GT(edits, 0);
  ExpectSoundRevisions();
}

TEST_F(ImportRecoveryTest, MoreImportsThanThereIsRoomForAreSentAway) {
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  bool go = false;
  std::vector<std::thread> threads;
  std::vector<absl::StatusOr<v1::ImportReport>> reports(4, absl::UnknownError("did not run"));
  for (size_t i = 0; i < reports.size(); ++i) {
    threads.emplace_back([&, i] {
      ScriptedReader reader(NdjsonHeader("pack-" + std::to_string(i)), Lines(1, "Why?", "p" + std::to_string(i) + "-"));
      reader.before = [&](int message) {
        std::unique_lock lock(mutex);
        if (message == 1) {
          ++waiting;
          changed.notify_all();
          changed.wait(lock, [&] { return go; });
        }
        return absl::OkStatus();
      };
      reports[i] = imports_.Import(ContextOf(i < 2 ? "acme" : i < 3 ? "globex" : "initech"), reader);
    });
    // One tenant alone has half of the places.
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting == static_cast<int>(i) + 1; });
    if (i == 1) {
      EXPECT_EQ(ReasonOf(ImportLines(Lines(1)).status()), runtime::v1::ERROR_REASON_OVERLOADED);
    }
  }
  EXPECT_EQ(ReasonOf(ImportLines(Lines(1), NdjsonHeader(), "globex").status()), runtime::v1::ERROR_REASON_OVERLOADED);
  {
    std::lock_guard lock(mutex);
    go = true;
  }
  changed.notify_all();
  for (std::thread& thread : threads) thread.join();
  for (const auto& report : reports) EXPECT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(ImportLines(Lines(1)).ok());
}

TEST_F(ImportRecoveryTest, WhatIsNoStreamOfAnImportIsRefused) {
  v1::ImportPackRequest header, chunk, nothing, empty;
  *header.mutable_header() = NdjsonHeader();
  chunk.set_chunk(JsonLine(Content("a")));
  empty.set_chunk("");
  const auto import = [&](std::vector<v1::ImportPackRequest> messages) {
    ScriptedReader reader(std::move(messages));
    return imports_.Import(ContextOf("acme"), reader).status();
  };
  for (const auto& messages : std::vector<std::vector<v1::ImportPackRequest>>{
           {}, {chunk}, {nothing}, {empty}, {header, header}, {header, chunk, header}, {header, nothing}, {header, chunk, nothing, chunk}}) {
    EXPECT_EQ(import(messages).code(), absl::StatusCode::kInvalidArgument) << messages.size();
  }
  EXPECT_EQ(Count("question"), 0);
  EXPECT_TRUE(import({header, empty, chunk, empty}).ok());
}

TEST_F(ImportRecoveryTest, ADocumentThatIsCutOffIsRefused) {
  v1::ImportHeader header = NdjsonHeader();
  const std::string text = Lines(3);
  header.set_total_bytes(static_cast<int64_t>(text.size()));
  // At the end of a line nothing but the number of bytes tells.
  const auto report = ImportLines(text.substr(0, text.find('\n') + 1), header);
  EXPECT_EQ(ReasonOf(report.status()), runtime::v1::ERROR_REASON_PACK_INVALID);
  EXPECT_THAT(std::string(report.status().message()), HasSubstr("cut off"));
  header.clear_total_bytes();
  for (size_t length = 1; length < text.size(); length += 13) {
    if (text[length - 1] == '\n' || text[length] == '\n') continue;
    EXPECT_FALSE(ImportLines(text.substr(0, length), header).ok()) << length;
  }
  EXPECT_EQ(Count("question"), 0);
}

}  // namespace
}  // namespace assay::bank
