#include "bench/rig.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>

#include <filesystem>
#include <thread>

#include "grpc/health/v1/health.pb.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kStartLimit{30};

bool Serving(runtime::Client& client, const std::string& name) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(name);
  const auto answer = client.Call<grpc::health::v1::HealthCheckResponse>("grpc.health.v1.Health/Check", request);
  return answer.ok() && answer->status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

}  // namespace

std::string TenantOf(int index) { return fmt::format("bench-{:02}", index); }

absl::StatusOr<std::unique_ptr<Rig>> Rig::Create(RigOptions options) {
  std::unique_ptr<Rig> rig(new Rig(std::move(options)));
  std::filesystem::create_directories(rig->KeysDir());
  std::filesystem::permissions(rig->KeysDir(), std::filesystem::perms::owner_all);
  ASSIGN_OR_RETURN(rig->key_, runtime::LocalKey::OpenOrCreate(rig->KeysDir()));
  return rig;
}

std::string Rig::Dsn(const std::string& service, const std::string& user) const {
  return fmt::format("host={} port={} user={} dbname=assay_{}", options_.pg_host, options_.pg_port, user, service);
}

absl::StatusOr<Running> Rig::StartProgram(const std::vector<std::string>& arguments, int port, const std::string& name,
                                          const std::string& health_name) const {
  const auto begin = steady_clock::now();
  ASSIGN_OR_RETURN(Process process, Process::Start(arguments, Log(name)));
  Running running{std::move(process), port, 0};
  const auto failed = [&](const char* what) {
    return absl::InternalError(fmt::format("{} {}; see {}", name, what, Log(name)));
  };
  // A channel that was refused once waits before it tries again, so it comes after the port is there.
  while (!Accepts(port)) {
    if (!running.process.Running()) return failed("ended");
    if (steady_clock::now() - begin > kStartLimit) return failed("does not listen");
    std::this_thread::sleep_for(milliseconds(1));
  }
  ASSIGN_OR_RETURN(const auto client, runtime::Client::Open({.target = running.target()}));
  while (!Serving(*client, health_name)) {
    if (!running.process.Running()) return failed("ended");
    if (steady_clock::now() - begin > kStartLimit) return failed("is not healthy");
    std::this_thread::sleep_for(milliseconds(1));
  }
  running.seconds_to_serve = std::chrono::duration<double>(steady_clock::now() - begin).count();
  return running;
}

absl::StatusOr<Running*> Rig::Start(const std::string& service, const std::string& given_name) {
  const std::string name = given_name.empty() ? service : given_name;
  const std::string program = fmt::format("{}/assay-{}", options_.bin, service);
  RETURN_IF_ERROR(RunProgram({program, "migrate", "--migrate-database", Dsn(service, "assay_owner")}, Log("migrate")).status());
  const int port = FreePort();
  std::vector<std::string> arguments = {program,           "serve",         "--local",
                                        "--keys-dir",      KeysDir(),       "--secret-file",
                                        SecretFile(service), "--database",  Dsn(service, "assay_login"),
                                        "--listen",        fmt::format("127.0.0.1:{}", port),
                                        "--metrics-listen", "127.0.0.1:0",  "--fail-detect-seconds",
                                        "0"};
  for (const char* peer : {"bank", "scoring"}) {
    const auto found = services_.find(peer);
    const bool wanted = service == "reporting" || (service == "scoring" && peer == std::string("bank"));
    if (wanted && found != services_.end()) {
      arguments.push_back(fmt::format("--{}", peer));
      arguments.push_back(found->second.target());
    }
  }
  ASSIGN_OR_RETURN(Running running, StartProgram(arguments, port, name, fmt::format("assay.{}.v1", service)));
  return &services_.insert_or_assign(name, std::move(running)).first->second;
}

absl::StatusOr<std::string> Rig::Token(const std::string& tenant, const std::string& subject,
                                       const std::vector<std::string>& scopes) const {
  return key_->MintToken({.tenant = tenant, .subject = subject, .scopes = scopes, .lifetime = std::chrono::hours(1), .audience = ""},
                         runtime::SystemClock().Now());
}

absl::StatusOr<std::unique_ptr<runtime::Client>> Rig::Connect(const std::string& service) {
  return runtime::Client::Open({.target = this->service(service).target()});
}

absl::Status Rig::ImportPack(const std::string& token) {
  return RunProgram({options_.bin + "/assayctl", "pack", "import", options_.pack}, Log("import"),
                    {{"ASSAY_BANK", service("bank").target()}, {"ASSAY_TOKEN", token}})
      .status();
}

}  // namespace assay::bench
