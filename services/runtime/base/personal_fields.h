#pragma once

#include "google/protobuf/message.h"

namespace assay::runtime {

// Clears every field marked (assay.field).personal, at any depth. True when there was one.
bool ClearPersonal(google::protobuf::Message& message);

// Clears every field that is not marked personal, at the top level.
void KeepPersonal(google::protobuf::Message& message);

}  // namespace assay::runtime
