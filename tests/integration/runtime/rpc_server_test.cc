#include <grpcpp/support/validate_service_config.h>

#include <cstdlib>

#include "tests/integration/runtime/rpc_fixture.h"

namespace assay::runtime {
namespace {

using grpc::health::v1::HealthCheckResponse;

TEST(Health, KnowsReadinessAndLivenessApart) {
  RpcServer server;
  server.Start();
  EXPECT_EQ(server.Health(""), HealthCheckResponse::SERVING);
  server.server().SetReady(false);
  EXPECT_EQ(server.Health(""), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(server.Health("assay.bank.v1"), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(server.Health("liveness"), HealthCheckResponse::SERVING);
  EXPECT_EQ(server.Health("assay.bank.v1.QuestionService"), HealthCheckResponse::SERVICE_UNKNOWN);
}

TEST(Server, RefusesAPortThatIsTaken) {
  RpcServer first;
  first.Start();
  RpcServer second;
  ServerOptions options;
  options.listen = first.address();
  EXPECT_EQ(Server::Start(options, {&second.questions}).status().code(), absl::StatusCode::kUnavailable);
}

TEST(Server, ServesReflectionOnlyWhenAsked) {
  for (const bool reflection : {false, true}) {
    RpcServer server;
    ServerOptions options;
    options.reflection = reflection;
    server.Start(options);
    // An empty request is answered with an error message by the reflection service, and by nobody where it is off.
    v1::StreamEventsResponse message;
    CallOptions call = server.Options();
    call.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    auto stream = server.client().OpenServerStream<v1::StreamEventsResponse>(
        "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", v1::StreamEventsRequest(), call);
    const absl::StatusOr<bool> answer = stream.Read(message);
    EXPECT_EQ(answer.status().code() == absl::StatusCode::kUnimplemented, !reflection) << answer.status();
  }
}

TEST(Channel, RetriesReadsAndNeverMutations) {
  const std::string config = ServiceConfig();
  EXPECT_EQ(grpc::experimental::ValidateServiceConfigJSON(config), "");
  EXPECT_NE(config.find(R"("method":"GetQuestion")"), std::string::npos);
  EXPECT_EQ(config.find(R"("method":"PublishQuestion")"), std::string::npos);
}

TEST(Channel, ReportsAFileThatCannotBeRead) {
  EXPECT_EQ(OpenChannel({.target = "127.0.0.1:1", .ca_file = "/nonexistent", .certificate_file = "", .key_file = ""}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

// Certificates of an authority, a server and a client, made with the openssl program.
bool MakeCertificates(const testing::TemporaryDirectory& directory) {
  const std::string script = fmt::format(
      "cd '{}' && exec >/dev/null 2>&1; set -e\n"
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca\n"
      "for who in server client; do\n"
      "  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $who.key -out $who.csr -subj /CN=$who\n"
      "  printf 'subjectAltName=IP:127.0.0.1' > ext\n"
      "  openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $who.pem -days 2 -extfile ext\n"
      "done\n",
      directory.path());
  return std::system(script.c_str()) == 0;
}

TEST(Tls, ServesOverTlsAndAsksForAClientCertificateWhereConfigured) {
  RpcServer server;
  const auto& files = server.directory();
  ASSERT_TRUE(MakeCertificates(files));
  BindEcho(server);
  ServerOptions options;
  options.tls_certificate = files.File("server.pem");
  options.tls_key = files.File("server.key");
  options.tls_client_ca = files.File("ca.pem");
  server.Start(options);
  bank::v1::GetQuestionRequest request;
  request.set_name("questions/q001");
  const auto status = [&](const ChannelOptions& channel) {
    const auto client = Client::Open(channel);
    return (*client)->Call<bank::v1::Question>(RpcServer::kGet, request, server.Options()).status();
  };
  const absl::Status with = status({.target = server.address(),
                                    .ca_file = files.File("ca.pem"),
                                    .certificate_file = files.File("client.pem"),
                                    .key_file = files.File("client.key")});
  EXPECT_TRUE(with.ok()) << with;
  const absl::Status without = status({.target = server.address(), .ca_file = files.File("ca.pem"), .certificate_file = "", .key_file = ""});
  EXPECT_EQ(without.code(), absl::StatusCode::kUnavailable) << without;
  EXPECT_EQ(status({.target = server.address(), .ca_file = "", .certificate_file = "", .key_file = ""}).code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace assay::runtime
