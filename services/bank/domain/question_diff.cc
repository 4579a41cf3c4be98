#include "services/bank/domain/question_diff.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>
#include <string>

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string Cut(std::string text) {
  if (text.size() <= kMaxDiffText) return text;
  size_t end = kMaxDiffText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// "SENIOR" for LEVEL_SENIOR, "" for the zero value.
std::string EnumValueText(const google::protobuf::EnumValueDescriptor& value) {
  const std::string& zero = value.type()->value(0)->name();
  return value.number() == 0 ? "" : value.name().substr(zero.size() - (sizeof("UNSPECIFIED") - 1));
}

// The text of a value that is no message; absent and zero are empty.
std::string TextOf(const Message& message, const FieldDescriptor* field, int index) {
  const Reflection& r = *message.GetReflection();
  const bool many = index >= 0;
  const auto number = [](auto value) { return value == 0 ? std::string() : fmt::format("{}", value); };
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: return many ? r.GetRepeatedString(message, field, index) : r.GetString(message, field);
    case FieldDescriptor::CPPTYPE_ENUM: return EnumValueText(many ? *r.GetRepeatedEnum(message, field, index) : *r.GetEnum(message, field));
    case FieldDescriptor::CPPTYPE_BOOL: return (many ? r.GetRepeatedBool(message, field, index) : r.GetBool(message, field)) ? "true" : "";
    case FieldDescriptor::CPPTYPE_INT32: return number(many ? r.GetRepeatedInt32(message, field, index) : r.GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64: return number(many ? r.GetRepeatedInt64(message, field, index) : r.GetInt64(message, field));
    case FieldDescriptor::CPPTYPE_UINT32: return number(many ? r.GetRepeatedUInt32(message, field, index) : r.GetUInt32(message, field));
    case FieldDescriptor::CPPTYPE_UINT64: return number(many ? r.GetRepeatedUInt64(message, field, index) : r.GetUInt64(message, field));
    case FieldDescriptor::CPPTYPE_DOUBLE: return number(many ? r.GetRepeatedDouble(message, field, index) : r.GetDouble(message, field));
    case FieldDescriptor::CPPTYPE_FLOAT: return number(many ? r.GetRepeatedFloat(message, field, index) : r.GetFloat(message, field));
    case FieldDescriptor::CPPTYPE_MESSAGE: break;
  }
  return "";
}

bool IsMessage(const FieldDescriptor* field) { return field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE; }

// By what elements of this type are told apart; null where nothing does.
const FieldDescriptor* KeyOf(const google::protobuf::Descriptor* type) {
  for (const char* name : {"id", "language_code", "role", "question", "score"}) {
    if (const FieldDescriptor* field = type->FindFieldByName(name)) return field;
  }
  return nullptr;
}

class Differ {
 public:
  std::vector<v1::FieldDiff> Take() {
    if (left_out_ > 0) {
      v1::FieldDiff& last = out_.emplace_back();
      last.set_path("…");
      last.set_after(fmt::format("{} more differences are left out", left_out_));
    }
    return std::move(out_);
  }

  void Messages(const Message& before, const Message& after, const std::string& path) {
    const auto* type = before.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const FieldDescriptor* field = type->field(i);
      const std::string here = path.empty() ? field->name() : path + "." + field->name();
      if (field->is_repeated()) {
        List(before, after, field, here);
      } else if (IsMessage(field)) {
        Messages(before.GetReflection()->GetMessage(before, field), after.GetReflection()->GetMessage(after, field), here);
      } else {
        Texts(here, TextOf(before, field, -1), TextOf(after, field, -1));
      }
    }
  }

 private:
  void Texts(const std::string& path, const std::string& before, const std::string& after) {
    if (before == after) return;
    const std::string cut_before = Cut(before);
    const std::string cut_after = Cut(after);
    bytes_ += path.size() + cut_before.size() + cut_after.size();
    if (static_cast<int>(out_.size()) >= kMaxDiffs - 1 || bytes_ > kMaxDiffBytes) {
      ++left_out_;
      return;
    }
    v1::FieldDiff& diff = out_.emplace_back();
    diff.set_path(path);
    diff.set_before(cut_before);
    diff.set_after(cut_after);
  }

  void List(const Message& before, const Message& after, const FieldDescriptor* field, const std::string& path) {
    const FieldDescriptor* key = IsMessage(field) ? KeyOf(field->message_type()) : nullptr;
    if (key != nullptr) {
      Keyed(before, after, field, key, path);
    } else {
      Placed(before, after, field, path);
    }
  }

  // Keys of the elements in their order; a key that comes again is "5#2".
  static std::vector<std::string> Keys(const Message& message, const FieldDescriptor* field, const FieldDescriptor* key) {
    std::vector<std::string> keys;
    std::map<std::string, int> seen;
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      std::string text = TextOf(message.GetReflection()->GetRepeatedMessage(message, field, i), key, -1);
      if (const int times = ++seen[text]; times > 1) text += fmt::format("#{}", times);
      keys.push_back(std::move(text));
    }
    return keys;
  }

  void Keyed(const Message& before, const Message& after, const FieldDescriptor* field, const FieldDescriptor* key, const std::string& path) {
    const std::vector<std::string> old_keys = Keys(before, field, key);
    const std::vector<std::string> new_keys = Keys(after, field, key);
    const auto place = [](const std::vector<std::string>& keys, const std::string& wanted) {
      return static_cast<int>(std::find(keys.begin(), keys.end(), wanted) - keys.begin());
    };
    const auto element = [&](const Message& of, const std::vector<std::string>& keys, const std::string& wanted) -> const Message& {
      const int at = place(keys, wanted);
      if (at < static_cast<int>(keys.size())) return of.GetReflection()->GetRepeatedMessage(of, field, at);
      return *google::protobuf::MessageFactory::generated_factory()->GetPrototype(field->message_type());
    };
    // Those that stayed, in the old and in the new order.
    std::string old_order, new_order;
    for (const std::string& one : old_keys) {
      if (place(new_keys, one) < static_cast<int>(new_keys.size())) old_order += (old_order.empty() ? "" : ", ") + one;
    }
    for (const std::string& one : new_keys) {
      if (place(old_keys, one) < static_cast<int>(old_keys.size())) new_order += (new_order.empty() ? "" : ", ") + one;
    }
    Texts(path, old_order, new_order);
    for (const std::string& one : old_keys) {
      Messages(element(before, old_keys, one), element(after, new_keys, one), fmt::format("{}[{}]", path, one));
    }
    for (const std::string& one : new_keys) {
      if (place(old_keys, one) < static_cast<int>(old_keys.size())) continue;
      Messages(element(before, old_keys, one), element(after, new_keys, one), fmt::format("{}[{}]", path, one));
    }
  }

  static bool Same(const Message& before, int i, const Message& after, int j, const FieldDescriptor* field) {
    if (!IsMessage(field)) return TextOf(before, field, i) == TextOf(after, field, j);
    return google::protobuf::util::MessageDifferencer::Equals(before.GetReflection()->GetRepeatedMessage(before, field, i),
                                                              after.GetReflection()->GetRepeatedMessage(after, field, j));
  }

  // Elements without a key: what is alike at both ends stays out, the rest is compared place by place.
  void Placed(const Message& before, const Message& after, const FieldDescriptor* field, const std::string& path) {
    int old_end = before.GetReflection()->FieldSize(before, field);
    int new_end = after.GetReflection()->FieldSize(after, field);
    int start = 0;
    while (start < old_end && start < new_end && Same(before, start, after, start, field)) ++start;
    while (old_end > start && new_end > start && Same(before, old_end - 1, after, new_end - 1, field)) {
      --old_end;
      --new_end;
    }
    for (int i = start; i < std::max(old_end, new_end); ++i) {
      const std::string here = fmt::format("{}[{}]", path, i);
      if (!IsMessage(field)) {
        Texts(here, i < old_end ? TextOf(before, field, i) : "", i < new_end ? TextOf(after, field, i) : "");
        continue;
      }
      const Message& none = *google::protobuf::MessageFactory::generated_factory()->GetPrototype(field->message_type());
      Messages(i < old_end ? before.GetReflection()->GetRepeatedMessage(before, field, i) : none,
               i < new_end ? after.GetReflection()->GetRepeatedMessage(after, field, i) : none, here);
    }
  }

  std::vector<v1::FieldDiff> out_;
  size_t bytes_ = 0;
  int left_out_ = 0;
};

}  // namespace

std::vector<v1::FieldDiff> DiffContents(const v1::QuestionContent& before, const v1::QuestionContent& after) {
  Differ differ;
  differ.Messages(before, after, "");
  return differ.Take();
}

}  // namespace assay::bank
