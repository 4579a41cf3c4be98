#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/server.h>

#include "absl/status/statusor.h"

namespace assay::runtime {

struct ServerOptions {
  std::string listen = "127.0.0.1:0";
  // "assay.bank.v1": the health name of readiness besides "".
  std::string health_name;
  bool reflection = false;
  // PEM files, watched for changes; empty = plaintext.
  std::string tls_certificate;
  std::string tls_key;
  // Set = clients must bring a certificate of these authorities.
  std::string tls_client_ca;
};

// A gRPC server with our limits (compression off, message, metadata, stream, handshake and idle limits) and the health
// service: "" and the health name say whether calls are served, `liveness` whether the process lives. It starts not ready.
class Server {
 public:
  // Listens. UNAVAILABLE when the port is taken. The services must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, const std::vector<grpc::Service*>& services);
  ~Server();

  int port() const { return port_; }
  void SetReady(bool ready);
  // Refuses new calls, waits for those that run, and cancels what is left at `deadline`.
  void Shutdown(std::chrono::steady_clock::time_point deadline);

 private:
  Server(std::unique_ptr<grpc::Server> server, int port, std::string health_name)
      : server_(std::move(server)), port_(port), health_name_(std::move(health_name)) {}

  std::unique_ptr<grpc::Server> server_;
  const int port_;
  const std::string health_name_;
  bool shut_down_ = false;
};

}  // namespace assay::runtime
