#include "services/bank/domain/pack_document_writer.h"

#include <google/protobuf/util/json_util.h>

#include <string_view>

#include "services/bank/domain/pack_yaml.h"

namespace assay::bank {
namespace {

v1::Pack WithoutQuestions(const v1::Pack& header) {
  v1::Pack pack = header;
  pack.clear_questions();
  return pack;
}

class YamlWriter final : public PackWriter {
 public:
  std::string Begin(const v1::Pack& header) override { return ToYaml(WithoutQuestions(header)); }

  std::string Question(const v1::QuestionContent& question) override {
    v1::Pack one;
    *one.add_questions() = question;
    const std::string yaml = ToYaml(one);
    // The list's name stands once.
    if (!std::exchange(begun_, true)) return yaml;
    return yaml.substr(yaml.find('\n') + 1);
  }

  std::string End() override { return ""; }
  std::string MediaType() const override { return "application/yaml"; }

 private:
  bool begun_ = false;
};

class JsonWriter final : public PackWriter {
 public:
  std::string Begin(const v1::Pack& header) override {
    std::string json = Print(WithoutQuestions(header));
    json.erase(json.rfind('}'));
    while (!json.empty() && json.back() == '\n') json.pop_back();
    return json;
  }

  std::string Question(const v1::QuestionContent& question) override {
    std::string out = std::exchange(begun_, true) ? ",\n" : ",\n \"questions\": [\n";
    // A text has no line breaks of its own: each line of the JSON moves two columns in.
    const std::string json = Print(question);
    std::string_view rest(json);
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      out += (out.back() == '\n' ? "  " : "\n  ");
      out += rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return out;
  }

  std::string End() override { return begun_ ? "\n ]\n}\n" : "\n}\n"; }
  std::string MediaType() const override { return "application/json"; }

 private:
  static std::string Print(const google::protobuf::Message& message) {
    google::protobuf::util::JsonPrintOptions options;
    options.add_whitespace = true;
    options.preserve_proto_field_names = true;
    std::string json;
    // A pack has neither Any nor invalid UTF-8, which is what can fail.
    (void)google::protobuf::util::MessageToJsonString(message, &json, options);
    return json;
  }

  bool begun_ = false;
};

// Parts of a serialised message, one behind the other, are the message.
class ProtobufWriter final : public PackWriter {
 public:
  std::string Begin(const v1::Pack& header) override { return WithoutQuestions(header).SerializeAsString(); }

  std::string Question(const v1::QuestionContent& question) override {
    v1::Pack one;
    *one.add_questions() = question;
    return one.SerializeAsString();
  }

  std::string End() override { return ""; }
  std::string MediaType() const override { return "application/protobuf"; }
};

}  // namespace

absl::StatusOr<std::unique_ptr<PackWriter>> MakePackDocumentWriter(v1::PackFormat format) {
  switch (format) {
    case v1::PACK_FORMAT_PACK: return std::make_unique<YamlWriter>();
    case v1::PACK_FORMAT_JSON: return std::make_unique<JsonWriter>();
    case v1::PACK_FORMAT_PROTOBUF: return std::make_unique<ProtobufWriter>();
    default: return absl::InvalidArgumentError("this format is no Pack message");
  }
}

}  // namespace assay::bank
