#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "assay/bank/v1/pack.pb.h"
#include "assay/bank/v1/pack_service.pb.h"

// Writing a pack question by question, so that a bank of any size streams out.
namespace assay::bank {

// Begin once, Question for each, End once; what they answer, one after the other, is the document. Questions are valid content
// (the contract's rules), their order is the document's.
class PackWriter {
 public:
  virtual ~PackWriter() = default;
  // `header` is the pack without its questions.
  virtual std::string Begin(const v1::Pack& header) = 0;
  virtual std::string Question(const v1::QuestionContent& question) = 0;
  virtual std::string End() = 0;
  // "text/csv; charset=utf-8".
  virtual std::string MediaType() const = 0;
};

// A writer of CSV, MOODLE_XML, QTI or NDJSON; INVALID_ARGUMENT for a format that is not written question by question.
absl::StatusOr<std::unique_ptr<PackWriter>> MakePackWriter(v1::PackFormat format);

}  // namespace assay::bank
