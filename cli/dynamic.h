#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cli/session.h"
#include "google/protobuf/message.h"

namespace assay::cli {

// A request message of a method, made by name; every contract is linked in.
std::unique_ptr<google::protobuf::Message> NewRequest(std::string_view method);
std::unique_ptr<google::protobuf::Message> NewResponse(std::string_view method);

// Sets a field by its path ("scorecard.etag") from text, as a YAML scalar would be read. False when there is no such field.
bool SetField(google::protobuf::Message& message, const std::string& path, const std::string& value);

// Gives a mutation a fresh request_id where it has the field and none is set, so that a retry of this call is safe.
void AddRequestId(google::protobuf::Message& request);

// Makes the request, calls, prints. `list` and `columns` as in Print.
struct Column;
bool CallByName(Session& session, std::string_view method, const std::function<absl::Status(google::protobuf::Message&)>& fill,
                const std::string& list = "", const std::vector<Column>& columns = {});

}  // namespace assay::cli
