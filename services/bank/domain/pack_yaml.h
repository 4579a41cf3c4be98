#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include "assay/bank/v1/pack.pb.h"

// YAML in and out of any protobuf message, and packs in and out of files. The schema of a YAML file is the message
// itself: snake_case field names, enum values in lower case without their prefix ("kind: theory") or in full.
namespace assay::bank {

// Limits of one YAML document. They bound memory and time on hostile input.
inline constexpr std::size_t kMaxYamlBytes = 8u << 20;
inline constexpr int kMaxYamlDepth = 32;
inline constexpr std::size_t kMaxYamlNodes = 1'000'000;

// One thing wrong in a document. Line and column count from 1; 0 means the file as a whole.
struct YamlProblem {
  std::string file;
  int line = 0;
  int column = 0;
  // Path of the field in the message: "questions[3].level".
  std::string path;
  // What is wrong and how to put it right.
  std::string message;

  // "file:line:column: path: message".
  std::string ToString() const;
};

// Reads one YAML document into a message, adding to what the message holds. Refuses unknown fields, wrong types,
// duplicate keys, anchors, aliases, tags, more than one document, invalid UTF-8, NUL, and anything over the limits
// above. Every problem is reported; after any, the message is unspecified and must be thrown away.
std::vector<YamlProblem> ReadYamlProblems(std::string_view yaml, std::string_view file_name,
                                          google::protobuf::Message& into);

// The same; INVALID_ARGUMENT lists the problems, one per line.
absl::Status ReadYaml(std::string_view yaml, std::string_view file_name, google::protobuf::Message& into);

// Joins problems into one INVALID_ARGUMENT (OK when there are none). At most 100 are spelled out.
absl::Status YamlProblemsToStatus(const std::vector<YamlProblem>& problems);

// Readable block-style YAML that ReadYaml reads back to an equal message. Unset fields are left out.
std::string ToYaml(const google::protobuf::Message& message);

// Reads a pack from a file (.yaml, .yml or protobuf JSON .json) or a directory: every such file below it, hidden ones
// aside, is a partial Pack; they are merged in byte order of their relative path. Two files that give one field
// different values are refused. NOT_FOUND when the path is not there, INVALID_ARGUMENT with every problem otherwise.
absl::StatusOr<v1::Pack> LoadPack(const std::string& path);

// The same for files already in memory: relative path → text.
absl::StatusOr<v1::Pack> MergePackFiles(const std::map<std::string, std::string>& files);

// Lays a pack out as the files of a pack directory: relative path → YAML. MergePackFiles of the result is the pack.
std::map<std::string, std::string> ExportPack(const v1::Pack& pack);

}  // namespace assay::bank
