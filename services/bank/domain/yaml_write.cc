#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/time_util.h>

#include <absl/strings/escaping.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "services/bank/domain/pack_yaml.h"
#include "services/bank/domain/utf8.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::size_t kTextWidth = 100;

// Words that some YAML reader takes for something else than text.
bool LooksTyped(const std::string& text) {
  static const char* const kWords[] = {"~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  std::string lower = text;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords)) return true;
  return text.find_first_not_of("0123456789+-.eExXoOabcdefABCDEF_:") == std::string::npos &&
         text.find_first_of("0123456789") != std::string::npos;
}

bool IsWord(unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80; }

// May stand without quotes, also inside [a, b]. Deliberately narrow.
bool PlainSafe(const std::string& text) {
  if (text.empty() || text.size() > kTextWidth || !IsWord(static_cast<unsigned char>(text.front()))) return false;
  for (const unsigned char c : text) {
    if (!IsWord(c) && std::string_view(" -_./@+()%").find(static_cast<char>(c)) == std::string_view::npos) return false;
  }
  return text.back() != ' ' && !LooksTyped(text);
}

// Characters that block scalars cannot carry unharmed; also line breaks of Unicode, which readers disagree on.
bool NeedsEscapes(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = 0;
    const std::size_t length = Utf8SequenceLength(text, at, &c);
    if (length == 0 || (c < 0x20 && c != '\n') || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 ||
        c == 0xFEFF) {
      return true;
    }
    at += length;
  }
  return false;
}

std::string DoubleQuoted(std::string_view text) {
  std::string quoted = "\"";
  for (std::size_t at = 0; at < text.size();) {
    char32_t c = 0;
    const std::size_t length = std::max<std::size_t>(1, Utf8SequenceLength(text, at, &c));
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += static_cast<char>(c);
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || c == 0xFEFF) {
      quoted += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      quoted += text.substr(at, length);
    }
    at += length;
  }
  return quoted + "\"";
}

// A scalar of one line. Backslashes (LaTeX) read best in single quotes.
std::string Inline(const std::string& text) {
  if (PlainSafe(text)) return text;
  if (NeedsEscapes(text) || text.find('\n') != std::string::npos) return DoubleQuoted(text);
  if (text.find('\\') == std::string::npos && text.find('"') == std::string::npos) return "\"" + text + "\"";
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

// Lines broken at single spaces, so that folding gives the text back.
std::vector<std::string> Wrap(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) {
      lines.emplace_back();
    } else if (!lines.back().empty()) {
      lines.back() += ' ';
    }
    lines.back() += word;
    at = end + 1;
  }
  return lines;
}

class Writer {
 public:
  std::string Take() { return std::move(out_); }

  void Fields(const Message& message, std::size_t indent);

 private:
  // What follows "key:" or "-", with its line end.
  void Text(const std::string& text, std::size_t indent);
  void Value(const Message& message, const FieldDescriptor* field, int index, std::size_t indent);
  void List(const Message& message, const FieldDescriptor* field, std::size_t indent);
  void Map(const Message& message, const FieldDescriptor* field, std::size_t indent);
  static std::string Scalar(const Message& message, const FieldDescriptor* field, int index);
  static bool WellKnown(const Message& message, std::string& text);

  std::string out_;
};

void Writer::Text(const std::string& text, std::size_t indent) {
  const std::string margin(indent, ' ');
  const bool multi_line = text.find('\n') != std::string::npos;
  const bool escapes = NeedsEscapes(text);
  const bool tidy = !text.empty() && text.front() != ' ' && text.back() != ' ' && text.front() != '\n';
  if (multi_line && !escapes && tidy && text.find(" \n") == std::string::npos &&
      text.compare(text.size() - std::min<std::size_t>(2, text.size()), 2, "\n\n") != 0) {
    out_ += text.back() == '\n' ? " |\n" : " |-\n";
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      if (end > at) out_ += margin + text.substr(at, end - at);
      out_ += '\n';
      at = end + 1;
    }
    return;
  }
  if (!multi_line && !escapes && tidy && text.size() > kTextWidth && text.find("  ") == std::string::npos) {
    out_ += " >-\n";
    for (const std::string& line : Wrap(text, kTextWidth)) out_ += margin + line + '\n';
    return;
  }
  out_ += ' ' + Inline(text) + '\n';
}

bool Writer::WellKnown(const Message& message, std::string& text) {
  using google::protobuf::util::TimeUtil;
  const std::string& type = message.GetDescriptor()->full_name();
  if (type == "google.protobuf.Duration") {
    google::protobuf::Duration duration;
    duration.CopyFrom(message);
    text = TimeUtil::ToString(duration);
    return true;
  }
  if (type == "google.protobuf.Timestamp") {
    google::protobuf::Timestamp timestamp;
    timestamp.CopyFrom(message);
    text = TimeUtil::ToString(timestamp);
    return true;
  }
  return false;
}

