#pragma once

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

// A question whose content is bytes already and not set in `listed.stored`.
grpc::Slice BytesOf(const ListedQuestion& listed);

}  // namespace assay::bank
