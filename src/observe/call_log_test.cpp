#include "observe/call_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace apiforge::observe {
namespace {

class CallLog : public testing::Test {
 protected:
  void call(std::string_view api) {
    CallRecord record;
    record.api = api;
    writer.append(record, WallTime{});
  }
  std::string drained() {
    std::string text;
    while (LogChunk* chunk = writer.take()) {
      text += chunk->text();
      writer.give_back(chunk);
    }
    return text;
  }

  std::shared_ptr<WorkerCells> cells = std::make_shared<WorkerCells>();
  CallLogWriter writer{LineFormat::Text, true, cells};
};

TEST_F(CallLog, keeps_lines_back_until_the_flush) {
  call("a");
  EXPECT_EQ(writer.take(), nullptr);
  writer.flush();
  const std::string text = drained();
  EXPECT_NE(text.find("API_CALL a "), std::string::npos);
  EXPECT_EQ(text.back(), '\n');
}

TEST_F(CallLog, hands_over_nothing_when_nothing_was_written) {
  writer.flush();
  EXPECT_EQ(writer.take(), nullptr);
}

TEST_F(CallLog, hands_over_full_chunks_without_a_flush) {
  for (int i = 0; i < 1'000; ++i) call("a");
  LogChunk* const chunk = writer.take();
  ASSERT_NE(chunk, nullptr);
  const std::string_view text = chunk->text();
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')), chunk->lines);
  EXPECT_GT(text.size(), LogChunk::kBytes - kMaxCallLine);
}

TEST_F(CallLog, drops_and_counts_lines_when_nobody_drains) {
  for (std::size_t i = 0; i < CallLogWriter::kChunks; ++i) {
    call("a");
    writer.flush();
  }
  EXPECT_EQ(cells->log_lines_dropped.value(), 0u);
  call("lost");
  call("lost");
  EXPECT_EQ(cells->log_lines_dropped.value(), 2u);
  EXPECT_EQ(writer.dropped(), 2u);

  EXPECT_EQ(drained().find("lost"), std::string::npos);
  call("b");
  writer.flush();
  EXPECT_NE(drained().find("API_CALL b "), std::string::npos) << "goes on once there is room";
}

TEST_F(CallLog, is_silent_when_it_is_off) {
  CallLogWriter off(LineFormat::Text, false, cells);
  off.append({}, WallTime{});
  off.flush();
  EXPECT_EQ(off.take(), nullptr);
  EXPECT_EQ(cells->log_lines_dropped.value(), 0u);
}

}  // namespace
}  // namespace apiforge::observe
