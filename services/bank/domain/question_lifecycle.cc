#include "services/bank/domain/question_lifecycle.h"

#include <fmt/format.h>
#include <google/protobuf/util/field_mask_util.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "services/bank/domain/content_hash.h"
#include "services/runtime/base/error.h"

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using runtime::InvalidState;

constexpr std::chrono::days kFarthestPlan{366};

// Languages are compared whatever the case; a question without one is English.
std::string LanguageKey(const std::string& code) {
  std::string key = code.empty() ? "en" : code;
  for (char& c : key) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return key;
}

// "questions/q1@3", "q1@3" and "q1" all name q1.
bool Names(std::string_view text, std::string_view id) {
  constexpr std::string_view kCollection = "questions/";
  if (text.substr(0, kCollection.size()) == kCollection) text.remove_prefix(kCollection.size());
  return text.substr(0, text.find('@')) == id;
}

// 7 of "7" and of "7-r1".
std::string_view VersionIn(std::string_view etag) {
  if (!etag.empty() && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() < 2 ? 0 : etag.size() - 2);
  return etag.substr(0, etag.find("-r"));
}

}  // namespace

absl::Status CheckPublish(const std::string& name, v1::QuestionState state, int published_revision, int latest_revision) {
  if (state == v1::QUESTION_STATE_RETIRED) return InvalidState(name, "RETIRED", "is retired and cannot be published");
  if (published_revision == latest_revision) {
    return InvalidState(name, "PUBLISHED", "has no draft to publish; UpdateQuestion makes one");
  }
  return absl::OkStatus();
}

absl::Status CheckRetire(const std::string& name, v1::QuestionState state) {
  if (state == v1::QUESTION_STATE_RETIRED) return InvalidState(name, "RETIRED", "is retired already");
  return absl::OkStatus();
}

absl::Status CheckEdit(const std::string& name, v1::QuestionState state) {
  if (state == v1::QUESTION_STATE_RETIRED) return InvalidState(name, "RETIRED", "is retired and cannot be edited");
  return absl::OkStatus();
}

absl::Status CheckDelete(const std::string& name, v1::QuestionState state, int published_revision) {
  if (state == v1::QUESTION_STATE_RETIRED) return InvalidState(name, "RETIRED", "is retired and stays for what refers to it");
  if (published_revision > 0) {
    return InvalidState(name, "PUBLISHED", "was published and stays for what refers to it; retire it instead");
  }
  return absl::OkStatus();
}

absl::Status CheckUnreferenced(const std::string& name, const std::vector<std::string>& references) {
  if (references.empty()) return absl::OkStatus();
  std::string listed;
  for (const std::string& reference : references) listed += (listed.empty() ? "" : ", ") + reference;
  return InvalidState(name, "DRAFT", fmt::format("cannot be deleted, because {} {} to it", listed, references.size() == 1 ? "refers" : "refer"));
}

absl::StatusOr<runtime::Instant> CheckPublishTime(const google::protobuf::Timestamp& time, runtime::Instant now) {
  const runtime::Instant at = runtime::FromTimestamp(time);
  if (at <= now) return runtime::InvalidField("publish_time", "must be in the future; leave it out to publish at once");
  if (at - now > kFarthestPlan) return runtime::InvalidField("publish_time", "must be at most a year ahead");
  return at;
}

absl::Status CheckPlanned(const std::string& name, v1::QuestionState state, bool planned) {
  if (planned) return absl::OkStatus();
  return InvalidState(name, v1::QuestionState_Name(state).substr(sizeof("QUESTION_STATE_") - 1), "has no planned publication");
}

std::string EtagOf(int64_t version, int revision, int latest_revision) {
  return revision == latest_revision ? fmt::format("\"{}\"", version) : fmt::format("\"{}-r{}\"", version, revision);
}

absl::Status CheckEtag(const std::string& name, const std::string& given, const std::string& current) {
  return given.empty() || given == current ? absl::OkStatus() : runtime::EtagMismatch(name);
}

absl::Status CheckVersion(const std::string& name, const std::string& given, const std::string& current) {
  return given.empty() || VersionIn(given) == VersionIn(current) ? absl::OkStatus() : runtime::EtagMismatch(name);
}

absl::Status CheckSawLatest(const std::string& name, const std::string& given, const std::string& current, int latest_revision) {
  if (given.empty() || given == current) return absl::OkStatus();
  return runtime::Error(runtime::v1::ERROR_REASON_ETAG_MISMATCH,
                        fmt::format("{} has a draft above the revision that was read; read {}@{}", name, name, latest_revision),
                        {{"resource", name}});
}

