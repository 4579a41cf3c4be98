#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <thread>

#include "assay/bank/v1/question_service.pb.h"
#include "assay/runtime/v1/event.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "services/runtime/auth/local_key.h"
#include "services/runtime/base/error.h"
#include "services/runtime/rpc/client.h"
#include "tests/support/pg_cluster.h"
#include "tests/support/temporary_directory.h"

namespace assay::runtime {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using grpc::health::v1::HealthCheckResponse;
using std::chrono::seconds;
using std::chrono::steady_clock;

bool Eventually(const std::function<bool()>& holds, seconds limit = seconds(20)) {
  const auto end = steady_clock::now() + limit;
  while (!holds()) {
    if (steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

std::string Content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A service process; killed with the object if it still runs.
class Process {
 public:
  Process(std::vector<std::string> arguments, const std::string& output) {
    arguments.insert(arguments.begin(), APP_SERVICE);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (posix_spawn(&pid_, APP_SERVICE, &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Process() {
    if (pid_ > 0 && !code_.has_value()) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }
  void Signal(int signal) const { kill(pid_, signal); }
  bool Ended() {
    int status = 0;
    if (!code_.has_value() && waitpid(pid_, &status, WNOHANG) == pid_) code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return code_.has_value();
  }
  // Exit code, minus the signal that ended it, or nothing when it runs on.
  std::optional<int> Wait() {
    Eventually([this] { return Ended(); });
    return code_;
  }

 private:
  pid_t pid_ = -1;
  std::optional<int> code_;
};

class App : public ::testing::Test {
 protected:
  std::vector<std::string> Arguments(std::vector<std::string> rest) {
    std::vector<std::string> arguments = {"--database", database_.app_dsn(), "--migrate-database", database_.owner_dsn(),
                                          "--local", "--keys-dir", directory_.File("keys"), "--secret-file", directory_.File("secret"),
                                          "--port-file", directory_.File("ports"), "--fail-detect-seconds", "0", "--drain-seconds", "1"};
    arguments.insert(arguments.end(), rest.begin(), rest.end());
    return arguments;
  }
  std::string output() const { return directory_.File("output"); }
  int Run(std::vector<std::string> rest) { return Process(Arguments(std::move(rest)), output()).Wait().value_or(-1000); }

  // Runs once it serves; the port is in the port file.
  bool AwaitServing() {
    return Eventually([&] {
      const std::string ports = Content(directory_.File("ports"));
      if (ports.rfind("grpc=", 0) != 0) return false;
      if (client_ == nullptr) client_ = *Client::Open({.target = "127.0.0.1:" + ports.substr(5, ports.find('\n') - 5), .ca_file = "", .certificate_file = "", .key_file = ""});
      return Health("assay.bank.v1") == HealthCheckResponse::SERVING;
    });
  }
  HealthCheckResponse::ServingStatus Health(const std::string& name) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(name);
    const auto response = client_->Call<HealthCheckResponse>("grpc.health.v1.Health/Check", request, {});
    return response.ok() ? response->status() : HealthCheckResponse::UNKNOWN;
  }
  CallOptions Options() {
    CallOptions options;
    const auto key = LocalKey::Open(directory_.File("keys"));
    options.bearer = *(*key)->MintToken({.tenant = "demo", .subject = "dana", .scopes = {"questions.read", "events.read"}}, SystemClock().Now());
    return options;
  }

  const testing::TemporaryDirectory directory_;
  const testing::TestDatabase database_;
  std::unique_ptr<Client> client_;
};

TEST_F(App, MigratesOrSaysWhatItWould) {
  EXPECT_EQ(Run({"migrate", "--dry-run"}), 0) << Content(output());
  EXPECT_THAT(Content(output()), AllOf(HasSubstr("at version 0"), HasSubstr("would apply 0001 runtime")));
  EXPECT_EQ(Run({"migrate"}), 0) << Content(output());
  EXPECT_EQ(Run({"migrate", "--dry-run"}), 0);
  EXPECT_THAT(Content(output()), HasSubstr("at version 1\nat version 1\n"));
}

TEST_F(App, PrintsItsSettingsAndRefusesWrongOnesTogether) {
  EXPECT_EQ(Run({"config", "--migrate-database", "host=db password=hunter2"}), 0);
  EXPECT_THAT(Content(output()), AllOf(HasSubstr("greeting: hello"), HasSubstr("password=***"), Not(HasSubstr("hunter2"))));
  EXPECT_EQ(Run({"serve", "--pool-size", "0", "--log-level", "loud"}), 2);
  EXPECT_THAT(Content(output()), AllOf(HasSubstr("pool-size: must be"), HasSubstr("log-level: must be")));
}

TEST_F(App, WaitsForTheSchemaServesAndStopsCleanly) {
  Process process(Arguments({"serve", "--greeting", "good day"}), output());
  ASSERT_TRUE(Eventually([&] { return Content(output()).find("assay-bank migrate") != std::string::npos; })) << Content(output());
  EXPECT_EQ(Content(directory_.File("ports")), "");
  ASSERT_EQ(Run({"migrate"}), 0) << Content(output());
  ASSERT_TRUE(AwaitServing()) << Content(output());
  EXPECT_EQ(Health("liveness"), HealthCheckResponse::SERVING);

  bank::v1::GetQuestionRequest request;
  request.set_name("questions/q001");
  const auto question = client_->Call<bank::v1::Question>("assay.bank.v1.QuestionService/GetQuestion", request, Options());
  ASSERT_TRUE(question.ok()) << question.status();
  EXPECT_EQ(question->etag(), "good day");

  auto stream = client_->OpenServerStream<v1::StreamEventsResponse>("assay.bank.v1.EventService/StreamEvents", v1::StreamEventsRequest(), Options());
  process.Signal(SIGTERM);
  v1::StreamEventsResponse message;
  // gRPC resets a stream that reaches the server behind its own goodbye; the client sees that as CANCELLED.
  EXPECT_THAT(stream.Read(message).status().code(), AnyOf(absl::StatusCode::kUnavailable, absl::StatusCode::kCancelled));
  EXPECT_EQ(process.Wait(), 0) << Content(output());
  EXPECT_THAT(Content(output()), HasSubstr("stopped"));
}

TEST_F(App, TurnsNotServingBeforeItStopsAndEndsAtOnceOnASecondSignal) {
  ASSERT_EQ(Run({"migrate"}), 0) << Content(output());
  Process process(Arguments({"serve", "--fail-detect-seconds", "60"}), output());
  ASSERT_TRUE(AwaitServing()) << Content(output());
  process.Signal(SIGTERM);
  ASSERT_TRUE(Eventually([&] { return Health("") == HealthCheckResponse::NOT_SERVING; }));
  EXPECT_EQ(Health("assay.bank.v1"), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Health("liveness"), HealthCheckResponse::SERVING);
  EXPECT_FALSE(process.Ended());
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(), 1);
}

TEST_F(App, StopsWhileItWaitsForADatabase) {
  Process process(Arguments({"serve", "--database", "host=/nonexistent dbname=none"}), output());
  ASSERT_TRUE(Eventually([&] { return Content(output()).find("waiting for the database") != std::string::npos; })) << Content(output());
  process.Signal(SIGINT);
  EXPECT_EQ(process.Wait(), 0) << Content(output());
}

TEST_F(App, RefusesAPortThatAnotherServes) {
  ASSERT_EQ(Run({"migrate"}), 0) << Content(output());
  Process first(Arguments({"serve"}), output());
  ASSERT_TRUE(AwaitServing()) << Content(output());
  const std::string ports = Content(directory_.File("ports"));
  EXPECT_EQ(Run({"serve", "--listen", "127.0.0.1:" + ports.substr(5, ports.find('\n') - 5)}), 1);
  EXPECT_THAT(Content(output()), HasSubstr("cannot listen"));
}

}  // namespace
}  // namespace assay::runtime
