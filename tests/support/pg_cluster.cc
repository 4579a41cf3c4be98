#include "tests/support/pg_cluster.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <libpq-fe.h>

namespace assay::testing {
namespace {

namespace fs = std::filesystem;
constexpr char kPrefix[] = "assay-pg-";
constexpr std::chrono::seconds kStart{60};

[[noreturn]] void Fail(const std::string& what) { throw std::runtime_error("test PostgreSQL: " + what); }

std::string FirstLineOf(const char* command) {
  std::string line;
  if (FILE* pipe = ::popen(command, "r")) {
    char buffer[512];
    if (std::fgets(buffer, sizeof(buffer), pipe) != nullptr) line = buffer;
    ::pclose(pipe);
  }
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  return line;
}

// Debian keeps the server's binaries off PATH; the newest version wins.
fs::path FindBinaries() {
  std::error_code ignored;
  fs::path best;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    if (fs::exists(entry.path() / "bin/initdb") && (best.empty() || entry.path() / "bin" > best)) best = entry.path() / "bin";
  }
  const fs::path configured = FirstLineOf("pg_config --bindir 2>/dev/null");
  if (!configured.empty() && fs::exists(configured / "initdb")) best = configured;
  if (best.empty()) Fail("initdb was not found; install the package postgresql-15");
  return best;
}

// Whom the server runs as: it refuses root.
struct Account {
  uid_t uid = ::geteuid();
  gid_t gid = ::getegid();
};

Account ServerAccount() {
  Account account;
  if (account.uid != 0) return account;
  const passwd* entry = ::getpwnam("postgres");
  if (entry == nullptr) entry = ::getpwnam("nobody");
  if (entry == nullptr) Fail("there is neither a user postgres nor nobody to run it as");
  return {.uid = entry->pw_uid, .gid = entry->pw_gid};
}

// Starts a program as `account` that dies with this thread, its output in `log`. Only what is safe after fork() in a process
// with threads happens in the child.
pid_t Spawn(const std::vector<std::string>& arguments, const Account& account, const fs::path& directory, const fs::path& log) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const bool drop = account.uid != ::geteuid();
  const std::string log_path = log.string(), directory_path = directory.string();
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) Fail("fork failed");
  if (child > 0) return child;
  const int out = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(out, 1);
  ::dup2(out, 2);
  if (drop && (::setgroups(1, &account.gid) != 0 || ::setgid(account.gid) != 0 || ::setuid(account.uid) != 0)) ::_exit(125);
  if (::chdir(directory_path.c_str()) != 0) ::_exit(125);
  ::setpgid(0, 0);  // an interrupt at the terminal is for the test, which then takes the server down
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // after setuid, which clears it
  if (::getppid() != parent) ::_exit(125);
  ::execv(argv[0], argv.data());
  ::_exit(126);
}

