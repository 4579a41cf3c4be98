#include "services/bank/render/program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

// glibc 2.36 forgot to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

namespace assay::bank {
namespace {

using Clock = std::chrono::steady_clock;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { Close(); }

  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

// Ends the child, if it has not ended, and takes its status away.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) Reap(true);
  }

  pid_t pid() const { return pid_; }
  // Status as of waitpid.
  int Reap(bool kill_first) {
    if (kill_first) kill(pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

int MillisecondsUntil(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 60'000));
}

absl::Status SystemError(const char* what) { return absl::InternalError(fmt::format("{}: {}", what, std::strerror(errno))); }

absl::StatusOr<pid_t> Spawn(const std::vector<std::string>& command, int input, int output) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  // A service blocks signals in all its threads; the program must hear them again.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  char language[] = "LC_ALL=C.UTF-8";
  std::array<char*, 2> environment{language, nullptr};
  pid_t pid = -1;
  const int failed = posix_spawnp(&pid, arguments[0], &files, &attributes, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (failed == ENOENT || failed == EACCES) return absl::UnavailableError(fmt::format("the program {} is not installed", command[0]));
  if (failed != 0) return absl::InternalError(fmt::format("{} cannot be started: {}", command[0], std::strerror(failed)));
  return pid;
}

}  // namespace

absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& command, const std::string& input, const ProgramLimits& limits) {
  const Clock::time_point deadline = Clock::now() + limits.time;
  // A socket rather than a pipe for its input: writing to one that is closed can be told not to raise SIGPIPE.
  std::array<int, 2> in{}, out{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in.data()) != 0) return SystemError("socketpair");
  Descriptor to_child(in[0]), child_input(in[1]);
  if (pipe2(out.data(), O_CLOEXEC) != 0) return SystemError("pipe2");
  Descriptor from_child(out[0]), child_output(out[1]);
  const absl::StatusOr<pid_t> pid = Spawn(command, child_input.get(), child_output.get());
  if (!pid.ok()) return pid.status();
  Child child(*pid);
  child_input.Close();
  child_output.Close();
  // It has read nothing yet, so nothing has happened that these would come too late for.
  const auto seconds = static_cast<rlim_t>(std::chrono::ceil<std::chrono::seconds>(limits.time).count() + 1);
  const rlimit cpu{seconds, seconds};
  const rlimit memory{limits.memory_bytes, limits.memory_bytes};
  const rlimit core{0, 0};
  prlimit(child.pid(), RLIMIT_CPU, &cpu, nullptr);
  prlimit(child.pid(), RLIMIT_AS, &memory, nullptr);
  prlimit(child.pid(), RLIMIT_CORE, &core, nullptr);

  std::string answer;
  std::size_t sent = 0;
  std::vector<char> buffer(64u << 10);
  if (input.empty()) to_child.Close();
  while (true) {
    std::array<pollfd, 2> polled{{{from_child.get(), POLLIN, 0}, {to_child.get(), POLLOUT, 0}}};
    const int ready = poll(polled.data(), polled.size(), MillisecondsUntil(deadline));
    if (ready < 0 && errno != EINTR) return SystemError("poll");
    if (Clock::now() >= deadline) return absl::DeadlineExceededError(fmt::format("{} took longer than {} ms", command[0], limits.time.count()));
    if (ready <= 0) continue;
    if (polled[1].revents != 0 && to_child.get() >= 0) {
      const ssize_t n = send(to_child.get(), input.data() + sent, input.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n > 0) sent += static_cast<std::size_t>(n);
      const bool gone = n < 0 && errno != EAGAIN && errno != EINTR;
      if (gone || sent == input.size()) to_child.Close();
    }
    if (polled[0].revents != 0) {
      const ssize_t n = read(from_child.get(), buffer.data(), buffer.size());
      if (n < 0 && errno != EINTR) return SystemError("read");
      if (n == 0) break;
      if (n > 0) answer.append(buffer.data(), static_cast<std::size_t>(n));
      if (answer.size() > limits.output_bytes) return absl::ResourceExhaustedError(fmt::format("{} wrote more than {} bytes", command[0], limits.output_bytes));
    }
  }
  // It has closed its output; the rest of its life is waited for within the same time.
  const Descriptor end(pidfd_open(child.pid(), 0));
  pollfd ended{end.get(), POLLIN, 0};
  while (end.get() >= 0 && poll(&ended, 1, MillisecondsUntil(deadline)) < 0 && errno == EINTR) {
  }
  // A kernel without pidfd cannot be asked to wait for a while; it is ended then.
  const bool overdue = end.get() < 0 || Clock::now() >= deadline;
  const int status = child.Reap(overdue);
  if (!overdue && WIFSIGNALED(status)) return absl::AbortedError(fmt::format("{} was ended by signal {}", command[0], WTERMSIG(status)));
  return answer;
}

}  // namespace assay::bank