// index < 0: the field is singular.
std::string Writer::Scalar(const Message& message, const FieldDescriptor* field, int index) {
  const Reflection& r = *message.GetReflection();
  const bool many = index >= 0;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text = many ? r.GetRepeatedString(message, field, index) : r.GetString(message, field);
      return field->type() == FieldDescriptor::TYPE_BYTES ? absl::Base64Escape(text) : text;
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = many ? r.GetRepeatedEnumValue(message, field, index) : r.GetEnumValue(message, field);
      const auto* value = field->enum_type()->FindValueByNumber(number);
      return value == nullptr ? fmt::format("{}", number) : ShortEnumName(*value);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return (many ? r.GetRepeatedBool(message, field, index) : r.GetBool(message, field)) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return fmt::format("{}", many ? r.GetRepeatedInt32(message, field, index) : r.GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64:
      return fmt::format("{}", many ? r.GetRepeatedInt64(message, field, index) : r.GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return fmt::format("{}", many ? r.GetRepeatedUInt32(message, field, index) : r.GetUInt32(message, field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return fmt::format("{}", many ? r.GetRepeatedUInt64(message, field, index) : r.GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return fmt::format("{}", many ? r.GetRepeatedDouble(message, field, index) : r.GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return fmt::format("{}", many ? r.GetRepeatedFloat(message, field, index) : r.GetFloat(message, field));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return "";
}

void Writer::Value(const Message& message, const FieldDescriptor* field, int index, std::size_t indent) {
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) return Text(Scalar(message, field, index), indent);
  out_ += ' ' + Scalar(message, field, index) + '\n';
}

void Writer::List(const Message& message, const FieldDescriptor* field, std::size_t indent) {
  const Reflection& reflection = *message.GetReflection();
  const int size = reflection.FieldSize(message, field);
  const bool messages = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  if (!messages) {
    // Short values fit on one line, which reads better for ids and terms.
    std::string line;
    bool fits = true;
    for (int i = 0; i < size && fits; ++i) {
      const std::string text = Scalar(message, field, i);
      line += (i == 0 ? "" : ", ") + (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING ? Inline(text) : text);
      fits = text.size() <= 60 && indent + line.size() <= kTextWidth;
    }
    if (fits) {
      out_ += " [" + line + "]\n";
      return;
    }
  }
  out_ += '\n';
  const std::string margin(indent, ' ');
  for (int i = 0; i < size; ++i) {
    if (!messages) {
      out_ += margin + "-";
      Value(message, field, i, indent + 2);
      continue;
    }
    const Message& item = reflection.GetRepeatedMessage(message, field, i);
    std::string text;
    if (WellKnown(item, text)) {
      out_ += margin + "- " + Inline(text) + '\n';
      continue;
    }
    // The first field of an item stands on the line of its dash.
    const std::size_t start = out_.size();
    Fields(item, indent + 2);
    if (out_.size() == start) {
      out_ += margin + "- {}\n";
    } else {
      out_[start + indent] = '-';
    }
  }
}

void Writer::Map(const Message& message, const FieldDescriptor* field, std::size_t indent) {
  const Reflection& reflection = *message.GetReflection();
  const FieldDescriptor* key_field = field->message_type()->map_key();
  const FieldDescriptor* value_field = field->message_type()->map_value();
  std::vector<const Message*> entries;
  for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
    entries.push_back(&reflection.GetRepeatedMessage(message, field, i));
  }
  const auto key = [&](const Message* entry) { return Scalar(*entry, key_field, -1); };
  std::sort(entries.begin(), entries.end(), [&](const Message* a, const Message* b) { return key(a) < key(b); });
  out_ += '\n';
  for (const Message* entry : entries) {
    out_ += std::string(indent, ' ') + Inline(key(entry)) + ":";
    if (value_field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const std::size_t start = out_.size();
      out_ += '\n';
      Fields(entry->GetReflection()->GetMessage(*entry, value_field), indent + 2);
      if (out_.size() == start + 1) out_.replace(start, 1, " {}\n");
    } else {
      Value(*entry, value_field, -1, indent + 2);
    }
  }
}

void Writer::Fields(const Message& message, std::size_t indent) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> set;
  reflection.ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    out_ += std::string(indent, ' ') + field->name() + ":";
    if (field->is_map()) {
      Map(message, field, indent + 2);
    } else if (field->is_repeated()) {
      List(message, field, indent + 2);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const Message& child = reflection.GetMessage(message, field);
      std::string text;
      if (WellKnown(child, text)) {
        out_ += ' ' + Inline(text) + '\n';
        continue;
      }
      const std::size_t start = out_.size();
      out_ += '\n';
      Fields(child, indent + 2);
      if (out_.size() == start + 1) out_.replace(start, 1, " {}\n");
    } else {
      Value(message, field, -1, indent + 2);
    }
  }
}

}  // namespace

std::string ToYaml(const Message& message) {
  Writer writer;
  writer.Fields(message, 0);
  std::string text = writer.Take();
  return text.empty() ? "{}\n" : text;
}

}  // namespace assay::bank
