#include "observe/call_log.hpp"

#include <utility>

namespace apiforge::observe {

CallLogWriter::CallLogWriter(LineFormat format, bool enabled, std::shared_ptr<WorkerCells> cells)
    : format_(format), enabled_(enabled), cells_(std::move(cells)) {
  free_.reserve(kChunks);
  for (auto& chunk : chunks_) {
    chunk.reset(new LogChunk);  // default-initialised: pages that are never used are never touched
    free_.push_back(chunk.get());
  }
}

void CallLogWriter::append(const CallRecord& call, WallTime now) {
  if (!enabled_) return;
  if (current_ != nullptr && LogChunk::kBytes - current_->used < kMaxCallLine) flush();
  if (current_ == nullptr && !start_chunk()) {
    cells_->log_lines_dropped.add();
    return;
  }
  char* const begin = current_->bytes.data();
  char* const end = append_call_line(begin + current_->used, call, now, stamp_, format_);
  current_->used = static_cast<std::size_t>(end - begin);
  ++current_->lines;
}

void CallLogWriter::flush() {
  if (current_ == nullptr) return;
  // Never full: the ring has room for all chunks there are. The same holds for returned_.
  full_.push(std::exchange(current_, nullptr));
}

bool CallLogWriter::start_chunk() {
  for (LogChunk* chunk = nullptr; returned_.pop(chunk);) free_.push_back(chunk);
  if (free_.empty()) return false;
  current_ = free_.back();
  free_.pop_back();
  current_->used = 0;
  current_->lines = 0;
  return true;
}

LogChunk* CallLogWriter::take() {
  LogChunk* chunk = nullptr;
  full_.pop(chunk);
  return chunk;
}

void CallLogWriter::give_back(LogChunk* chunk) {
  returned_.push(chunk);
}

}  // namespace apiforge::observe
