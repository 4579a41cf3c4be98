#pragma once

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/bank/domain/document_reader.h"
#include "services/bank/domain/pack_writer.h"

// What the tests of readers and writers share.
namespace assay::bank {

// Keeps what a reader finds.
class Recorder final : public DocumentSink {
 public:
  absl::Status Question(v1::QuestionContent question, int line) override {
    questions.push_back(std::move(question));
    lines.push_back(line);
    return absl::OkStatus();
  }
  absl::Status Finding(ImportFinding finding) override {
    findings.push_back(std::move(finding));
    return absl::OkStatus();
  }
  absl::Status Catalogue(v1::Pack) override { return absl::OkStatus(); }

  // Findings that contain the words.
  std::vector<ImportFinding> With(std::string_view words) const {
    std::vector<ImportFinding> found;
    for (const ImportFinding& finding : findings) {
      if (finding.reason.find(words) != std::string::npos) found.push_back(finding);
    }
    return found;
  }
  std::string Reasons() const {
    std::string all;
    for (const ImportFinding& finding : findings) all += std::to_string(finding.line) + ": " + finding.reason + "\n";
    return all;
  }

  std::vector<v1::QuestionContent> questions;
  std::vector<int> lines;
  std::vector<ImportFinding> findings;
};

// Feeds a document in pieces of `piece` bytes.
inline absl::Status ReadInto(DocumentReader& reader, std::string_view document, Recorder& recorder, std::size_t piece = 1000) {
  for (std::size_t at = 0; at < document.size(); at += piece) {
    const absl::Status status = reader.Feed(document.substr(at, piece), recorder);
    if (!status.ok()) return status;
  }
  return reader.Finish(recorder);
}

// What a document that must be readable yields.
inline Recorder ReadWhole(std::unique_ptr<DocumentReader> reader, std::string_view document, std::size_t piece = 1000) {
  Recorder recorder;
  const absl::Status status = ReadInto(*reader, document, recorder, piece);
  EXPECT_TRUE(status.ok()) << status;
  return recorder;
}

// Why a document is refused.
inline std::string WhyRefused(std::unique_ptr<DocumentReader> reader, std::string_view document, std::size_t piece = 1000) {
  Recorder recorder;
  const absl::Status status = ReadInto(*reader, document, recorder, piece);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status << " with " << recorder.questions.size() << " questions";
  return std::string(status.message());
}

inline std::string WriteAll(PackWriter& writer, const std::vector<v1::QuestionContent>& questions) {
  v1::Pack header;
  header.set_id("test");
  header.set_display_name("A <b>pack</b> & more / less");
  header.set_version("1.2.3");
  std::string document = writer.Begin(header);
  for (const auto& question : questions) document += writer.Question(question);
  return document + writer.End();
}

// Valid for the contract, and nothing else set.
inline v1::QuestionContent MinimalQuestion(std::string_view id = "q001") {
  v1::QuestionContent question;
  question.set_id(std::string(id));
  question.set_level(v1::LEVEL_SENIOR);
  question.set_kind(v1::QUESTION_KIND_THEORY);
  question.set_prompt("Why?");
  return question;
}

// Every field set, down to single values, lists with two items; each text is one of its own out of `text`.
inline void FillEverything(google::protobuf::Message& message, const std::function<std::string(const std::string& path, int count)>& text,
                           const std::string& prefix, int& count) {
  using google::protobuf::FieldDescriptor;
  const auto& r = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* const field = message.GetDescriptor()->field(i);
    const std::string path = prefix + field->name();
    for (int item = 0; item < (field->is_repeated() ? 2 : 1); ++item) {
      ++count;
      switch (field->cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
          FillEverything(field->is_repeated() ? *r.AddMessage(&message, field) : *r.MutableMessage(&message, field), text, path + ".", count);
          break;
        case FieldDescriptor::CPPTYPE_STRING:
          field->is_repeated() ? r.AddString(&message, field, text(path, count)) : r.SetString(&message, field, text(path, count));
          break;
        case FieldDescriptor::CPPTYPE_ENUM: r.SetEnumValue(&message, field, field->enum_type()->value_count() - 1 - item); break;
        case FieldDescriptor::CPPTYPE_BOOL: r.SetBool(&message, field, true); break;
        case FieldDescriptor::CPPTYPE_INT32: r.SetInt32(&message, field, 1 + count % 5); break;
        default: ADD_FAILURE() << "no value for " << path;
      }
    }
  }
}

inline v1::QuestionContent FullQuestion(const std::function<std::string(const std::string& path, int count)>& text) {
  v1::QuestionContent question;
  int count = 0;
  FillEverything(question, text, "", count);
  question.set_id("full-1");
  question.set_competency("system-design");
  return question;
}

// "" where they are equal.
inline std::string Difference(const v1::QuestionContent& a, const v1::QuestionContent& b) {
  std::string report;
  google::protobuf::util::MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&report);
  return differencer.Compare(a, b) ? "" : report.empty() ? "different" : report;
}

inline std::string ReadTestData(std::string_view name) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../data" / name;
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace assay::bank
