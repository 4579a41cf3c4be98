#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/exit_code.h"
#include "google/protobuf/message.h"
#include "services/runtime/rpc/client.h"

namespace assay::cli {

// Global options of assayctl, with defaults from the environment.
struct GlobalOptions {
  std::string bank;
  std::string scoring;
  std::string reporting;
  std::string token;
  std::string ca;
  // Subject of the person to act for.
  std::string on_behalf_of;
  // File to write the answer to; empty = standard output.
  std::string output;
  // table, json or yaml; reports have formats of their own.
  std::string format;
  double timeout_seconds = 10;
};

// What commands share: connections, where the answer goes, and the exit code. Lives as long as the program.
class Session {
 public:
  GlobalOptions options;
  ExitCode exit_code = ExitCode::kOk;

  // Calls "assay.bank.v1.QuestionService/GetQuestion" on the service that serves it. A refusal is printed and sets the exit
  // code; `token` and `on_behalf_of` of the options are sent.
  template <typename Response>
  absl::StatusOr<Response> Call(std::string_view method, const google::protobuf::Message& request) {
    Response response;
    absl::Status status = CallInto(method, request, response);
    if (!status.ok()) return status;
    return response;
  }
  absl::Status CallInto(std::string_view method, const google::protobuf::Message& request, google::protobuf::Message& response);
  // The same with another token, for the demo's cast of people.
  absl::Status CallAs(const std::string& token, std::string_view method, const google::protobuf::Message& request,
                      google::protobuf::Message& response);
  // Feed cursor of the last write through this session; reports pass it as min_cursor.
  const std::string& last_cursor(std::string_view service) { return cursors_[std::string(service)]; }

  // The connection to the service of `method` ("assay.bank.…").
  absl::StatusOr<const runtime::Client*> ClientFor(std::string_view method);
  runtime::CallOptions CallDefaults() const;

  // Writes `text` to --output or standard output.
  void Write(std::string_view text);
  // Prints a refusal: code, reason and every field violation; sets kRefused.
  void Refuse(const absl::Status& status);
  // Prints a mistake in how the command was called; sets kUsage.
  void Usage(std::string_view problem);

 private:
  std::map<std::string, std::unique_ptr<runtime::Client>> clients_;
  std::map<std::string, std::string> cursors_;
};

// Reads a whole file; kUsage is set where it cannot be.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Fills `message` from a YAML or JSON file ("-" = standard input).
absl::Status ReadMessageFile(const std::string& path, google::protobuf::Message& message);

}  // namespace assay::cli
