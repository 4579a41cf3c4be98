#include "services/runtime/document/html_template.h"

#include <map>
#include <mutex>

#include <ctemplate/template.h>
#include <ctemplate/template_cache.h>
#include <fmt/format.h>

#include "services/runtime/base/error.h"

namespace assay::runtime {
namespace {

bool Load(const char* name, const char* source) {
  static std::mutex mutex;
  static std::map<std::string, bool> loaded;
  const std::lock_guard lock(mutex);
  const auto [entry, fresh] = loaded.try_emplace(name, false);
  if (fresh) entry->second = ctemplate::StringToTemplateCache(name, source, ctemplate::DO_NOT_STRIP);
  return entry->second;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

void Set(TemplateDictionary& dictionary, const char* name, const std::string& text) { dictionary.SetValue(name, text); }
void Set(TemplateDictionary& dictionary, const char* name, const Markup& markup) { dictionary.SetValue(name, markup.html); }

TemplateDictionary& Add(TemplateDictionary& parent, const char* section) { return *parent.AddSectionDictionary(section); }

void AddText(TemplateDictionary& parent, const char* section, const std::string& text) {
  if (!text.empty()) Set(Add(parent, section), "TEXT", text);
}
void AddText(TemplateDictionary& parent, const char* section, const Markup& markup) {
  if (!markup.html.empty()) Set(Add(parent, section), "TEXT", markup);
}

void AddItems(TemplateDictionary& parent, const char* section, const google::protobuf::RepeatedPtrField<std::string>& items) {
  if (items.empty()) return;
  TemplateDictionary& list = Add(parent, section);
  for (const std::string& item : items) AddText(list, "ITEM", item);
}

absl::StatusOr<std::string> ExpandTemplate(const char* name, const char* source, const TemplateDictionary& dictionary) {
  std::string page;
  if (!Load(name, source) || !ctemplate::ExpandTemplate(name, ctemplate::DO_NOT_STRIP, &dictionary, &page)) {
    return Internal(fmt::format("the template {} cannot be expanded", name));
  }
  return page;
}

}  // namespace assay::runtime
