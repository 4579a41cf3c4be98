#pragma once

#include <absl/status/status.h>

#include <string>
#include <string_view>

namespace assay::bank {

// Checks a document that arrives in pieces: UTF-8 without NUL, whatever way the pieces cut its characters.
class Utf8Stream {
 public:
  // INVALID_ARGUMENT naming the line.
  absl::Status Check(std::string_view bytes);
  // INVALID_ARGUMENT where the document ends within a character.
  absl::Status Finish() const;

 private:
  absl::Status Invalid() const;

  // Line that is being read, from 1.
  int line_ = 1;
  // Begin of a character whose end has not arrived.
  std::string cut_;
};

}  // namespace assay::bank
