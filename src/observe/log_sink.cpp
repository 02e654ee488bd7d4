#include "observe/log_sink.hpp"

#include <unistd.h>

#include <utility>

namespace apiforge::observe {
namespace {

constexpr std::chrono::seconds kReportInterval{1};

/// Best effort: where stderr is gone there is nobody left to tell.
void write_to_stderr(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

Result<std::unique_ptr<LogSink>> LogSink::open(LogSettings settings, const Clock& clock) {
  std::unique_ptr<LogSink> sink(new LogSink(std::move(settings), clock));
  if (sink->settings_.file.path.empty()) return sink;
  auto file = LogFile::open(sink->settings_.file);
  if (!file) return std::unexpected(std::move(file.error()));
  sink->file_ = std::move(*file);
  return sink;
}

LogSink::LogSink(LogSettings settings, const Clock& clock)
    : settings_(std::move(settings)),
      clock_(clock),
      log_(queue_, clock, settings_.level, settings_.format, "LOG") {}

Log LogSink::log(std::string word) {
  return log_.named(std::move(word));
}

std::shared_ptr<CallLogWriter> LogSink::add_writer(std::shared_ptr<WorkerCells> cells) {
  auto writer = std::make_shared<CallLogWriter>(settings_.format, settings_.level != LogLevel::Off,
                                                std::move(cells));
  const std::lock_guard lock(writers_mutex_);
  writers_.push_back(writer);
  return writer;
}

std::vector<std::shared_ptr<CallLogWriter>> LogSink::writers() const {
  const std::lock_guard lock(writers_mutex_);
  return writers_;
}

std::uint64_t LogSink::lost_lines() const {
  std::uint64_t lost = unwritten_lines_.value() + queue_.dropped();
  for (const auto& writer : writers()) lost += writer->dropped();
  return lost;
}

void LogSink::drain() {
  if (reopen_requested_.exchange(false) && file_) file_->reopen();
  drain_calls();
  drain_messages();
  flush();
  report_losses();
}

void LogSink::finish() {
  for (const auto& writer : writers()) writer->flush();
  drain();
  drain_messages();  // a report of losses, if there was one
  flush();
}

void LogSink::drain_calls() {
  for (const auto& writer : writers()) {
    // At most one round of a writer's chunks, so that a busy worker does not starve the others.
    for (std::size_t i = 0; i < CallLogWriter::kChunks; ++i) {
      LogChunk* const chunk = writer->take();
      if (chunk == nullptr) break;
      write(chunk->text(), chunk->lines);
      writer->give_back(chunk);
    }
  }
}

void LogSink::drain_messages() {
  for (const std::string& line : queue_.take()) write(line, 1);
}

void LogSink::write(std::string_view lines, std::size_t count) {
  if (settings_.echo) write_to_stderr(lines);
  if (!file_) return;
  file_->write(lines);  // what fails shows at the flush
  unflushed_lines_ += count;
}

void LogSink::flush() {
  if (!file_ || unflushed_lines_ == 0) return;
  const std::size_t lines = std::exchange(unflushed_lines_, 0);
  const bool failed = !file_->flush();
  if (failed) {
    unwritten_lines_.add(lines);  // some of them may have been written; better said than hidden
    if (!file_fails_) {
      write_to_stderr("apiforge: the log file '" + settings_.file.path.string() +
                      "' cannot be written; lines are lost until it can\n");
    }
  }
  file_fails_ = failed;
}

void LogSink::report_losses() {
  const std::uint64_t lost = lost_lines();
  const MonotonicTime now = clock_.now();
  if (lost == reported_losses_ || file_fails_ || now < next_report_) return;
  log_.error("log lines lost", {{"count", std::to_string(lost - reported_losses_)}});
  reported_losses_ = lost;
  next_report_ = now + kReportInterval;
}

}  // namespace apiforge::observe
