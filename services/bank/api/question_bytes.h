#pragma once

#include <memory>
#include <string>

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/slice.h>

#include "services/bank/store/question_store.h"
#include "services/runtime/rpc/method.h"

namespace assay::bank {

// An answer put together from questions that are bytes already, without parsing and building them again: a message whose field 1 is
// the questions. They are written one after the other into one piece of memory, which costs less than sending many pieces.
class QuestionsAnswer {
 public:
  explicit QuestionsAnswer(size_t questions) { bytes_->reserve(questions * kExpected); }

  void Add(const grpc::Slice& question);
  // `rest` is a message of the answer's type that holds its other fields. Nothing can be added then.
  runtime::Serialized Finish(const google::protobuf::MessageLite& rest);

 private:
  // Bytes of a question and what stands before it.
  static constexpr size_t kExpected = 2048;

  std::unique_ptr<std::string> bytes_ = std::make_unique<std::string>();
};

// A question whose content is bytes already and not set in `listed.stored`.
grpc::Slice BytesOf(const ListedQuestion& listed);

}  // namespace assay::bank
