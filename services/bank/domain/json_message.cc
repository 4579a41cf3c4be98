#include "services/bank/domain/json_message.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <bitset>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "services/bank/domain/utf8.h"
#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// No schema of ours nests so deep; a recursive one would stop here.
constexpr std::size_t kMaxDepth = 32;
constexpr int kMaxFields = 128;
// An empty object is three bytes here and hundreds in memory.
constexpr int kMaxObjects = 400'000;

class Parser {
 public:
  Parser(std::string_view json, int first_line) : json_(json), first_line_(first_line) {}

  absl::Status Read(Message& into) {
    if (Object(into) && !SkipSpace() && at_ < json_.size()) Fail("something stands behind the end of the value");
    if (ok_) return absl::OkStatus();
    std::string text = Where() + problem_;
    return truncated_ ? absl::OutOfRangeError(text) : absl::InvalidArgumentError(text);
  }

 private:
  // Where in the message the parser is: fields, and the item of a list where it is in one.
  struct Step {
    const FieldDescriptor* field;
    int item;
  };

  bool Fail(std::string problem) {
    if (ok_) problem_ = std::move(problem);
    ok_ = false;
    return false;
  }
  bool End() {
    truncated_ = true;
    return Fail("ends too early");
  }
  // Refuses what stands at `at`.
  bool FailAt(std::size_t at, std::string problem) {
    if (ok_) at_ = at;
    return Fail(std::move(problem));
  }

  std::string Where() const {
    const std::string_view before = json_.substr(0, std::min(at_, json_.size()));
    const int line = first_line_ + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
    const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    std::string path;
    for (const Step& step : path_) {
      path += (path.empty() ? "" : ".") + step.field->name();
      if (step.item >= 0) path += fmt::format("[{}]", step.item);
    }
    return fmt::format("line {}, column {}: {}{}", line, before.size() - start + 1, path, path.empty() ? "" : ": ");
  }

  // False, so that it reads well in a condition.
  bool SkipSpace() {
    while (at_ < json_.size() && (json_[at_] == ' ' || json_[at_] == '\n' || json_[at_] == '\t' || json_[at_] == '\r')) ++at_;
    return false;
  }
  // The next character that is no space; 0 at the end.
  char Peek() {
    SkipSpace();
    return at_ < json_.size() ? json_[at_] : '\0';
  }
  bool Expect(char wanted) {
    if (Peek() == wanted && at_ < json_.size()) {
      ++at_;
      return true;
    }
    if (at_ >= json_.size()) return End();
    return Fail(fmt::format("'{}' is expected here", wanted));
  }
  bool Word(std::string_view word) {
    if (json_.substr(at_, word.size()) == word) {
      at_ += word.size();
      return true;
    }
    // "nul" may go on after a cut.
    if (word.substr(0, json_.size() - at_) == json_.substr(at_)) return End();
    return Fail("no JSON value");
  }

