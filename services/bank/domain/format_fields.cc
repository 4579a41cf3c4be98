#include "services/bank/domain/format_fields.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <map>

namespace assay::bank {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

void AddPaths(const Descriptor& type, const std::string& prefix, std::vector<std::string>& paths) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string path = prefix + field.name();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      AddPaths(*field.message_type(), path + ".", paths);
    } else {
      paths.push_back(path);
    }
  }
}

using Exceptions = std::map<std::string_view, Holding>;

// The guide's layout says these of a question and nothing else.
const Exceptions& GuideFields() {
  static const auto* const kFields = new Exceptions{
      {"id", Holding::kDerived},
      {"source.document", Holding::kDerived},
      {"source.ref", Holding::kAsText},
      {"part", Holding::kAsText},
      {"section", Holding::kAsText},
      {"level", Holding::kAsText},
      {"kind", Holding::kDerived},
      {"prompt", Holding::kAsText},
      {"competency", Holding::kAsText},
      {"assigned_by", Holding::kDerived},
      {"estimated_minutes", Holding::kDerived},
      {"key_concepts.id", Holding::kDerived},
      {"key_concepts.text", Holding::kAsText},
      {"key_concepts.terms", Holding::kDerived},
      {"exemplars.score", Holding::kDerived},
      {"exemplars.text", Holding::kAsText},
      {"cue", Holding::kAsText},
      {"probes.text", Holding::kAsText},
  };
  return *kFields;
}

// What pages for people leave out: what only programs and authors need.
bool IsShown(v1::PackFormat format, std::string_view path) {
  static constexpr std::array<std::string_view, 8> kNever = {"assigned_by",      "roles.assigned_by", "tags",
                                                             "basis.date",       "basis.author",      "key_concepts.id",
                                                             "key_concepts.terms", "translations.probes.purpose"};
  static constexpr std::array<std::string_view, 2> kNotInHtml = {"translations.exemplars.why", "translations.exemplars.buzzword"};
  static constexpr std::array<std::string_view, 5> kNotInMarkdown = {"basis.method", "basis.evidence", "links.relation", "language_code", "story"};
  const auto lists = [&](const auto& paths) { return std::find(paths.begin(), paths.end(), path) != paths.end(); };
  return !lists(kNever) && !(format == v1::PACK_FORMAT_HTML ? lists(kNotInHtml) : lists(kNotInMarkdown));
}

}  // namespace

const std::vector<FormatInfo>& PackFormats() {
  static const auto* const kFormats = new std::vector<FormatInfo>{
      {v1::PACK_FORMAT_PACK, "YAML", true, true},        {v1::PACK_FORMAT_JSON, "JSON", true, true},
      {v1::PACK_FORMAT_NDJSON, "NDJSON", true, true},    {v1::PACK_FORMAT_PROTOBUF, "protobuf", true, true},
      {v1::PACK_FORMAT_CSV, "CSV", true, true},          {v1::PACK_FORMAT_MOODLE_XML, "Moodle XML", true, true},
      {v1::PACK_FORMAT_QTI, "QTI 3.0", true, true},      {v1::PACK_FORMAT_GUIDE, "guide", true, false},
      {v1::PACK_FORMAT_MARKDOWN, "Markdown", false, true}, {v1::PACK_FORMAT_HTML, "HTML", false, true},
  };
  return *kFormats;
}

const std::vector<std::string>& QuestionFieldPaths() {
  static const auto* const kPaths = [] {
    auto* paths = new std::vector<std::string>;
    AddPaths(*v1::QuestionContent::descriptor(), "", *paths);
    return paths;
  }();
  return *kPaths;
}

Holding HeldBy(v1::PackFormat format, std::string_view path) {
  if (format == v1::PACK_FORMAT_HTML || format == v1::PACK_FORMAT_MARKDOWN) {
    return IsShown(format, path) ? Holding::kAsText : Holding::kNot;
  }
  if (format != v1::PACK_FORMAT_GUIDE) return Holding::kKept;
  const auto found = GuideFields().find(path);
  return found == GuideFields().end() ? Holding::kNot : found->second;
}

std::string_view HoldingName(Holding holding) {
  switch (holding) {
    case Holding::kKept: return "kept";
    case Holding::kAsText: return "as text";
    case Holding::kDerived: return "derived";
    case Holding::kNot: return "–";
  }
  return "";
}

std::string FormatTable() {
  std::string head = "| field |";
  std::string rule = "|---|";
  for (const FormatInfo& format : PackFormats()) {
    head += " " + std::string(format.name) + " |";
    rule += "---|";
  }
  std::string table = head + "\n" + rule + "\n";
  for (const std::string& path : QuestionFieldPaths()) {
    table += "| `" + path + "` |";
    for (const FormatInfo& format : PackFormats()) table += " " + std::string(HoldingName(HeldBy(format.format, path))) + " |";
    table += "\n";
  }
  return table;
}

}  // namespace assay::bank
