#pragma once

#include <google/protobuf/util/json_util.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "services/bank/api/import_applier.h"
#include "services/bank/api/import_watch.h"
#include "services/bank/api/pack_import_api.h"
#include "services/bank/domain/content_hash.h"
#include "services/bank/domain/import_batch.h"
#include "services/bank/store/import_store.h"
#include "services/runtime/base/ids.h"
#include "tests/integration/bank/bank_fixture.h"

namespace assay::bank {

inline v1::QuestionContent Content(const std::string& id, const std::string& prompt = "Why would you hold data back from training?") {
  v1::QuestionContent question;
  question.set_id(id);
  question.set_level(v1::LEVEL_SENIOR);
  question.set_kind(v1::QUESTION_KIND_THEORY);
  question.set_prompt(prompt);
  question.set_estimated_minutes(5);
  return question;
}

inline std::string JsonLine(const v1::QuestionContent& question) {
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(question, &json);
  return json + "\n";
}

// "q0000" … with one prompt for all.
inline std::string Lines(int count, const std::string& prompt = "Why would you hold data back from training?", const std::string& prefix = "q") {
  std::string text;
  for (int i = 0; i < count; ++i) text += JsonLine(Content(prefix + std::to_string(10'000 + i), prompt));
  return text;
}

inline v1::ImportHeader NdjsonHeader(const std::string& pack = "lines") {
  v1::ImportHeader header;
  header.set_format(v1::PACK_FORMAT_NDJSON);
  header.set_publish(true);
  header.set_pack(pack);
  return header;
}

// Messages as a client sends them, without a connection.
class ScriptedReader final : public runtime::MessageReader {
 public:
  // Called before each message, with its number; an error ends the stream.
  std::function<absl::Status(int)> before;

  explicit ScriptedReader(std::vector<v1::ImportPackRequest> messages) : messages_(std::move(messages)) {}
  ScriptedReader(const v1::ImportHeader& header, const std::string& document, size_t piece = 64u << 10) {
    messages_.emplace_back();
    *messages_.back().mutable_header() = header;
    for (size_t at = 0; at < document.size(); at += piece) {
      messages_.emplace_back();
      messages_.back().set_chunk(document.substr(at, piece));
    }
  }
  absl::StatusOr<bool> Read(google::protobuf::Message& message) override {
    if (before) {
      if (absl::Status status = before(static_cast<int>(next_)); !status.ok()) return status;
    }
    if (next_ == messages_.size()) return false;
    message.CopyFrom(messages_[next_++]);
    return true;
  }

 private:
  std::vector<v1::ImportPackRequest> messages_;
  size_t next_ = 0;
};

// A pool whose transactions do what they should, but once `doubtful` says so nobody learns that they did.
class DoubtfulPool final : public runtime::Pool {
 public:
  explicit DoubtfulPool(runtime::Pool& pool) : pool_(pool) {}
  // Asked after each transaction that writes.
  std::function<bool()> doubtful = [] { return false; };

  absl::Status Transact(runtime::TxMode mode, const std::string& tenant, runtime::Deadline deadline,
                        const std::function<absl::Status(runtime::Tx&)>& work) override {
    absl::Status status = pool_.Transact(mode, tenant, deadline, work);
    if (status.ok() && mode == runtime::TxMode::kReadWrite && doubtful()) {
      return runtime::Error(runtime::v1::ERROR_REASON_COMMIT_IN_DOUBT, "the outcome is unknown");
    }
    return status;
  }
  absl::Status Ping() override { return pool_.Ping(); }
  void Close() override {}

 private:
  runtime::Pool& pool_;
};

class ImportTest : public BankTest {
 protected:
  absl::StatusOr<v1::ImportReport> ImportLines(const std::string& text, const v1::ImportHeader& header = NdjsonHeader(),
                                               const std::string& tenant = "acme") {
    ScriptedReader reader(header, text);
    return imports_.Import(ContextOf(tenant), reader);
  }
  static runtime::RequestContext ContextOf(const std::string& tenant) {
    runtime::RequestContext context;
    context.principal.tenant = tenant;
    context.principal.subject = "ada";
    context.principal.scopes = {"packs.import", "questions.publish"};
    context.method = "assay.bank.v1.PackService/ImportPack";
    context.now = runtime::SystemClock().Now();
    context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    return context;
  }
  absl::StatusOr<v1::Import> GetImport(const std::string& name, const std::string& tenant = "acme") {
    v1::GetImportRequest request;
    request.set_name(name);
    return imports_.Get(ContextOf(tenant), request);
  }
  absl::StatusOr<v1::Question> Edit(const std::string& id, const std::string& prompt, bool publish) {
    v1::UpdateQuestionRequest update;
    update.mutable_question()->set_name("questions/" + id);
    update.mutable_question()->mutable_content()->set_prompt(prompt);
    update.mutable_update_mask()->add_paths("content.prompt");
    auto edited = Call<v1::Question>("QuestionService/UpdateQuestion", update);
    if (!edited.ok() || !publish) return edited;
    v1::PublishQuestionRequest request;
    request.set_name("questions/" + id);
    return Call<v1::Question>("QuestionService/PublishQuestion", request);
  }
  std::vector<std::string> Sql(const std::string& sql) { return assay::testing::RunSql(database_.admin_dsn(), sql); }
  int64_t Number(const std::string& sql) { return std::stoll(Sql(sql).at(0)); }
  // Every question has as many revisions as it says, and none that nobody wrote.
  void ExpectSoundRevisions() {
    EXPECT_EQ(Number("SELECT count(*) FROM question q WHERE latest_revision <> (SELECT count(*) FROM question_revision r "
                     "WHERE r.tenant = q.tenant AND r.id = q.id) OR latest_revision <> (SELECT max(revision) FROM question_revision r "
                     "WHERE r.tenant = q.tenant AND r.id = q.id)"),
              0);
  }

  PackImportApi imports_{parts_};
};

}  // namespace assay::bank
