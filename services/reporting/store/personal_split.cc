#include "services/reporting/store/personal_split.h"

#include <vector>

#include "assay/options.pb.h"
#include "google/protobuf/descriptor.h"

namespace assay::reporting {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Whether anything was cleared.
bool ClearPersonal(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> present;
  reflection.ListFields(message, &present);
  bool cleared = false;
  for (const FieldDescriptor* field : present) {
    if (field->options().GetExtension(assay::field).personal()) {
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

}  // namespace

std::unique_ptr<Message> WithoutPersonal(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  if (!ClearPersonal(*copy)) return nullptr;
  return copy;
}

}  // namespace assay::reporting
