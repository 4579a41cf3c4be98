#include "cli/import_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "assay/bank/v1/pack_service.pb.h"

namespace assay::cli {
namespace {

constexpr char kMethod[] = "assay.bank.v1.PackService/GetImport";
constexpr std::chrono::milliseconds kTerminal{500};
constexpr std::chrono::seconds kElsewhere{5};

std::string Megabytes(int64_t bytes) { return fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6); }

}  // namespace

ImportProgress::ImportProgress(Session& session, std::string token, std::string name)
    : session_(session), token_(std::move(token)), name_(std::move(name)), terminal_(::isatty(STDERR_FILENO) == 1), thread_([this] { Run(); }) {}

ImportProgress::~ImportProgress() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

std::string ImportProgress::Line() const {
  const auto client = session_.ClientFor(kMethod);
  if (!client.ok()) return "";
  bank::v1::GetImportRequest request;
  request.set_name(name_);
  runtime::CallOptions call = session_.CallDefaults();
  call.bearer = token_;
  // Nobody waits for it: one that fails is a line less.
  const auto import = (*client)->Call<bank::v1::Import>(kMethod, request, call);
  if (!import.ok()) return "";
  if (import->state() == bank::v1::IMPORT_STATE_APPLYING) return fmt::format("{} of {} questions written", import->applied(), import->staged());
  if (import->state() != bank::v1::IMPORT_STATE_STAGING) return "";
  const std::string of = import->total_bytes() > 0 ? " of " + Megabytes(import->total_bytes()) : "";
  return fmt::format("{}{} MB read, {} questions staged", Megabytes(import->bytes()), of, import->staged());
}

void ImportProgress::Run() {
  std::unique_lock lock(mutex_);
  bool shown = false;
  const auto pause = terminal_ ? kTerminal : std::chrono::duration_cast<std::chrono::milliseconds>(kElsewhere);
  while (!changed_.wait_for(lock, pause, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ended_; })) {
    lock.unlock();
    if (const std::string line = Line(); !line.empty()) {
      shown = true;
      std::cerr << (terminal_ ? "\r\x1b[K" : "") << line << (terminal_ ? "" : "\n") << std::flush;
    }
    lock.lock();
  }
  if (shown && terminal_) std::cerr << "\r\x1b[K" << std::flush;
}

}  // namespace assay::cli
