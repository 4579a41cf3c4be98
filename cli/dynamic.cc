#include "cli/dynamic.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/print.h"
#include "google/protobuf/descriptor.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/runtime/base/ids.h"

namespace assay::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const google::protobuf::MethodDescriptor* FindMethod(std::string_view method) {
  std::string name(method);
  for (char& c : name) {
    if (c == '/') c = '.';
  }
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
}

std::unique_ptr<Message> New(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

}  // namespace

std::unique_ptr<Message> NewRequest(std::string_view method) {
  const auto* found = FindMethod(method);
  return found == nullptr ? nullptr : New(found->input_type());
}

std::unique_ptr<Message> NewResponse(std::string_view method) {
  const auto* found = FindMethod(method);
  return found == nullptr ? nullptr : New(found->output_type());
}

bool SetField(Message& message, const std::string& path, const std::string& value) {
  const size_t dot = path.find('.');
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(path.substr(0, dot));
  if (field == nullptr) return false;
  if (dot != std::string::npos) return SetField(*message.GetReflection()->MutableMessage(&message, field), path.substr(dot + 1), value);
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING && !field->is_repeated()) {
    message.GetReflection()->SetString(&message, field, value);
    return true;
  }
  return bank::ReadYaml(fmt::format("{}: {}\n", field->name(), value), "option", message).ok();
}

void AddRequestId(Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || !request.GetReflection()->GetString(request, field).empty()) return;
  request.GetReflection()->SetString(&request, field, runtime::NewUuid(runtime::SystemClock().Now()));
}

bool CallByName(Session& session, std::string_view method, const std::function<absl::Status(Message&)>& fill, const std::string& list,
                const std::vector<Column>& columns) {
  const auto request = NewRequest(method);
  const auto response = NewResponse(method);
  if (request == nullptr) {
    session.Usage(fmt::format("there is no method {}", method));
    return false;
  }
  if (absl::Status status = fill(*request); !status.ok()) {
    session.Usage(std::string(status.message()));
    return false;
  }
  AddRequestId(*request);
  if (!session.CallInto(method, *request, *response).ok()) return false;
  Print(session, *response, list, columns);
  return true;
}

void Print(Session& session, const Message& response, const std::string& list, const std::vector<Column>& columns) {
  const std::string& format = session.options.format;
  if (format == "yaml") return session.Write(bank::ToYaml(response));
  if (!list.empty() && (format.empty() || format == "table")) return session.Write(ToTable(response, list, columns));
  session.Write(ToJson(response));
}

}  // namespace assay::cli
