#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "services/bank/api/work_line.h"
#include "services/bank/domain/document_reader.h"
#include "services/bank/domain/import_batch.h"
#include "services/bank/domain/report_builder.h"

namespace assay::bank {

// So many questions a document may have that is read piece by piece; a whole pack has kMaxImportQuestions.
inline constexpr int kMaxStreamedQuestions = 1'000'000;
// A question's content may have so many bytes.
inline constexpr size_t kMaxQuestionBytes = 1u << 20;

// What stands between a document's reader and the bank: takes what the reader finds, checks every question against the contract,
// finds ids that stand twice, digests what is good and hands it on in batches, on threads of its own. Holds a few batches and one
// number per question, whatever the size of the document.
class ImportIntake final : public DocumentSink {
 public:
  // Gets batches of checked questions, each sorted by id, from several threads at once. `pack` is the id that they are filed under.
  using Take = std::function<absl::Status(const std::string& pack, std::vector<StagedQuestion> questions)>;

  // Says which of these names the bank has.
  using Look = std::function<absl::StatusOr<std::set<std::string>>(const std::set<std::string>& names)>;

  ImportIntake(const v1::ImportHeader& header, Take take, Look look);
  ~ImportIntake() override;

  absl::Status Question(v1::QuestionContent question, int line) override;
  absl::Status Finding(ImportFinding finding) override;
  absl::Status Catalogue(v1::Pack pack) override;
  absl::StatusOr<std::set<std::string>> Known(const std::set<std::string>& names) override { return look_(names); }

  // The document has ended: waits until every batch is taken. What follows is to be asked after that.
  absl::Status Finish();
  // Drops what was not taken yet and waits for what is being taken.
  void Abandon();

  // The pack without its questions, as it will be stored.
  const v1::Pack& pack() const { return pack_; }
  // Whether the document has a catalogue of its own.
  bool has_catalogue() const { return has_catalogue_; }
  // Questions that were taken.
  int questions() const { return taken_; }
  // What questions name and the document does not hold, by its name: the first one that does, and where. Not of whole packs, whose
  // reader sees to it.
  struct Reference {
    std::string from;
    int line = 0;
    const char* field = "";
  };
  std::map<std::string, Reference> OpenReferences() const;

  void Remark(v1::ImportFinding finding);
  // Adds what became of a batch, from any thread.
  void Add(const v1::ImportReport& outcome);
  // Counts, findings and sections so far.
  void WriteTo(const DocumentReader& reader, v1::ImportReport& report) const;
  // PACK_INVALID when the document must not be imported, by what the header says of wrong entries; lists what is wrong.
  absl::Status Refusal() const;

 private:
  struct Group {
    std::vector<v1::QuestionContent> questions;
    std::vector<int> lines;
    size_t bytes = 0;
  };

  absl::Status Begin();
  absl::Status Check(Group group);
  void Wrong(int line, std::string path, std::string reason, bool left_out);
  bool IsDuplicate(const std::string& id, int line);
  void NoteReferences(const v1::QuestionContent& question, int line);

  const v1::ImportHeader& header_;
  const Take take_;
  const Look look_;
  const bool whole_pack_;
  const bool refuses_;

  // Of the thread that reads.
  v1::Pack pack_;
  bool begun_ = false;
  bool has_catalogue_ = false;
  int seen_ = 0;
  Group group_;
  absl::flat_hash_map<uint64_t, int> lines_by_id_;
  std::set<std::string> left_out_;
  // By names of questions, competencies and roles.
  std::map<std::string, Reference> references_;
  // How many, by collection.
  std::map<std::string, int> noted_;

  mutable std::mutex mutex_;
  ReportBuilder builder_ ABSL_GUARDED_BY(mutex_);
  int rejected_ ABSL_GUARDED_BY(mutex_) = 0;         // questions
  int reader_errors_ ABSL_GUARDED_BY(mutex_) = 0;    // findings of severity kError
  bool catalogue_wrong_ ABSL_GUARDED_BY(mutex_) = false;
  int taken_ = 0;  // written under mutex_, read after Finish

  WorkLine<Group> line_;
};

// Field violations of the errors among `findings`, for PACK_INVALID.
absl::Status PackInvalid(const std::vector<v1::ImportFinding>& findings, int errors);

}  // namespace assay::bank
