// A worker and a log thread at once; meant for the thread sanitizer.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include "observe/call_log.hpp"
#include "observe/spsc_ring.hpp"

namespace apiforge::observe {
namespace {

TEST(SpscRingConcurrency, keeps_all_values_in_order) {
  constexpr std::uint64_t kValues = 200'000;
  SpscRing<std::uint64_t, 16> ring;
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < kValues;) {
      if (ring.push(i)) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  for (std::uint64_t expected = 0; expected < kValues;) {
    std::uint64_t value = 0;
    if (ring.pop(value)) {
      EXPECT_EQ(value, expected++);
    } else {
      std::this_thread::yield();
    }
  }
  producer.join();
}

TEST(CallLogConcurrency, writes_or_counts_every_line) {
  constexpr std::uint64_t kCalls = 100'000;
  const auto cells = std::make_shared<WorkerCells>();
  CallLogWriter writer(LineFormat::Text, true, cells);
  std::atomic<bool> done = false;
  std::thread worker([&] {
    CallRecord call;
    call.api = "a";
    for (std::uint64_t i = 0; i < kCalls; ++i) {
      writer.append(call, WallTime{});
      if (i % 1'000 == 0) writer.flush();
    }
    writer.flush();
    done = true;
  });
  std::uint64_t lines = 0;
  const auto drain = [&] {
    while (LogChunk* chunk = writer.take()) {
      const auto text = chunk->text();
      EXPECT_TRUE(text.ends_with('\n'));
      lines += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
      writer.give_back(chunk);
    }
  };
  while (!done) {
    drain();
    std::this_thread::yield();
  }
  worker.join();
  drain();
  EXPECT_EQ(lines + cells->log_lines_dropped.value(), kCalls);
}

}  // namespace
}  // namespace apiforge::observe
