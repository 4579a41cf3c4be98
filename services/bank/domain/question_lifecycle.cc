#include "services/bank/domain/question_lifecycle.h"

#include <google/protobuf/util/field_mask_util.h>

#include "services/runtime/base/error.h"

namespace assay::bank {

using runtime::InvalidState;

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

absl::Status CheckEtag(const std::string& name, const std::string& given, const std::string& current) {
  return given.empty() || given == current ? absl::OkStatus() : runtime::EtagMismatch(name);
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

}  // namespace assay::bank