  bool Hex4(std::uint32_t& unit) {
    unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ >= json_.size()) return End();
      const char c = json_[at_];
      const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
      if (digit < 0) return Fail("\\u needs four hexadecimal digits");
      unit = unit * 16 + static_cast<std::uint32_t>(digit);
    }
    return true;
  }

  bool Escape(std::string& out) {
    if (++at_ >= json_.size()) return End();
    const char c = json_[at_++];
    switch (c) {
      case '"': case '\\': case '/': out += c; return true;
      case 'b': out += '\b'; return true;
      case 'f': out += '\f'; return true;
      case 'n': out += '\n'; return true;
      case 'r': out += '\r'; return true;
      case 't': out += '\t'; return true;
      case 'u': break;
      default: return FailAt(at_ - 1, "no such escape; use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\uXXXX");
    }
    std::uint32_t point = 0;
    if (!Hex4(point)) return false;
    if (point == 0) return Fail("\\u0000 cannot be stored");
    if (point >= 0xDC00 && point <= 0xDFFF) return Fail("half of a surrogate pair stands alone");
    if (point >= 0xD800 && point <= 0xDBFF) {
      std::uint32_t low = 0;
      if (at_ + 1 >= json_.size()) return End();
      if (json_[at_] != '\\' || json_[at_ + 1] != 'u') return Fail("half of a surrogate pair stands alone");
      at_ += 2;
      if (!Hex4(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return Fail("half of a surrogate pair stands alone");
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    AppendUtf8(point, out);
    return true;
  }

  bool Text(std::string& out) {
    out.clear();
    if (!Expect('"')) return false;
    while (true) {
      const std::size_t start = at_;
      while (at_ < json_.size()) {
        const auto c = static_cast<unsigned char>(json_[at_]);
        if (c == '"' || c == '\\' || c < 0x20 || c == 0x7F) break;
        if (c < 0x80) {
          ++at_;
          continue;
        }
        const std::size_t length = Utf8SequenceLength(json_, at_);
        if (length == 0) return json_.size() - at_ < 4 ? CutOrInvalid() : Fail("invalid UTF-8");
        at_ += length;
      }
      out.append(json_.substr(start, at_ - start));
      if (at_ >= json_.size()) return End();
      const auto c = static_cast<unsigned char>(json_[at_]);
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == 0x7F) {
        out += json_[at_++];
      } else if (c != '\\') {
        return Fail(c == 0 ? "NUL cannot be stored" : "a control character has to be escaped");
      } else if (!Escape(out)) {
        return false;
      }
    }
  }

  // The last bytes of a text that was cut within a character are no wrong ones.
  bool CutOrInvalid() {
    const auto lead = static_cast<unsigned char>(json_[at_]);
    const std::size_t needs = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    bool continues = lead >= 0xC2 && lead <= 0xF4 && json_.size() - at_ < needs;
    for (std::size_t i = at_ + 1; continues && i < json_.size(); ++i) continues = (static_cast<unsigned char>(json_[i]) & 0xC0) == 0x80;
    return continues ? End() : Fail("invalid UTF-8");
  }

  // A number, bare or as a text, as protobuf writes 64 bits.
  bool Number(std::string& out) {
    if (Peek() == '"') return Text(out);
    const std::size_t start = at_;
    while (at_ < json_.size() && (std::isdigit(static_cast<unsigned char>(json_[at_])) != 0 || std::string_view("+-.eE").find(json_[at_]) != std::string_view::npos)) ++at_;
    if (at_ == start) return at_ >= json_.size() ? End() : Fail("a number is expected here");
    out.assign(json_.substr(start, at_ - start));
    return true;
  }

  template <typename T>
  bool Integer(T& value) {
    const std::size_t start = (Peek(), at_);
    if (!Number(number_)) return false;
    const char* end = number_.data() + number_.size();
    const auto [stop, error] = std::from_chars(number_.data(), end, value);
    if (error == std::errc() && stop == end) return true;
    // 5.0 and 5e0 are whole as well.
    double real = 0;
    if (Real(number_, real) && real == std::floor(real) && std::fabs(real) <= 9007199254740992.0 &&
        real >= static_cast<double>(std::numeric_limits<T>::min()) && real <= static_cast<double>(std::numeric_limits<T>::max())) {
      value = static_cast<T>(real);
      return true;
    }
    return FailAt(start, fmt::format("\"{}\" is no whole number of this field's range", Excerpt(number_)));
  }

  static bool Real(const std::string& text, double& value) {
    if (text.empty() || text.size() > 64 || text.find_first_not_of("+-.0123456789eE") != std::string::npos) return false;
    char* end = nullptr;
    value = std::strtod(text.c_str(), &end);
    return end == text.c_str() + text.size() && std::isfinite(value);
  }

  bool Enum(const FieldDescriptor* field, const EnumValueDescriptor*& value) {
    const std::size_t start = (Peek(), at_);
    if (Peek() != '"') {
      std::int32_t number = 0;
      if (!Integer(number)) return false;
      value = field->enum_type()->FindValueByNumber(number);
    } else {
      if (!Text(text_)) return false;
      value = field->enum_type()->FindValueByName(text_);
      if (value == nullptr) value = FindEnumValue(*field->enum_type(), text_);
    }
    if (value != nullptr) return true;
    return FailAt(start, fmt::format("is not one of {}", EnumChoices(*field->enum_type())));
  }

  // Sets, or adds to a list, one value.
  bool Value(const FieldDescriptor* field, Message& into) {
    const Reflection& reflection = *into.GetReflection();
    const bool many = field->is_repeated();
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string value;
        if (Peek() != '"' && at_ < json_.size()) return Fail("a text in quotes is expected here");
        if (!Text(value)) return false;
        if (field->type() == FieldDescriptor::TYPE_BYTES) {
          std::string bytes;
          if (!absl::Base64Unescape(value, &bytes)) return Fail("is not base64");
          value = std::move(bytes);
        }
        many ? reflection.AddString(&into, field, std::move(value)) : reflection.SetString(&into, field, std::move(value));
        return true;
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const EnumValueDescriptor* value = nullptr;
        if (!Enum(field, value)) return false;
        many ? reflection.AddEnum(&into, field, value) : reflection.SetEnum(&into, field, value);
        return true;
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        const char c = Peek();
        if (c != 't' && c != 'f') return at_ >= json_.size() ? End() : Fail("true or false is expected here");
        if (!Word(c == 't' ? "true" : "false")) return false;
        many ? reflection.AddBool(&into, field, c == 't') : reflection.SetBool(&into, field, c == 't');
        return true;
      }
#define ASSAY_INTEGER(cpp_type, type, Name)                                                                    \
  case FieldDescriptor::cpp_type: {                                                                            \
    type value = 0;                                                                                            \
    if (!Integer(value)) return false;                                                                         \
    many ? reflection.Add##Name(&into, field, value) : reflection.Set##Name(&into, field, value);              \
    return true;                                                                                               \
  }
      ASSAY_INTEGER(CPPTYPE_INT32, std::int32_t, Int32)
      ASSAY_INTEGER(CPPTYPE_INT64, std::int64_t, Int64)
      ASSAY_INTEGER(CPPTYPE_UINT32, std::uint32_t, UInt32)
      ASSAY_INTEGER(CPPTYPE_UINT64, std::uint64_t, UInt64)
#undef ASSAY_INTEGER
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT: {
        double value = 0;
        if (!Number(number_)) return false;
        if (!Real(number_, value)) return Fail("a finite number is expected here");
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
          many ? reflection.AddDouble(&into, field, value) : reflection.SetDouble(&into, field, value);
        } else {
          const float narrowed = static_cast<float>(value);
          many ? reflection.AddFloat(&into, field, narrowed) : reflection.SetFloat(&into, field, narrowed);
        }
        return true;
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Object(many ? *reflection.AddMessage(&into, field) : *reflection.MutableMessage(&into, field));
    }
    return Fail("cannot be given in JSON");
  }

  bool List(const FieldDescriptor* field, Message& into) {
    if (Peek() != '[' && at_ < json_.size()) return Fail("a list in [ ] is expected here");
    if (!Expect('[')) return false;
    if (Peek() == ']') {
      ++at_;
      return true;
    }
    for (path_.back().item = 0;; ++path_.back().item) {
      if (!Value(field, into)) return false;
      const char c = Peek();
      if (c == ']') {
        ++at_;
        path_.back().item = -1;
        return true;
      }
      if (!Expect(',')) return false;
    }
  }

  bool Field(const FieldDescriptor* field, Message& into) {
    // null is how JSON says that a field is not there.
    if (Peek() == 'n') return Word("null");
    return field->is_repeated() ? List(field, into) : Value(field, into);
  }

  // Writers give fields in order: the search begins behind the last one.
  static const FieldDescriptor* Find(const Descriptor& type, const std::string& key, int& next) {
    const int count = type.field_count();
    for (int i = 0; i < count; ++i) {
      const int at = next + i < count ? next + i : next + i - count;
      const FieldDescriptor* field = type.field(at);
      if (field->json_name() != key && field->name() != key) continue;
      next = at + 1 < count ? at + 1 : 0;
      return field;
    }
    return nullptr;
  }

  bool Object(Message& into) {
    const Descriptor& type = *into.GetDescriptor();
    if (type.full_name().rfind("google.protobuf.", 0) == 0 || path_.size() >= kMaxDepth || type.field_count() > kMaxFields) {
      return Fail("cannot be given in JSON");
    }
    if (Peek() != '{' && at_ < json_.size()) return Fail(fmt::format("a {} in {{ }} is expected here", type.name()));
    if (!Expect('{')) return false;
    if (++objects_ > kMaxObjects) return Fail(fmt::format("it has more than {} objects; split the file", kMaxObjects));
    if (Peek() == '}') {
      ++at_;
      return true;
    }
    std::bitset<kMaxFields> seen;
    int next = 0;
    while (true) {
      const std::size_t start = (Peek(), at_);
      if (!Text(key_)) return false;
      const FieldDescriptor* field = Find(type, key_, next);
      if (field == nullptr || field->is_map()) return FailAt(start, fmt::format("\"{}\" {}", Excerpt(key_), UnknownFieldMessage(type, key_)));
      if (seen.test(static_cast<std::size_t>(field->index()))) return FailAt(start, fmt::format("\"{}\" is given twice; keep one", Excerpt(key_)));
      seen.set(static_cast<std::size_t>(field->index()));
      if (const auto* oneof = field->real_containing_oneof(); oneof != nullptr && into.GetReflection()->HasOneof(into, oneof)) {
        return FailAt(start, fmt::format("\"{}\" excludes another field that is given", Excerpt(key_)));
      }
      if (!Expect(':')) return false;
      path_.push_back({field, -1});
      if (!Field(field, into)) return false;
      path_.pop_back();
      if (Peek() == '}') {
        ++at_;
        return true;
      }
      if (!Expect(',')) return false;
    }
  }

  const std::string_view json_;
  const int first_line_;
  std::size_t at_ = 0;
  int objects_ = 0;
  std::vector<Step> path_;
  bool ok_ = true;
  bool truncated_ = false;
  std::string problem_;
  // Kept for their memory.
  std::string key_, text_, number_;
};

}  // namespace

absl::Status ReadJson(std::string_view json, Message& into, int first_line) {
  return Parser(json, first_line).Read(into);
}

}  // namespace assay::bank
