#include "connectors/server_clock.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/random.hpp"

namespace apiforge::connectors {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// A provider whose clock differs from ours, reached over a path with a delay each way.
class ServerClockTest : public testing::Test {
 protected:
  void given_the_provider_is_ahead_by(nanoseconds skew) { skew_ = skew; }

  void ask(nanoseconds there, nanoseconds back) {
    const WallTime sent = local_.wall();
    local_.advance(there);
    const WallTime server = provider_time();
    local_.advance(back);
    clock_.learn(server, sent, local_.wall(), local_.now());
  }

  WallTime provider_time() const { return local_.wall() + skew_; }
  /// Positive when our corrected time is behind the provider's.
  nanoseconds lag() const { return provider_time() - clock_.correct(local_.wall()); }
  bool claims_query() const { return clock_.claim_query(local_.now()); }

  SimulatedClock local_;
  ServerClock clock_;
  nanoseconds skew_{0};
};

TEST_F(ServerClockTest, LocalTimeStandsBeforeTheFirstReading) {
  EXPECT_FALSE(clock_.is_synced());
  EXPECT_EQ(clock_.correct(local_.wall()), local_.wall());
}

TEST_F(ServerClockTest, ACorrectedTimeIsNeverAheadAndAtMostTheRoundTripBehind) {
  const std::uint64_t seed = 1021;
  Random random(seed);
  for (int round = 0; round < 2'000; ++round) {
    ServerClock fresh;
    const nanoseconds skew(static_cast<std::int64_t>(random.below(20'000'000'000)) -
                           10'000'000'000);
    const nanoseconds there(random.below(400'000'000));
    const nanoseconds back(random.below(400'000'000));
    const WallTime sent = local_.wall();
    const WallTime received = sent + there + back;
    fresh.learn(sent + there + skew, sent, received, local_.now());
    const nanoseconds behind = received + skew - fresh.correct(received);
    EXPECT_GE(behind, 0ns) << "seed " << seed << " round " << round;
    EXPECT_LE(behind, there + back) << "seed " << seed << " round " << round;
  }
}

TEST_F(ServerClockTest, TheSmallestRoundTripOfRecentSamplesWins) {
  given_the_provider_is_ahead_by(2s);
  ask(20ms, 30ms);
  EXPECT_EQ(lag(), 30ms);
  ask(5ms, 5ms);
  EXPECT_EQ(lag(), 5ms);
  ask(100ms, 100ms);
  EXPECT_EQ(lag(), 5ms);
  EXPECT_EQ(clock_.round_trip(), 10ms);
}

TEST_F(ServerClockTest, AnOldSampleNoLongerWins) {
  ask(5ms, 5ms);
  local_.advance(16min);
  ask(20ms, 20ms);
  EXPECT_EQ(clock_.round_trip(), 40ms);
}

TEST_F(ServerClockTest, AReadingThatContradictsTheKnownOneReplacesIt) {
  ask(5ms, 5ms);
  given_the_provider_is_ahead_by(-3s);
  ask(20ms, 20ms);
  EXPECT_EQ(lag(), 20ms);
  given_the_provider_is_ahead_by(4s);
  ask(30ms, 30ms);
  EXPECT_EQ(lag(), 30ms);
}

TEST_F(ServerClockTest, AStaleReadingIsReplacedByAnySample) {
  ask(5ms, 5ms);
  clock_.mark_stale();
  ask(20ms, 20ms);
  EXPECT_EQ(clock_.round_trip(), 40ms);
  ask(30ms, 30ms);
  EXPECT_EQ(clock_.round_trip(), 40ms) << "the mark holds for one sample only";
}

TEST_F(ServerClockTest, ASampleThatTookTooLongOrWentBackwardsIsDropped) {
  ask(2s, 2s);
  EXPECT_FALSE(clock_.is_synced());
  clock_.learn(local_.wall(), local_.wall(), local_.wall() - 1ms, local_.now());
  EXPECT_FALSE(clock_.is_synced());
}

TEST_F(ServerClockTest, OneCallerASecondIsToAskUntilThereIsAnAnswer) {
  EXPECT_TRUE(claims_query());
  EXPECT_FALSE(claims_query());
  local_.advance(999ms);
  EXPECT_FALSE(claims_query());
  local_.advance(1ms);
  EXPECT_TRUE(claims_query());
  ask(5ms, 5ms);
  EXPECT_FALSE(claims_query());
}

TEST_F(ServerClockTest, AProviderThatDoesNotAnswerIsAskedLessAndLess) {
  int queries = 0;
  for (int second = 0; second < 600; ++second) {
    if (claims_query()) ++queries;
    local_.advance(1s);
  }
  EXPECT_LE(queries, 16);
  EXPECT_GE(queries, 10);
}

TEST_F(ServerClockTest, AReadingIsRefreshedAfterFiveMinutesOrWhenMarkedStale) {
  ask(5ms, 5ms);
  local_.advance(5min);
  EXPECT_FALSE(claims_query());
  local_.advance(1ns);
  EXPECT_TRUE(claims_query());
  ask(5ms, 5ms);
  local_.advance(1s);
  EXPECT_FALSE(claims_query());
  clock_.mark_stale();
  EXPECT_TRUE(claims_query());
  EXPECT_FALSE(claims_query());
}

TEST_F(ServerClockTest, OfManyThreadsOneIsToAsk) {
  std::atomic<int> claims{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1'000; ++n) {
        if (claims_query()) ++claims;
        clock_.learn(local_.wall() + 1s, local_.wall(), local_.wall(), local_.now());
        EXPECT_TRUE(clock_.offset() == 0s || clock_.offset() == 1s);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(claims, 1);
  EXPECT_EQ(clock_.offset(), 1s);
}

}  // namespace
}  // namespace apiforge::connectors
