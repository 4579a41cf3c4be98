#include "bench/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

}  // namespace

absl::StatusOr<Process> Process::Start(const std::vector<std::string>& arguments, const std::string& log,
                                       const std::map<std::string, std::string>& environment) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    if (environment.count(std::string(text.substr(0, text.find('=')))) == 0) variables.emplace_back(text);
  }
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  std::vector<char*> envp;
  for (const std::string& variable : variables) envp.push_back(const_cast<char*>(variable.c_str()));
  envp.push_back(nullptr);

  const pid_t pid = ::fork();
  if (pid < 0) return absl::InternalError("fork failed");
  if (pid == 0) {
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (out >= 0) {
      ::dup2(out, STDOUT_FILENO);
      ::dup2(out, STDERR_FILENO);
    }
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  return Process(pid);
}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    Stop();
    pid_ = std::exchange(other.pid_, 0);
  }
  return *this;
}

bool Process::Running() {
  int status = 0;
  if (pid_ == 0 || ::waitpid(pid_, &status, WNOHANG) != 0) {
    pid_ = 0;
    return false;
  }
  return true;
}

int Process::Wait() {
  int status = 0;
  if (pid_ == 0 || ::waitpid(pid_, &status, 0) < 0) return -1;
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Process::Stop() {
  if (!Running()) return;
  ::kill(pid_, SIGTERM);
  for (int i = 0; i < 1000 && Running(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  Wait();
}

double Process::CpuSeconds() const {
  std::ifstream stat(fmt::format("/proc/{}/stat", pid_));
  std::string line;
  std::getline(stat, line);
  // Past the name, which may hold anything; utime and stime are the 12th and 13th from there.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double Process::ResidentMegabytes() const {
  std::ifstream statm(fmt::format("/proc/{}/statm", pid_));
  double size = 0, resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& arguments, const std::string& log,
                                       const std::map<std::string, std::string>& environment) {
  ::unlink(log.c_str());
  ASSIGN_OR_RETURN(Process process, Process::Start(arguments, log, environment));
  const int code = process.Wait();
  std::ifstream file(log);
  const std::string printed{std::istreambuf_iterator<char>(file), {}};
  if (code == 0) return printed;
  const std::string end = printed.size() > 2000 ? printed.substr(printed.size() - 2000) : printed;
  return absl::InternalError(fmt::format("{} ended with {}: {}", arguments[0], code, end));
}

ProcessorTime ProcessorTime::Now() {
  std::ifstream stat("/proc/stat");
  std::string name;
  stat >> name;
  ProcessorTime time;
  // user, nice, system, idle, iowait, irq, softirq, steal (proc(5)); what follows is counted in user already.
  for (int i = 0; i < 8; ++i) {
    double ticks = 0;
    stat >> ticks;
    time.total += ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
    time.stolen = ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  return time;
}

int FreePort() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  int port = 0;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  ::close(listener);
  return port;
}

bool Accepts(int port) {
  const int connection = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(port);
  const bool accepted = ::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(connection);
  return accepted;
}

}  // namespace assay::bench
