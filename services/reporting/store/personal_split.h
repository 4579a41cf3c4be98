#pragma once

#include <memory>

#include "google/protobuf/message.h"

namespace assay::reporting {

// A copy without the fields marked (assay.field).personal, at any depth; null when there is none to take out.
std::unique_ptr<google::protobuf::Message> WithoutPersonal(const google::protobuf::Message& message);

}  // namespace assay::reporting
