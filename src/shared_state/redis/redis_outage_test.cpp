#include "shared_state/redis/redis_fixture.hpp"

namespace apiforge::shared_state {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// How late a busy machine may wake us.
constexpr milliseconds kScheduling{400};
constexpr milliseconds kTimeout{20};

class RedisOutageTest : public RedisTest {
 protected:
  struct Waited {
    bool answered = false;
    std::chrono::nanoseconds time{0};
  };
  /// Asks for one unit, and tells how long the answer took. Polls without pausing.
  Waited ask(Redis& redis) { return ask(redis, slow); }
  Waited ask(Redis& redis, const SharedRate& rate) {
    std::optional<bool> answered;
    const MonotonicTime begin = on.clock.now();
    redis.counters().lease(rate, 1, false, [&](auto lease) { answered = lease.has_value(); });
    while (!answered) on.loop.poll();
    return {*answered, on.clock.now() - begin};
  }
  void warm_up(Redis& redis) { ASSERT_TRUE(answers(redis)); }
};

TEST_F(RedisOutageTest, a_hang_costs_five_calls_their_patience_and_no_more) {
  const auto redis = open(options(kTimeout));
  warm_up(*redis);
  server->pause();
  int slow_calls = 0;
  int refused_at_once = 0;
  const MonotonicTime begin = on.clock.now();
  for (int i = 0; i < 200 && on.clock.now() < begin + milliseconds(700); ++i) {
    const Waited waited = ask(*redis);
    ASSERT_FALSE(waited.answered);
    EXPECT_LE(waited.time, kTimeout + kScheduling);
    waited.time >= kTimeout ? ++slow_calls : ++refused_at_once;
  }
  EXPECT_EQ(slow_calls, 5);
  EXPECT_GT(refused_at_once, 0);
  EXPECT_FALSE(redis->counters().reachable());
  EXPECT_EQ(redis->health().timeouts, 5U);

  server->resume();
  ASSERT_TRUE(answers(*redis));
  EXPECT_TRUE(redis->counters().reachable());
}

TEST_F(RedisOutageTest, calls_that_are_under_way_are_cut_together) {
  const auto redis = open(options(kTimeout));
  warm_up(*redis);
  server->pause();
  constexpr int kCalls = 100;
  int ended = 0;
  for (int i = 0; i < kCalls; ++i) {
    redis->counters().lease(slow, 1, false, [&](auto lease) {
      EXPECT_FALSE(lease);
      ++ended;
    });
  }
  const MonotonicTime begin = on.clock.now();
  ASSERT_TRUE(on.becomes([&] { return ended == kCalls; }));
  EXPECT_LE(on.clock.now() - begin, kTimeout + kScheduling);
  server->resume();
}

TEST_F(RedisOutageTest, one_probe_a_second_goes_through_while_redis_hangs) {
  const auto redis = open(options(kTimeout));
  warm_up(*redis);
  server->pause();
  const std::uint64_t before = redis->health().timeouts;
  const MonotonicTime end = on.clock.now() + milliseconds(1'700);
  while (on.clock.now() < end) ask(*redis);
  const std::uint64_t timeouts = redis->health().timeouts - before;
  EXPECT_GE(timeouts, 5U);
  EXPECT_LE(timeouts, 7U);
  server->resume();
}

TEST_F(RedisOutageTest, a_server_that_is_gone_refuses_at_once) {
  const auto redis = open(options(seconds(5)));
  warm_up(*redis);
  server->kill();
  on.pass(milliseconds(20));
  for (int i = 0; i < 50; ++i) {
    const Waited waited = ask(*redis);
    EXPECT_FALSE(waited.answered);
    EXPECT_LE(waited.time, kScheduling);
  }
  server->start();
  EXPECT_TRUE(answers(*redis));
}

TEST_F(RedisOutageTest, a_window_that_could_not_be_asked_begins_empty_and_the_others_do_not) {
  const auto redis = open(options(milliseconds(200)));
  SharedRate window = slow;
  window.algorithm = model::LimitAlgorithm::FixedWindow;
  SharedRate other = window;
  other.key = "other";
  warm_up(*redis);
  server->pause();
  ASSERT_FALSE(ask(*redis, window).answered);
  EXPECT_TRUE(redis->counters().reachable());  // one hiccup is no outage
  server->resume();
  ASSERT_TRUE(answers(*redis));
  EXPECT_EQ(units(*redis, window, 10), 0);
  EXPECT_EQ(units(*redis, other, 10), 10);
}

TEST_F(RedisOutageTest, what_a_share_may_have_used_while_a_bucket_could_not_be_asked_is_paid) {
  const auto redis = open(options(milliseconds(200)));
  redis->start();
  ASSERT_TRUE(on.becomes([&] { return redis->counters().nodes() == 1; }));
  ASSERT_EQ(units(*redis, slow, 3), 3);
  const std::int64_t before = server->number_at("apiforge:rate:{slow}");
  server->pause();
  ASSERT_FALSE(ask(*redis).answered);
  EXPECT_TRUE(redis->counters().reachable());
  on.pass(milliseconds(100));
  server->resume();
  ASSERT_TRUE(answers(*redis));
  EXPECT_EQ(units(*redis, slow, 1), 1);
  const std::int64_t unit = 360'000'000;  // microseconds; the one that was not answered was taken
  const std::int64_t paid = server->number_at("apiforge:rate:{slow}") - before - 2 * unit;
  EXPECT_GE(paid, 100'000);
  EXPECT_LT(paid, unit);
}

TEST_F(RedisOutageTest, leases_that_wait_are_answered_when_the_adapter_goes) {
  auto redis = open(options());
  warm_up(*redis);
  server->pause();
  int ended = 0;
  for (int i = 0; i < 3; ++i) {
    redis->counters().lease(slow, 1, false, [&](auto lease) {
      EXPECT_FALSE(lease);
      ++ended;
    });
  }
  redis.reset();
  EXPECT_EQ(ended, 3);
  server->resume();
}

}  // namespace
}  // namespace apiforge::shared_state
