// LogThread: the thread that writes the log. Workers do not wake it, as that would be a system
// call; it looks every 50 ms. Owned by the application, which ends the workers before it.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "observe/log_sink.hpp"

namespace apiforge::observe {

class LogThread {
 public:
  static constexpr std::chrono::milliseconds kInterval{50};

  /// Starts at once; `sink` outlives it.
  explicit LogThread(LogSink& sink);
  /// Writes all that is left, also what the workers have not flushed: they must have ended.
  ~LogThread();
  LogThread(const LogThread&) = delete;
  LogThread& operator=(const LogThread&) = delete;

 private:
  void run(const std::stop_token& stop);

  LogSink& sink_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace apiforge::observe
