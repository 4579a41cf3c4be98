#include "services/bank/domain/pack_merge.h"

namespace assay::bank {
namespace {

void Prefix(const std::string& prefix, std::string* id) {
  if (!id->empty()) *id = prefix + "-" + *id;
}

}  // namespace

void ApplyPrefix(const std::string& prefix, v1::QuestionContent& question) {
  if (prefix.empty()) return;
  Prefix(prefix, question.mutable_id());
  for (auto& link : *question.mutable_links()) Prefix(prefix, link.mutable_question());
}

void ForEachQuestionName(v1::Pack& pack, const std::function<void(std::string&)>& visit) {
  for (auto& role : *pack.mutable_roles()) {
    for (auto& id : *role.mutable_focus_questions()) visit(id);
    for (auto& id : *role.mutable_critical_questions()) visit(id);
  }
  for (auto& format : *pack.mutable_formats()) {
    for (auto& slot : *format.mutable_slots()) {
      for (auto& id : *slot.mutable_preferred_questions()) visit(id);
    }
  }
  for (auto& vignette : *pack.mutable_vignettes()) visit(*vignette.mutable_question());
}

void ApplyPrefix(v1::Pack& pack) {
  const std::string prefix = pack.id_prefix();
  if (prefix.empty()) return;
  for (auto& question : *pack.mutable_questions()) ApplyPrefix(prefix, question);
  ForEachQuestionName(pack, [&](std::string& id) { Prefix(prefix, &id); });
}

void CompletePack(const v1::ImportHeader& header, v1::Pack& pack) {
  if (pack.id().empty()) pack.set_id(header.pack());
  const char* id = "pack";
  const char* name = "Imported pack";
  switch (header.format()) {
    case v1::PACK_FORMAT_GUIDE: id = "guide"; name = "Imported guide"; break;
    case v1::PACK_FORMAT_CSV: id = "csv"; name = "Imported CSV"; break;
    case v1::PACK_FORMAT_MOODLE_XML: id = "moodle"; name = "Imported from Moodle"; break;
    case v1::PACK_FORMAT_QTI: id = "qti"; name = "Imported QTI"; break;
    case v1::PACK_FORMAT_NDJSON: id = "ndjson"; name = "Imported questions"; break;
    default: break;
  }
  if (IsWholePack(header.format())) return;
  if (pack.id().empty()) pack.set_id(id);
  if (pack.display_name().empty()) pack.set_display_name(name);
  if (pack.version().empty()) pack.set_version("1.0.0");
}

bool IsWholePack(v1::PackFormat format) {
  return format == v1::PACK_FORMAT_PACK || format == v1::PACK_FORMAT_JSON || format == v1::PACK_FORMAT_PROTOBUF;
}

v1::BadEntries BadEntriesOf(const v1::ImportHeader& header) {
  if (header.bad_entries() != v1::BAD_ENTRIES_UNSPECIFIED) return header.bad_entries();
  return IsWholePack(header.format()) ? v1::BAD_ENTRIES_REFUSE_IMPORT : v1::BAD_ENTRIES_LEAVE_OUT;
}

}  // namespace assay::bank
