// Log: what the program says about itself, in the same file and form as the lines of calls.
//
//   2026-11-22 10:00:00.123 WARNING NET endpoint ejected api=binance failures=5
//
// Any thread may log; a message takes a short lock, so it has no place on the way of a call. The
// lines wait in a bounded LineQueue until the log thread writes them. A Log is a small value that
// refers to the queue and the clock, which outlive it; it is passed on, never global.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "observe/line_text.hpp"

namespace apiforge::observe {

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error, Off };

/// `DEBUG`, `INFO`, `WARNING`, `ERROR`, `OFF` in any case; else InvalidConfiguration.
Result<LogLevel> parse_log_level(std::string_view text);
/// `text` or `json` in any case; else InvalidConfiguration.
Result<LineFormat> parse_line_format(std::string_view text);
std::string_view level_name(LogLevel level);

/// Lines on their way to the log thread. Thread-safe.
class LineQueue {
 public:
  static constexpr std::size_t kMaxLines = 4'096;

  /// A line with its line feed; dropped and counted when kMaxLines are waiting.
  void push(std::string line);
  /// All lines since the last call, in order.
  std::vector<std::string> take();
  std::uint64_t dropped() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::uint64_t dropped_ = 0;
};

/// One `key=value` pair; the value may be a temporary.
struct LogField {
  std::string_view key;
  std::string_view value;
};

class Log {
 public:
  static constexpr std::size_t kMaxMessage = 1'024;  ///< bytes; what is longer is cut
  static constexpr std::size_t kMaxValue = 1'024;

  /// `word` says which part speaks; it stands where API_CALL stands in a call's line.
  Log(LineQueue& queue, const Clock& clock, LogLevel level, LineFormat format, std::string word)
      : queue_(&queue), clock_(&clock), level_(level), format_(format), word_(std::move(word)) {}

  /// The same log for another part of the program.
  Log named(std::string word) const { return {*queue_, *clock_, level_, format_, std::move(word)}; }

  bool writes(LogLevel level) const { return level >= level_ && level_ != LogLevel::Off; }
  void write(LogLevel level, std::string_view message,
             std::initializer_list<LogField> fields = {}) const;

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::Debug, message, fields);
  }
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::Info, message, fields);
  }
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::Warning, message, fields);
  }
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const {
    write(LogLevel::Error, message, fields);
  }

 private:
  LineQueue* queue_;
  const Clock* clock_;
  LogLevel level_;
  LineFormat format_;
  std::string word_;
};

}  // namespace apiforge::observe
