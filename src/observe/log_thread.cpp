#include "observe/log_thread.hpp"

#include <pthread.h>

namespace apiforge::observe {

LogThread::LogThread(LogSink& sink)
    : sink_(sink), thread_([this](const std::stop_token& stop) { run(stop); }) {
  pthread_setname_np(thread_.native_handle(), "apiforge-log");
}

LogThread::~LogThread() {
  thread_.request_stop();
  thread_.join();
  sink_.finish();
}

void LogThread::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    sink_.drain();
    wake_.wait_for(lock, stop, kInterval, [] { return false; });
  }
}

}  // namespace apiforge::observe
