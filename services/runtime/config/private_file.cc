#include "services/runtime/config/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/base/text.h"

namespace assay::runtime {
namespace {

constexpr size_t kMaxBytes = 1 << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  const int fd_;
};

absl::Status Failed(const char* what, const std::string& path) {
  const int error = errno;
  const std::string text = fmt::format("cannot {} {}: {}", what, path, std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(text) : absl::FailedPreconditionError(text);
}

absl::Status WriteAll(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Failed("write", path);
    content.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(fd) != 0) return Failed("sync", path);
  return absl::OkStatus();
}

// A finished file beside `path` under a name of its own.
absl::StatusOr<std::string> WriteBeside(const std::string& path, std::string_view content, mode_t mode) {
  const std::string temporary = fmt::format("{}.{}", path, Hex(RandomBytes(8)));
  const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file.ok()) return Failed("create", temporary);
  // The umask may have taken rights that readers need; it can never have added any.
  absl::Status status = fchmod(file.get(), mode) == 0 ? WriteAll(file.get(), content, temporary) : Failed("chmod", temporary);
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return temporary;
}

}  // namespace

absl::StatusOr<std::string> ReadPrivateFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return Failed("open", path);
  struct stat info = {};
  if (fstat(file.get(), &info) != 0) return Failed("read", path);
  if (!S_ISREG(info.st_mode)) return absl::FailedPreconditionError(fmt::format("{} is no regular file", path));
  // The group may read: that is how a secret reaches a process that does not own the file (a mounted volume).
  if ((info.st_mode & 037) != 0) {
    return absl::FailedPreconditionError(fmt::format("{} is open to others (mode {:o}); chmod 600 it", path, info.st_mode & 0777));
  }
  if (static_cast<size_t>(info.st_size) > kMaxBytes) return absl::FailedPreconditionError(fmt::format("{} is too large", path));
  std::string content(static_cast<size_t>(info.st_size), '\0');
  size_t got = 0;
  while (got < content.size()) {
    const ssize_t count = read(file.get(), content.data() + got, content.size() - got);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failed("read", path);
    if (count == 0) break;
    got += static_cast<size_t>(count);
  }
  content.resize(got);
  return content;
}

absl::Status CreatePrivateFile(const std::string& path, std::string_view content) {
  ASSIGN_OR_RETURN(const std::string temporary, WriteBeside(path, content, 0600));
  // link() fails when the name is taken: of several writers exactly one wins, and none is seen half written.
  const int linked = link(temporary.c_str(), path.c_str());
  const int error = errno;
  unlink(temporary.c_str());
  errno = error;
  if (linked != 0 && error != EEXIST) return Failed("create", path);
  return absl::OkStatus();
}

absl::Status ReplaceFile(const std::string& path, std::string_view content, mode_t mode) {
  ASSIGN_OR_RETURN(const std::string temporary, WriteBeside(path, content, mode));
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    absl::Status status = Failed("replace", path);
    unlink(temporary.c_str());
    return status;
  }
  return absl::OkStatus();
}

}  // namespace assay::runtime
