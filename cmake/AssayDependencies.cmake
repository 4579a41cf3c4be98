# Debian ships gRPCConfig.cmake and no protobuf config: module mode first, then gRPC.
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(CURL REQUIRED)
find_package(Boost REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(CJOSE REQUIRED IMPORTED_TARGET cjose)
pkg_check_modules(CTEMPLATE REQUIRED IMPORTED_TARGET libctemplate)
pkg_check_modules(PANGOCAIRO REQUIRED IMPORTED_TARGET pangocairo)
pkg_check_modules(LIBXML2 REQUIRED IMPORTED_TARGET libxml-2.0)

# What the bank allocates from: imports and lists are messages of many small texts, made by one thread and freed by another. The other
# services have less of that to do, and are to stay small. Sanitizers bring their own.
add_library(assay_allocator INTERFACE)
if(NOT ASSAY_SANITIZE AND NOT ASSAY_TSAN AND NOT ASSAY_FUZZ)
  pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
  target_link_libraries(assay_allocator INTERFACE PkgConfig::JEMALLOC)
endif()

# google/rpc, google/type and google/api/{annotations,http}.proto.
find_path(ASSAY_GOOGLEAPIS google/api/annotations.proto
  HINTS /usr/share/gocode/src/github.com/gogo/googleapis /usr/include
  DOC "Directory that holds google/api/annotations.proto")
if(NOT ASSAY_GOOGLEAPIS)
  message(FATAL_ERROR "google/api/annotations.proto not found: install golang-github-gogo-googleapis-dev or set ASSAY_GOOGLEAPIS")
endif()
