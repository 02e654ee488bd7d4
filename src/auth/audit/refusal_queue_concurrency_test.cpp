#include <gmock/gmock.h>

#include <string>
#include <thread>

#include "auth/audit/refusal_queue.hpp"

namespace apiforge::auth {
namespace {

TEST(RefusalQueueConcurrencyTest, hands_over_or_counts_every_refusal_exactly_once) {
  constexpr std::uint64_t kNotes = 200'000;
  RefusalQueue queue;
  std::atomic<bool> is_done = false;
  std::jthread worker([&] {
    for (std::uint64_t i = 0; i < kNotes; ++i) {
      const std::string text(40, static_cast<char>('a' + i % 26));
      queue.note({text, text, text, ErrorCode::Forbidden, text});
    }
    is_done = true;
  });

  std::uint64_t taken = 0;
  std::uint64_t dropped = 0;
  std::uint64_t torn = 0;
  const auto drain = [&] {
    for (RefusalQueue::Slot slot; queue.take(slot); ++taken) {
      const std::string whole(40, slot.tenant[0]);
      for (const char* text :
           {slot.tenant.data(), slot.actor.data(), slot.target.data(), slot.client.data()}) {
        if (whole != text) ++torn;
      }
    }
    dropped += queue.take_dropped();
  };
  while (!is_done) drain();
  drain();
  EXPECT_EQ(taken + dropped, kNotes);
  EXPECT_EQ(torn, 0u);
}

}  // namespace
}  // namespace apiforge::auth
