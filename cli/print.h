#pragma once

#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace assay::cli {

// Protobuf JSON mapping, indented.
std::string ToJson(const google::protobuf::Message& message);

// A table of the repeated message field `list`, one row each; columns are field paths such as "content.level". Long cells
// are cut. Enums lose their prefix.
struct Column {
  std::string title;
  std::string path;
};
std::string ToTable(const google::protobuf::Message& message, const std::string& list, const std::vector<Column>& columns);

// Text of the field at `path`; "" where it is unset.
std::string Cell(const google::protobuf::Message& message, const std::string& path);

}  // namespace assay::cli
