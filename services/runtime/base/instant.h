#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "google/protobuf/timestamp.pb.h"

namespace assay::runtime {

// A moment in UTC, to the microsecond that PostgreSQL keeps.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

google::protobuf::Timestamp ToTimestamp(Instant instant);
Instant FromTimestamp(const google::protobuf::Timestamp& timestamp);
// "2026-11-21T09:30:00.000001Z", also what SQL parameters use.
std::string ToText(Instant instant);
inline int64_t ToMicros(Instant instant) { return instant.time_since_epoch().count(); }
inline Instant FromMicros(int64_t micros) { return Instant(std::chrono::microseconds(micros)); }

// Where time comes from; tests bring their own.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant Now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace assay::runtime
