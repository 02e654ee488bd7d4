// LogSink: where all lines end. It drains the workers' chunks and the program's own lines into the
// rotating file and, in development, to stderr. Owned by the application.
// `drain` belongs to the log thread (see LogThread); the other functions say who may call them.
//
// Lines of one writer stay in order; lines of different writers may be up to 200 ms out of order.
// Lines that are lost (a writer that overran, a full disk) are counted and reported in the log.
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "observe/call_log.hpp"
#include "observe/log.hpp"
#include "observe/log_file.hpp"

namespace apiforge::observe {

struct LogSettings {
  /// Least level of the program's own lines. The lines of calls are an access log: they are written
  /// at every level, as operators count them in production too, and cease only with Off.
  LogLevel level = LogLevel::Warning;
  LineFormat format = LineFormat::Text;
  LogFile::Settings file;  ///< an empty path means no file
  bool echo = false;       ///< also to stderr
};

class LogSink {
 public:
  /// Opens the file; InvalidConfiguration when that is not possible. The clock outlives the sink.
  static Result<std::unique_ptr<LogSink>> open(LogSettings settings, const Clock& clock);

  /// Any thread: a log for the part of the program that is called `word`. The sink outlives it.
  Log log(std::string word);
  /// Any thread, while the program starts: a worker's way into the file.
  std::shared_ptr<CallLogWriter> add_writer(std::shared_ptr<WorkerCells> cells);
  /// Any thread, also a signal handler: the file was moved away (SIGHUP from logrotate).
  void request_reopen() { reopen_requested_ = true; }
  /// Any thread: lines that did not reach the file so far.
  std::uint64_t lost_lines() const;

  /// Log thread: writes all that waits and hands it to the operating system.
  void drain();
  /// The last act, when workers and log thread have ended: writes what the workers left.
  void finish();

 private:
  LogSink(LogSettings settings, const Clock& clock);

  void write(std::string_view lines, std::size_t count);
  void drain_calls();
  void drain_messages();
  void flush();
  void report_losses();
  std::vector<std::shared_ptr<CallLogWriter>> writers() const;

  LogSettings settings_;
  const Clock& clock_;
  LineQueue queue_;
  Log log_;
  std::optional<LogFile> file_;
  std::atomic<bool> reopen_requested_ = false;
  static_assert(std::atomic<bool>::is_always_lock_free);

  mutable std::mutex writers_mutex_;
  std::vector<std::shared_ptr<CallLogWriter>> writers_;

  std::size_t unflushed_lines_ = 0;
  Counter unwritten_lines_;
  bool file_fails_ = false;
  std::uint64_t reported_losses_ = 0;
  MonotonicTime next_report_{};
};

}  // namespace apiforge::observe
