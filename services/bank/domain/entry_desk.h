#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "services/bank/domain/document_reader.h"

namespace assay::bank {

// An entry of a structured document is kept in memory up to this; a larger one is wrong.
inline constexpr std::size_t kMaxEntryBytes = 4u << 20;

// Where an entry stands, and what to call it in findings.
struct EntryPlace {
  int line = 0;
  int end_line = 0;
  std::string name;
};

// Counts sections, each once, in bounded memory.
class SectionCount {
 public:
  void Add(const v1::QuestionContent& question);
  int count() const { return static_cast<int>(hashes_.size()); }

 private:
  // Of part and section.
  std::unordered_set<std::uint64_t> hashes_;
};

// What the readers of other systems' documents do alike with an entry that they have read: see to its id, fill in what the document
// does not say, and hand it on or report it.
class EntryDesk {
 public:
  // `document` names the source where an entry names none; `language` is what entries are in that say nothing, empty or "en" for
  // English, which stays unsaid.
  EntryDesk(std::string_view document, std::string_view language) : document_(document), language_(language) {}

  // A question that this bank wrote: it says all of itself. Its id must be right and must not have stood before.
  absl::Status HandOwn(v1::QuestionContent question, const EntryPlace& place, DocumentSink& sink);
  // A question of another system: its id is made of `key` (an id or a name there), unique in the document; level, kind and minutes
  // are filled in where they are not said.
  absl::Status HandForeign(v1::QuestionContent question, std::string_view key, const EntryPlace& place, DocumentSink& sink);
  // An entry that was not imported, and why.
  absl::Status Drop(const EntryPlace& place, std::string_view why, DocumentSink& sink);
  absl::Status Remark(const EntryPlace& place, FindingSeverity severity, std::string_view what, DocumentSink& sink);
  // Says once what was filled in for all of them.
  absl::Status Finish(DocumentSink& sink);
  int sections() const { return sections_.count(); }

 private:
  std::string document_;
  std::string language_;
  // Id → line of its first use.
  std::unordered_map<std::string, int> ids_;
  // Id that several entries would have had → how many of them there are.
  std::unordered_map<std::string, int> copies_;
  SectionCount sections_;
  int without_level_ = 0;
  int first_without_level_ = 0;
  int last_without_level_ = 0;
};

}  // namespace assay::bank
