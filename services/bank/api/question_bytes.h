#pragma once

#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/slice.h>

#include "services/bank/store/question_store.h"
#include "services/runtime/rpc/method.h"

namespace assay::bank {

// Answers put together from questions that are bytes already, without parsing and building them again: messages whose field 1 is the
// questions.

// `rest` is one of its type that holds its other fields.
runtime::Serialized WithQuestions(const std::vector<grpc::Slice>& questions, const google::protobuf::MessageLite& rest);

// The same of a list, written one question after the other into one piece of memory.
class QuestionListBytes {
 public:
  void Reserve(size_t bytes) { bytes_->reserve(bytes); }
  // The content must not be set in `listed.stored`.
  void Add(const ListedQuestion& listed);
  // Adds the other fields; nothing can be added then.
  runtime::Serialized Finish(const google::protobuf::MessageLite& rest);

 private:
  std::unique_ptr<std::string> bytes_ = std::make_unique<std::string>();
};

}  // namespace assay::bank
