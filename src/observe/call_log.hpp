// CallLogWriter: one worker's way into the log file. It formats a line per call into a chunk and
// hands full chunks to the log thread; it never locks, allocates, waits or calls the system. When
// the log thread falls behind by kChunks chunks, lines are dropped and counted.
// `append` and `flush` belong to the worker, `take` and `give_back` to the log thread.
// Owned by both (shared_ptr), so that the last lines of a worker still reach the file.
#pragma once
#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "observe/call_line.hpp"
#include "observe/call_metrics.hpp"
#include "observe/spsc_ring.hpp"

namespace apiforge::observe {

/// Some whole lines.
struct LogChunk {
  static constexpr std::size_t kBytes = 64 << 10;
  std::size_t used = 0;
  std::size_t lines = 0;
  std::array<char, kBytes> bytes;

  std::string_view text() const { return {bytes.data(), used}; }
};

class CallLogWriter {
 public:
  /// 4 MiB a worker: some 18,000 lines, so a disk may hang for 0.3 s at 60,000 calls a second.
  static constexpr std::size_t kChunks = 64;

  /// `enabled` is false only for LOG_LEVEL=OFF: the lines of calls are an access log that no other
  /// level silences. Dropped lines are counted in `cells`.
  CallLogWriter(LineFormat format, bool enabled, std::shared_ptr<WorkerCells> cells);

  /// Worker: writes the line of a finished call.
  void append(const CallRecord& call, WallTime now);
  /// Worker: hands over the lines so far; called every 200 ms and when the worker ends.
  void flush();

  /// Log thread: the next chunk to write, or null; it must be given back.
  LogChunk* take();
  void give_back(LogChunk* chunk);
  /// Any thread: lines dropped so far.
  std::uint64_t dropped() const { return cells_->log_lines_dropped.value(); }

 private:
  bool start_chunk();

  LineFormat format_;
  bool enabled_;
  std::shared_ptr<WorkerCells> cells_;
  LineStamp stamp_;
  LogChunk* current_ = nullptr;
  std::vector<LogChunk*> free_;  ///< used from the back: the chunk that is warmest in the cache
  std::array<std::unique_ptr<LogChunk>, kChunks> chunks_;
  SpscRing<LogChunk*, kChunks> full_;
  SpscRing<LogChunk*, kChunks> returned_;
};

}  // namespace apiforge::observe