absl::Status CheckContent(const v1::QuestionContent& content, const std::string& path) {
  runtime::Violations violations;
  const auto once = [&](const char* list, const char* field, int size, const auto& key) {
    std::map<std::string, int> first;
    for (int i = 0; i < size; ++i) {
      const auto [found, inserted] = first.emplace(key(i), i);
      if (!inserted) {
        violations.Add(fmt::format("{}.{}[{}].{}", path, list, i, field), fmt::format("is that of {}[{}]; give each once", list, found->second));
      }
    }
  };
  once("key_concepts", "id", content.key_concepts_size(), [&](int i) { return content.key_concepts(i).id(); });
  once("roles", "role", content.roles_size(), [&](int i) { return content.roles(i).role(); });
  once("links", "question", content.links_size(),
       [&](int i) { return fmt::format("{} {}", static_cast<int>(content.links(i).relation()), content.links(i).question()); });
  for (int i = 0; i < content.tags_size(); ++i) {
    const std::string& tag = content.tags(i);
    if (std::any_of(tag.begin(), tag.end(), [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; })) {
      violations.Add(fmt::format("{}.tags[{}]", path, i), "must not hold control characters");
    }
  }
  std::map<std::string, int> seen{{LanguageKey(content.language_code()), -1}};
  for (int i = 0; i < content.translations_size(); ++i) {
    const std::string& code = content.translations(i).language_code();
    const auto [found, inserted] = seen.emplace(LanguageKey(code), i);
    if (inserted) continue;
    violations.Add(fmt::format("{}.translations[{}].language_code", path, i),
                   found->second < 0 ? fmt::format("is \"{}\", the question's own language", code)
                                     : fmt::format("is \"{}\", as of translations[{}]; give each language once", code, found->second));
  }
  return violations.ToStatus();
}

absl::Status ApplyUpdate(const v1::Question& change, const google::protobuf::FieldMask& mask, v1::Question& question) {
  google::protobuf::FieldMask paths = mask;
  if (paths.paths().empty() || (paths.paths_size() == 1 && paths.paths(0) == "*")) {
    const bool all = paths.paths_size() == 1;
    paths.clear_paths();
    if (all || change.has_content()) paths.add_paths("content");
    if (all || !change.annotations().empty()) paths.add_paths("annotations");
    if (all || !change.external_ids().empty()) paths.add_paths("external_ids");
  }
  runtime::Violations violations;
  for (const std::string& path : paths.paths()) {
    const std::string first = path.substr(0, path.find('.'));
    const bool known = (first == "content" || path == "annotations" || path == "external_ids") &&
                       google::protobuf::util::FieldMaskUtil::IsValidPath<v1::Question>(path);
    if (!known) violations.Add("update_mask", "\"" + path + "\" cannot be updated; use content, a path below it, annotations or external_ids");
  }
  if (!violations.empty()) return violations.ToStatus();
  const std::string id = question.content().id();
  google::protobuf::util::FieldMaskUtil::MergeOptions replace;
  replace.set_replace_message_fields(true);
  replace.set_replace_repeated_fields(true);
  google::protobuf::util::FieldMaskUtil::MergeMessageTo(change, paths, replace, &question);
  question.mutable_content()->set_id(id);
  return absl::OkStatus();
}

absl::Status CheckExternalIds(const v1::Question& question, const std::string& path) {
  runtime::Violations violations;
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < question.external_ids_size(); ++i) {
    const auto& external = question.external_ids(i);
    if (!seen.emplace(external.system(), external.id()).second) violations.Add(fmt::format("{}.external_ids[{}]", path, i), "is given twice");
  }
  return violations.ToStatus();
}

void MarkOverridden(v1::Question& question) {
  if (question.upstream().content_hash().empty()) return;
  question.mutable_upstream()->set_overridden(ContentHash(question.content()) != question.upstream().content_hash());
}

bool RefersTo(const Message& message, const std::string& question_id) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        const Message& child = field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i) : reflection.GetMessage(message, field);
        if (RefersTo(child, question_id)) return true;
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && field->name().find("question") != std::string::npos) {
        const std::string text = field->is_repeated() ? reflection.GetRepeatedString(message, field, i) : reflection.GetString(message, field);
        if (Names(text, question_id)) return true;
      }
    }
  }
  return false;
}

}  // namespace assay::bank