std::string Contents(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// What a killed test left behind: directories named after a process that is no more.
void SweepStale(const fs::path& root) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(root, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const pid_t owner = static_cast<pid_t>(std::strtol(name.c_str() + std::strlen(kPrefix), nullptr, 10));
    if (owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
  }
}

class Cluster {
 public:
  static Cluster& Get() {
    static Cluster cluster;
    return cluster;
  }

  std::string Dsn(const std::string& user, const std::string& database, const std::string& role = "") const {
    std::string dsn = fmt::format("host={} dbname={} user={} connect_timeout=20", directory_.string(), database, user);
    if (!role.empty()) dsn += fmt::format(" options='-c role={}'", role);
    return dsn;
  }

  std::string NewDatabase(const std::vector<runtime::Migration>& migrations) {
    std::lock_guard lock(mutex_);
    std::string key;
    for (const auto& migration : migrations) key += migration.name + '\0' + migration.sql + '\0';
    auto [entry, fresh] = templates_.try_emplace(key);
    if (fresh) {
      const std::string name = fmt::format("template_{}", templates_.size());
      Admin(fmt::format("CREATE DATABASE {} OWNER assay_owner", name));
      if (const auto version = runtime::Migrate(Dsn("assay_owner", name), migrations); !version.ok()) {
        templates_.erase(entry);
        Fail(std::string(version.status().message()));
      }
      entry->second = name;
    }
    const std::string name = fmt::format("test_{}", ++databases_);
    Admin(fmt::format("CREATE DATABASE {} OWNER assay_owner TEMPLATE {}", name, entry->second));
    return name;
  }

  void Admin(const std::string& sql) { RunSql(Dsn("assay_admin", "postgres"), sql); }

 private:
  Cluster() {
    const fs::path binaries = FindBinaries();
    const Account account = ServerAccount();
    const fs::path root = fs::temp_directory_path();
    SweepStale(root);
    std::string pattern = (root / fmt::format("{}{}-XXXXXX", kPrefix, ::getpid())).string();
    if (::mkdtemp(pattern.data()) == nullptr) Fail("cannot make " + pattern);
    directory_ = pattern;
    try {
      Start(binaries, account);
    } catch (...) {
      Stop();
      throw;
    }
  }
  ~Cluster() { Stop(); }

  void Start(const fs::path& binaries, const Account& account) {
    if (::geteuid() == 0 && ::chown(directory_.c_str(), account.uid, account.gid) != 0) Fail("chown failed");
    const std::string data = (directory_ / "data").string();
    const fs::path log = directory_ / "log";
    const pid_t initdb = Spawn({(binaries / "initdb").string(), "--no-sync", "--auth=trust", "--username=assay_admin",
                                "--encoding=UTF8", "--locale=C.UTF-8", "--pgdata", data},
                               account, directory_, log);
    int status = 0;
    ::waitpid(initdb, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) Fail("initdb failed: " + Contents(log));

    std::vector<std::string> arguments = {(binaries / "postgres").string(), "-D", data, "-k", directory_.string()};
    for (const char* setting :
         {"listen_addresses=", "fsync=off", "full_page_writes=off", "autovacuum=off", "jit=off", "max_connections=200",
          "shared_buffers=64MB", "wal_level=minimal", "max_wal_senders=0", "deadlock_timeout=100ms", "lc_messages=C",
          "log_min_messages=fatal", "unix_socket_permissions=0777"}) {
      arguments.insert(arguments.end(), {"-c", setting});
    }
    server_ = Spawn(arguments, account, directory_, log);
    const auto until = std::chrono::steady_clock::now() + kStart;
    while (PQping(Dsn("assay_admin", "postgres").c_str()) != PQPING_OK) {
      if (::waitpid(server_, &status, WNOHANG) == server_) {
        server_ = 0;
        Fail("the server did not start: " + Contents(log));
      }
      if (std::chrono::steady_clock::now() > until) Fail("the server does not answer: " + Contents(log));
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    Admin(
        "CREATE ROLE assay_owner LOGIN CREATEROLE; CREATE ROLE assay_app NOLOGIN; CREATE ROLE assay_feed NOLOGIN;"
        "CREATE ROLE assay_login LOGIN NOINHERIT IN ROLE assay_app, assay_feed");
  }

  void Stop() {
    if (server_ > 0) {
      ::kill(server_, SIGQUIT);  // nothing in it is worth a checkpoint
      ::waitpid(server_, nullptr, 0);
      server_ = 0;
    }
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

  fs::path directory_;
  pid_t server_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::string> templates_;
  int databases_ = 0;
};

}  // namespace

std::string OwnerDsn(const std::string& database) { return Cluster::Get().Dsn("assay_owner", database); }
std::string AppDsn(const std::string& database) { return Cluster::Get().Dsn("assay_login", database, "assay_app"); }
std::string FeedDsn(const std::string& database) { return Cluster::Get().Dsn("assay_login", database, "assay_feed"); }
std::string AdminDsn(const std::string& database) { return Cluster::Get().Dsn("assay_admin", database); }

std::vector<std::string> RunSql(const std::string& dsn, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(dsn.c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) Fail(PQerrorMessage(connection.get()));
  PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) Fail(PQerrorMessage(connection.get()));
  std::vector<std::string> column;
  for (int row = 0; row < PQntuples(result.get()); ++row) column.emplace_back(PQgetvalue(result.get(), row, 0));
  return column;
}

std::vector<std::string> UnpreparableQueries(const std::string& dsn) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(dsn.c_str()), &PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) Fail(PQerrorMessage(connection.get()));
  std::vector<std::string> bad;
  for (const runtime::Query* query : runtime::Query::All()) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQprepare(connection.get(), query->name(), query->sql(), 0, nullptr), &PQclear);
    if (PQresultStatus(result.get()) == PGRES_COMMAND_OK) continue;
    bad.push_back(fmt::format("{}: {}", query->name(), PQerrorMessage(connection.get())));
  }
  return bad;
}

TestDatabase::TestDatabase(const std::vector<runtime::Migration>& migrations) : name_(Cluster::Get().NewDatabase(migrations)) {}

TestDatabase::~TestDatabase() {
  try {
    Cluster::Get().Admin(fmt::format("DROP DATABASE {} WITH (FORCE)", name_));
  } catch (const std::exception&) {
    // The whole server goes at the end.
  }
}

}  // namespace assay::testing
