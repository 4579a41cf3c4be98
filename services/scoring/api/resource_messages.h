#pragma once

#include <map>
#include <string>

#include "google/protobuf/message.h"
#include "services/scoring/store/external_id_store.h"

namespace assay::scoring {

// The shapes that the standard methods of every resource share, by field number: a create, find-or-create or update request
// holds the resource in field 1, the first two its id in field 2; every answer with several resources holds them in field 1.

template <typename Message>
const Message& ResourceOf(const google::protobuf::Message& request) {
  const google::protobuf::FieldDescriptor* field = request.GetDescriptor()->FindFieldByNumber(1);
  return static_cast<const Message&>(request.GetReflection()->GetMessage(request, field));
}

inline std::string GivenIdOf(const google::protobuf::Message& request) {
  return request.GetReflection()->GetString(request, request.GetDescriptor()->FindFieldByNumber(2));
}

// "candidate": how the request calls the resource.
inline std::string FieldOf(const google::protobuf::Message& request) {
  return request.GetDescriptor()->FindFieldByNumber(1)->name();
}

template <typename Message>
void AddItem(google::protobuf::Message& response, Message item) {
  const google::protobuf::FieldDescriptor* field = response.GetDescriptor()->FindFieldByNumber(1);
  static_cast<Message&>(*response.GetReflection()->AddMessage(&response, field)) = std::move(item);
}

template <typename Message>
Message& MutableResourceOf(google::protobuf::Message& response) {
  const google::protobuf::FieldDescriptor* field = response.GetDescriptor()->FindFieldByNumber(1);
  return static_cast<Message&>(*response.GetReflection()->MutableMessage(&response, field));
}

// INVALID_FIELDS where an external id is named twice; `prefix` such as "candidate.".
absl::Status CheckExternalIds(const ExternalIds& ids, const std::string& prefix);

}  // namespace assay::scoring
