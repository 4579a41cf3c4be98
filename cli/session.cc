#include "cli/session.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "google/protobuf/util/json_util.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/status_macros.h"

namespace assay::cli {
namespace {

std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

}  // namespace

absl::StatusOr<const runtime::Client*> Session::ClientFor(std::string_view method) {
  const std::map<std::string, std::string> addresses{
      {"bank", options.bank}, {"scoring", options.scoring}, {"reporting", options.reporting}};
  for (const auto& [service, address] : addresses) {
    if (method.rfind("assay." + service + ".", 0) != 0) continue;
    if (address.empty()) {
      return absl::InvalidArgumentError(fmt::format("where is {}? give --{} HOST:PORT or source the instance's env file", service, service));
    }
    auto& client = clients_[service];
    if (client == nullptr) {
      ASSIGN_OR_RETURN(client, runtime::Client::Open({.target = address, .ca_file = options.ca}));
    }
    return client.get();
  }
  return absl::InvalidArgumentError(fmt::format("no service serves {}", method));
}

runtime::CallOptions Session::CallDefaults() const {
  runtime::CallOptions call;
  call.bearer = options.token;
  call.on_behalf_of = options.on_behalf_of;
  call.deadline = std::chrono::steady_clock::now() +
                  std::chrono::duration_cast<std::chrono::steady_clock::duration>(std::chrono::duration<double>(options.timeout_seconds));
  return call;
}

absl::Status Session::CallAs(const std::string& token, std::string_view method, const google::protobuf::Message& request,
                             google::protobuf::Message& response) {
  ASSIGN_OR_RETURN(const runtime::Client* client, ClientFor(method));
  std::multimap<std::string, std::string> trailers;
  runtime::CallOptions call = CallDefaults();
  call.bearer = token;
  call.trailers = &trailers;
  absl::Status status = client->CallInto(method, request, call, response);
  if (const auto cursor = trailers.find("assay-cursor"); cursor != trailers.end()) {
    const std::string_view rest = method.substr(sizeof("assay.") - 1);
    cursors_[std::string(rest.substr(0, rest.find('.')))] = cursor->second;
  }
  return status;
}

absl::Status Session::CallInto(std::string_view method, const google::protobuf::Message& request, google::protobuf::Message& response) {
  absl::Status status = CallAs(options.token, method, request, response);
  if (!status.ok()) Refuse(status);
  return status;
}

void Session::Write(std::string_view text) {
  if (options.output.empty() || options.output == "-") {
    std::cout << text;
    if (!text.empty() && text.back() != '\n') std::cout << '\n';
    std::cout.flush();
    return;
  }
  std::ofstream file(options.output, std::ios::binary);
  file << text;
  file.flush();
  if (!file) Usage(fmt::format("cannot write {}", options.output));
}

void Session::Refuse(const absl::Status& status) {
  const auto reason = runtime::ReasonOf(status);
  std::cerr << CodeName(status.code());
  if (reason != runtime::v1::ERROR_REASON_UNSPECIFIED) std::cerr << ' ' << runtime::ReasonText(reason);
  std::cerr << ": " << std::string(status.message()) << '\n';
  for (const auto& violation : runtime::ViolationsOf(status)) {
    std::cerr << "  " << violation.field << ": " << violation.description << '\n';
  }
  exit_code = ExitCode::kRefused;
}

void Session::Usage(std::string_view problem) {
  std::cerr << problem << '\n';
  exit_code = ExitCode::kUsage;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) return absl::NotFoundError(fmt::format("cannot read {}", path));
  return text;
}

absl::Status ReadMessageFile(const std::string& path, google::protobuf::Message& message) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  if (path.size() > 5 && path.substr(path.size() - 5) == ".json") {
    const auto status = google::protobuf::util::JsonStringToMessage(text, &message);
    return status.ok() ? absl::OkStatus() : absl::InvalidArgumentError(fmt::format("{}: {}", path, std::string(status.message())));
  }
  return bank::ReadYaml(text, path, message);
}

}  // namespace assay::cli
