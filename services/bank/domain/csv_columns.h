#pragma once

#include <google/protobuf/descriptor.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "assay/bank/v1/question.pb.h"

// The columns of a CSV of questions, shared by reader and writer. docs/formats.md describes them.
namespace assay::bank {

// What a person writes and reads; INTERFACES.md pins them.
inline constexpr std::array<std::string_view, 10> kReadableColumns = {
    "ref", "part", "section", "competency", "question", "covers", "strong_answer", "weak_answer", "cue", "probe"};

// The column that an export has and a document of a person has not: with it, cells are the fields' exact text.
inline constexpr std::string_view kExactMark = "id";

// The fields that no readable column holds in full, in the order of their numbers; each is a column of its name behind the readable
// ones. Messages and lists are JSON there.
const std::vector<const google::protobuf::FieldDescriptor*>& ExactFields();

// The field of a readable column that is its exact text; nullptr for those that are made of several (ref, covers …).
const google::protobuf::FieldDescriptor* ReadableField(std::string_view column);

// Text of a column of ExactFields: plain for single values, JSON with the names of the contract for messages and lists, empty for
// what is not set.
std::string ExactCell(const v1::QuestionContent& question, const google::protobuf::FieldDescriptor& field);
// The reverse: sets the field and replaces what it held. A list of texts may also be one text a line. Returns what is wrong.
std::string SetExactCell(std::string_view cell, const google::protobuf::FieldDescriptor& field, v1::QuestionContent& question);

// What ref, covers, strong_answer, weak_answer and probe say of a question.
std::string ReadableCell(const v1::QuestionContent& question, std::string_view column);

// A cell that no spreadsheet takes for a formula: an apostrophe before what begins with = + - @, tab or CR, and before an
// apostrophe, so that Restored gives every text back.
std::string Neutralised(std::string_view text);
// Takes that apostrophe off. Where `exact` is false an apostrophe before another one stays: nobody put it there for us.
std::string_view Restored(std::string_view cell, bool exact);

}  // namespace assay::bank
