#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "services/bank/domain/pack_yaml.h"
#include "services/bank/domain/utf8.h"

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;

// Of a pack directory as a whole.
constexpr std::size_t kMaxPackBytes = 256u << 20;
constexpr std::size_t kMaxPackFiles = 20'000;

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool IsPackFile(std::string_view path) {
  return EndsWith(path, ".yaml") || EndsWith(path, ".yml") || EndsWith(path, ".json");
}

absl::StatusOr<std::string> ReadWhole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(fmt::format("{}: cannot be read", path.string()));
  // One byte over the limit is enough to know that it is too long.
  std::string text(kMaxYamlBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  text.shrink_to_fit();
  return text;
}

void ReadJson(const std::string& file, const std::string& text, v1::Pack& pack, std::vector<YamlProblem>& problems) {
  if (text.size() > kMaxYamlBytes) {
    problems.push_back({file, 0, 0, {}, fmt::format("over {} bytes; split the file", kMaxYamlBytes)});
    return;
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = Utf8SequenceLength(text, at);
    if (length == 0 || text[at] == '\0') {
      problems.push_back({file, 0, 0, {}, fmt::format("byte {}: NUL or invalid UTF-8", at)});
      return;
    }
    at += length;
  }
  const auto status = google::protobuf::util::JsonStringToMessage(text, &pack);
  if (!status.ok()) problems.push_back({file, 0, 0, {}, status.ToString()});
}

// Adds a partial pack. A singular field that an earlier file set to something else is a problem of the later one.
void Merge(const std::string& file, const v1::Pack& part, v1::Pack& pack, std::map<std::string, std::string>& set_by,
           std::vector<YamlProblem>& problems) {
  std::vector<const FieldDescriptor*> fields;
  part.GetReflection()->ListFields(part, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) continue;
    const auto [earlier, fresh] = set_by.emplace(field->name(), file);
    if (!fresh && pack.GetReflection()->GetString(pack, field) != part.GetReflection()->GetString(part, field)) {
      problems.push_back({file, 0, 0, field->name(),
                          fmt::format("is given another value in {}; keep one", earlier->second)});
    }
  }
  pack.MergeFrom(part);
}

std::string Slug(std::string_view text) {
  std::string slug;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      slug += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
    if (slug.size() >= 40) break;
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug.empty() ? "questions" : slug;
}

// Questions in their order, a file for each run of one section, none larger than a reviewer's patience.
void ExportQuestions(const v1::Pack& pack, std::map<std::string, std::string>& files) {
  constexpr int kMostPerFile = 100;
  constexpr std::size_t kMostBytesPerFile = 1u << 20;
  v1::Pack part;
  std::size_t bytes = 0;
  int number = 0;
  const auto flush = [&] {
    if (part.questions().empty()) return;
    files[fmt::format("questions/{:05}-{}.yaml", ++number, Slug(part.questions(0).section()))] = ToYaml(part);
    part.Clear();
    bytes = 0;
  };
  for (const v1::QuestionContent& question : pack.questions()) {
    const bool new_section = !part.questions().empty() && part.questions(0).section() != question.section();
    if (new_section || part.questions_size() >= kMostPerFile || bytes > kMostBytesPerFile) flush();
    bytes += question.ByteSizeLong();
    *part.add_questions() = question;
  }
  flush();
}

}  // namespace

absl::StatusOr<v1::Pack> MergePackFiles(const std::map<std::string, std::string>& files) {
  v1::Pack pack;
  std::map<std::string, std::string> set_by;
  std::vector<YamlProblem> problems;
  for (const auto& [file, text] : files) {
    v1::Pack part;
    const std::size_t before = problems.size();
    if (EndsWith(file, ".json")) {
      ReadJson(file, text, part, problems);
    } else {
      const std::vector<YamlProblem> found = ReadYamlProblems(text, file, part);
      problems.insert(problems.end(), found.begin(), found.end());
    }
    if (problems.size() == before) Merge(file, part, pack, set_by, problems);
  }
  if (!problems.empty()) return YamlProblemsToStatus(problems);
  return pack;
}

absl::StatusOr<v1::Pack> LoadPack(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return absl::NotFoundError(fmt::format("{}: no such file or directory", path));
  std::vector<fs::path> paths;
  if (fs::is_directory(status)) {
    // Links to directories are not followed, so a pack cannot reach outside itself or loop.
    for (fs::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
      const std::string name = at->path().filename().string();
      if (name.front() == '.') {
        if (at->is_directory(error)) at.disable_recursion_pending();
        continue;
      }
      if (at->is_regular_file(error) && IsPackFile(name)) paths.push_back(at->path());
      if (paths.size() > kMaxPackFiles) {
        return absl::InvalidArgumentError(fmt::format("{}: more than {} files", path, kMaxPackFiles));
      }
    }
    if (error) return absl::UnavailableError(fmt::format("{}: {}", path, error.message()));
    if (paths.empty()) {
      return absl::InvalidArgumentError(fmt::format("{}: holds no .yaml, .yml or .json file", path));
    }
  } else {
    paths.emplace_back(path);
  }
  std::map<std::string, std::string> files;
  std::size_t total = 0;
  for (const fs::path& file : paths) {
    absl::StatusOr<std::string> text = ReadWhole(file);
    if (!text.ok()) return text.status();
    total += text->size();
    if (total > kMaxPackBytes) {
      return absl::InvalidArgumentError(fmt::format("{}: more than {} bytes in all", path, kMaxPackBytes));
    }
    const std::string name = fs::is_directory(status) ? file.lexically_relative(path).generic_string() : file.string();
    files.emplace(name, *std::move(text));
  }
  return MergePackFiles(files);
}

std::map<std::string, std::string> ExportPack(const v1::Pack& pack) {
  std::map<std::string, std::string> files;
  v1::Pack header = pack;
  header.clear_questions();
  std::vector<const FieldDescriptor*> fields;
  header.GetReflection()->ListFields(header, &fields);
  for (const FieldDescriptor* field : fields) {
    if (!field->is_repeated() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    v1::Pack part;
    for (int i = 0; i < header.GetReflection()->FieldSize(header, field); ++i) {
      part.GetReflection()->AddMessage(&part, field)->CopyFrom(
          header.GetReflection()->GetRepeatedMessage(header, field, i));
    }
    header.GetReflection()->ClearField(&header, field);
    std::string name = field->name();
    std::replace(name.begin(), name.end(), '_', '-');
    files[fmt::format("catalog/{}.yaml", name)] = ToYaml(part);
  }
  files["pack.yaml"] = ToYaml(header);
  ExportQuestions(pack, files);
  return files;
}

}  // namespace assay::bank
