#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace assay::bench {

// A child process. Destroying it ends the child: SIGTERM, and SIGKILL where that takes longer than ten seconds.
class Process {
 public:
  // Runs `arguments` (the first is the program) with `environment` added to ours; what it prints goes to the end of `log`.
  static absl::StatusOr<Process> Start(const std::vector<std::string>& arguments, const std::string& log,
                                       const std::map<std::string, std::string>& environment = {});
  Process(Process&& other) noexcept : pid_(other.pid_) { other.pid_ = 0; }
  Process& operator=(Process&& other) noexcept;
  ~Process() { Stop(); }

  bool Running();
  // Waits for its end; its exit code, or 128 and the signal.
  int Wait();
  void Stop();
  // Time on processors so far.
  double CpuSeconds() const;
  // Resident memory in megabytes (10^6 bytes).
  double ResidentMegabytes() const;

 private:
  explicit Process(pid_t pid) : pid_(pid) {}

  pid_t pid_ = 0;
};

// Runs a program to its end. INTERNAL with the end of its output where it fails; else what it printed.
absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& arguments, const std::string& log,
                                       const std::map<std::string, std::string>& environment = {});

// Of the time that the processors have had since the machine started, the part that its host gave to others; seconds.
struct ProcessorTime {
  double total = 0;
  double stolen = 0;
  static ProcessorTime Now();
};

// A loopback port that nobody listens on.
int FreePort();
// Whether something accepts connections on a loopback port.
bool Accepts(int port);

}  // namespace assay::bench
