#include "net/signals.hpp"

#include <gmock/gmock.h>

#include <csignal>

#include "net/loopback_fixture.hpp"

namespace apiforge::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Signals that do nothing to a process that does not watch them.
class SignalWatchTest : public LoopbackTest {
 protected:
  std::unique_ptr<SignalWatch> watch(const std::vector<int>& signals) {
    return std::make_unique<SignalWatch>(loop, signals, [this](int number) {
      EXPECT_TRUE(in_poll) << "called from within the signal";
      seen.push_back(number);
    });
  }
  void raise_and_settle(int number) {
    in_poll = false;
    std::raise(number);
    in_poll = true;
    settle();
  }

  bool in_poll = true;
  std::vector<int> seen;
};

TEST_F(SignalWatchTest, calls_on_the_loop_each_time) {
  const auto watching = watch({SIGWINCH, SIGURG});
  raise_and_settle(SIGWINCH);
  EXPECT_THAT(seen, ElementsAre(SIGWINCH));
  raise_and_settle(SIGURG);
  raise_and_settle(SIGWINCH);
  EXPECT_THAT(seen, ElementsAre(SIGWINCH, SIGURG, SIGWINCH));
}

TEST_F(SignalWatchTest, hears_only_what_it_was_asked_for) {
  const auto watching = watch({SIGURG});
  raise_and_settle(SIGWINCH);
  EXPECT_THAT(seen, IsEmpty());
}

TEST_F(SignalWatchTest, is_silent_after_its_end) {
  auto watching = watch({SIGWINCH});
  raise_and_settle(SIGWINCH);
  watching.reset();
  raise_and_settle(SIGWINCH);
  EXPECT_THAT(seen, ElementsAre(SIGWINCH));
}

TEST_F(SignalWatchTest, may_be_ended_while_a_signal_is_on_its_way) {
  auto watching = watch({SIGWINCH});
  in_poll = false;
  std::raise(SIGWINCH);
  watching.reset();
  in_poll = true;
  settle();
  EXPECT_THAT(seen, IsEmpty());
}

}  // namespace
}  // namespace apiforge::net
