#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct pg_conn;

namespace assay::runtime {

struct ConnectionSettings;

// A connection that listens on one channel of LISTEN and NOTIFY and sends on it, owned by one thread. Sending does not wait
// for the server, so the thread can listen meanwhile. An error means that the connection is gone; open another one and take
// it that notifications were lost.
class NotificationConnection {
 public:
  // Waits for the server, at most as long as its connect_timeout. UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<NotificationConnection>> Open(const ConnectionSettings& settings,
                                                                      const std::string& channel);
  ~NotificationConnection();
  NotificationConnection(const NotificationConnection&) = delete;
  NotificationConnection& operator=(const NotificationConnection&) = delete;

  // Readable when Receive() has something to do.
  int socket() const;
  // Whether what was sent last has not been answered yet; nothing else can be sent until then.
  bool busy() const { return busy_; }
  // Sends a notification in a transaction of its own, which is not waited for on disk: nothing durable is in it.
  absl::Status Send(const std::string& payload);
  // Takes in what has arrived without waiting; the payloads that other connections have sent, in their order.
  absl::StatusOr<std::vector<std::string>> Receive();

 private:
  NotificationConnection(pg_conn* connection, std::string channel);
  absl::Status Gone() const;

  const std::unique_ptr<pg_conn, void (*)(pg_conn*)> connection_;
  const std::string channel_;
  bool busy_ = false;
};

}  // namespace assay::runtime
