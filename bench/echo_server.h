#pragma once

#include <string>

#include "bench/echo.pb.h"

namespace assay::bench {

// A fixed message of `bytes` bytes once serialised, shaped like a question: a name, texts, concepts and tags.
v1::Echo EchoOf(size_t bytes);

// Serves it with the channel arguments of our services until SIGTERM. Returns the exit code.
int ServeEcho(int port, size_t bytes);

}  // namespace assay::bench
