#pragma once

#include <cstring>  // ctemplate's headers use strlen without it
#include <string>
#include <string_view>

#include <ctemplate/template_dictionary.h>
#include <google/protobuf/repeated_ptr_field.h>

#include "absl/status/statusor.h"

// Pages from templates. A template begins with {{%AUTOESCAPE context="HTML"}}, so that every text is escaped for the place
// where it stands; only Markup, which has been through an escaper already, goes in as it is (marked `:none` in the template).
namespace assay::runtime {

using ctemplate::TemplateDictionary;

// HTML that is safe to put between tags.
struct Markup {
  std::string html;
};

// Text for between tags or inside a quoted attribute.
std::string EscapeHtml(std::string_view text);

// A text in the dictionary of one section; it is copied.
void Set(TemplateDictionary& dictionary, const char* name, const std::string& text);
// The template has `{{NAME:none}}`.
void Set(TemplateDictionary& dictionary, const char* name, const Markup& markup);

// One more showing of a section.
TemplateDictionary& Add(TemplateDictionary& parent, const char* section);

// Shows `section` with the text as TEXT, unless it is empty.
void AddText(TemplateDictionary& parent, const char* section, const std::string& text);
void AddText(TemplateDictionary& parent, const char* section, const Markup& markup);

// Shows `section` with an ITEM for each text, unless there are none.
void AddItems(TemplateDictionary& parent, const char* section, const google::protobuf::RepeatedPtrField<std::string>& items);

// The page. `name` is unique in the program to `source`, a constant.
absl::StatusOr<std::string> ExpandTemplate(const char* name, const char* source, const TemplateDictionary& dictionary);

}  // namespace assay::runtime
