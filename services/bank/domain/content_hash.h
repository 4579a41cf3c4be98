#pragma once

#include <string>

#include <google/protobuf/message.h>

#include "assay/bank/v1/question.pb.h"

// SHA-256 digests in lower-case hex. They are taken over values, not over protobuf's serialisation, so that they stay
// the same across protobuf versions, field orders on the wire and map orders. An unset field adds nothing: a field
// added to the schema later changes no digest of what does not use it.
namespace assay::bank {

// The digests of one revision.
struct ContentDigests {
  // What is said and heard: prompt, scenario, exemplars, cue, probes, translations. A change may move how hard the question is.
  std::string wording;
  // What is measured: concepts, competency, level, kind, roles (in any order). A change moves what a rating means.
  std::string structure;
  // ContentHash.
  std::string content;
};
ContentDigests DigestsOf(const v1::QuestionContent& content);

// Everything in a message, of whatever type; tells whether a resource differs from what was imported.
std::string ContentHash(const google::protobuf::Message& message);

}  // namespace assay::bank
