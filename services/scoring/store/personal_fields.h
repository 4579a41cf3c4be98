#pragma once

#include "google/protobuf/message.h"

namespace assay::scoring {

// Clears every field marked (assay.field).personal, at any depth.
void ClearPersonal(google::protobuf::Message& message);

// Clears every field that is not marked personal, at the top level.
void KeepPersonal(google::protobuf::Message& message);

}  // namespace assay::scoring
