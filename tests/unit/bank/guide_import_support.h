#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/bank/domain/guide_import.h"

// What the tests of the guide importer share.
namespace assay::bank {

// A file of tests/data.
inline std::string ReadData(std::string_view name) {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../../data" / name;
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// The text with the first `from` replaced.
inline std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

// The import of a text that must be readable.
inline GuideImport Import(std::string_view text) {
  auto result = ImportGuide(text);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : GuideImport{};
}

inline const v1::QuestionContent& Question(const GuideImport& import, std::string_view id) {
  static const v1::QuestionContent kNone;
  for (const auto& question : import.questions) {
    if (question.id() == id) return question;
  }
  ADD_FAILURE() << "no question " << id;
  return kNone;
}

// The only finding whose reason contains the words.
inline ImportFinding Finding(const GuideImport& import, std::string_view words) {
  std::vector<ImportFinding> found;
  for (const auto& finding : import.findings) {
    if (finding.reason.find(words) != std::string::npos) found.push_back(finding);
  }
  EXPECT_EQ(found.size(), 1u) << words << " in " << ToJson(ReportOf(import));
  return found.empty() ? ImportFinding{} : found.front();
}

// Line number of the first line that contains the words.
inline int LineOf(std::string_view text, std::string_view words) {
  const std::size_t at = text.find(words);
  EXPECT_NE(at, std::string_view::npos) << words;
  return 1 + static_cast<int>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

}  // namespace assay::bank
