#include "services/runtime/base/personal_fields.h"

#include <vector>

#include "assay/options.pb.h"
#include "google/protobuf/descriptor.h"

namespace assay::runtime {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::vector<const FieldDescriptor*> PresentFields(const Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  return fields;
}

bool IsPersonal(const FieldDescriptor* field) { return field->options().GetExtension(assay::field).personal(); }

}  // namespace

bool ClearPersonal(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  bool cleared = false;
  for (const FieldDescriptor* field : PresentFields(message)) {
    if (IsPersonal(field)) {
      reflection.ClearField(&message, field);
      cleared = true;
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) {
      continue;
    } else if (field->is_repeated()) {
      for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
        if (ClearPersonal(*reflection.MutableRepeatedMessage(&message, field, i))) cleared = true;
      }
    } else if (ClearPersonal(*reflection.MutableMessage(&message, field))) {
      cleared = true;
    }
  }
  return cleared;
}

void KeepPersonal(Message& message) {
  for (const FieldDescriptor* field : PresentFields(message)) {
    if (!IsPersonal(field)) message.GetReflection()->ClearField(&message, field);
  }
}

}  // namespace assay::runtime
