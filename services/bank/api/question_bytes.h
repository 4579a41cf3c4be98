#pragma once

#include <vector>

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/slice.h>

#include "services/bank/store/question_store.h"
#include "services/runtime/rpc/method.h"

namespace assay::bank {

// Answers put together from questions that are bytes already, without parsing and building them again.

// A message as one slice.
grpc::Slice SliceOf(const google::protobuf::MessageLite& message);
// The Question of a list.
grpc::Slice SliceOf(const ListedQuestion& listed);
// A message whose field 1 is `questions`; `rest` is one of its type that holds its other fields.
runtime::Serialized WithQuestions(const std::vector<grpc::Slice>& questions, const google::protobuf::MessageLite& rest);

}  // namespace assay::bank
