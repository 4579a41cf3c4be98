#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "assay/bank/v1/pack.pb.h"
#include "assay/bank/v1/pack_service.pb.h"
#include "services/bank/domain/import_result.h"

// Reading a document of questions as its bytes arrive, whatever its format.
namespace assay::bank {

// Takes what a reader finds, in the order of the document. An error from any of them ends the reading with it.
class DocumentSink {
 public:
  virtual ~DocumentSink() = default;
  // One question; `line` is where it begins, 0 where lines mean nothing.
  virtual absl::Status Question(v1::QuestionContent question, int line) = 0;
  // Something recognised that did not become a question, or a remark on one; kError counts as a wrong entry.
  virtual absl::Status Finding(ImportFinding finding) = 0;
  // The pack without its questions: header and catalogue. At most once. What names a pack id or a prefix comes before the questions.
  virtual absl::Status Catalogue(v1::Pack pack) = 0;
  // Those of `names` ("competencies/ml", "questions/q004") that are there outside of the document; where nobody knows, none.
  virtual absl::StatusOr<std::set<std::string>> Known(const std::set<std::string>& /*names*/) { return std::set<std::string>(); }
};

// Reads one document. A format that can be read piece by piece hands on each question as soon as it is complete and holds no more
// than that; the others hold the document, at most kMaxImportBytes or their own limit. One wrong entry is a Finding and reading
// goes on; an error of Feed or Finish means that the document as such cannot be read (INVALID_ARGUMENT, with line and reason).
class DocumentReader {
 public:
  virtual ~DocumentReader() = default;
  virtual absl::Status Feed(std::string_view bytes, DocumentSink& sink) = 0;
  // The document has ended; one that was cut off in the middle of an entry is refused here.
  virtual absl::Status Finish(DocumentSink& sink) = 0;
  // Sections seen so far.
  virtual int sections() const = 0;
  // Entries seen that became no question; negative where there is one finding of severity kError for each of them.
  virtual int dropped() const { return -1; }
};

// A reader for `format`; `language_code` is what questions are in where the document does not say. INVALID_ARGUMENT for a format
// that is written and not read (HTML, Markdown).
absl::StatusOr<std::unique_ptr<DocumentReader>> MakeDocumentReader(v1::PackFormat format, std::string_view language_code = "en");

}  // namespace assay::bank
