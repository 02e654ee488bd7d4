#include <vector>

#include "shared_state/redis/redis_fixture.hpp"
#include "shared_state/redis/redis_scripts.hpp"

namespace apiforge::shared_state {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class RedisCountersTest : public RedisTest {};

// ------------------------------------------------------------------------------------------ bounds

/// A node that always wants more.
class GreedyNode {
 public:
  GreedyNode(std::unique_ptr<Redis> redis, SharedRate rate)
      : redis_(std::move(redis)), rate_(std::move(rate)) {}
  void ask() {
    if (is_waiting_) return;
    is_waiting_ = true;
    ++asked_;
    redis_->counters().lease(rate_, 1 + asked_ % 7, asked_ % 3 == 0, [this](auto lease) {
      is_waiting_ = false;
      if (lease) granted_ += lease->units;
    });
  }
  std::int64_t granted() const { return granted_; }
  bool is_waiting() const { return is_waiting_; }

 private:
  std::unique_ptr<Redis> redis_;
  SharedRate rate_;
  std::int64_t asked_ = 0;
  std::int64_t granted_ = 0;
  bool is_waiting_ = false;
};

TEST_F(RedisCountersTest, four_nodes_together_never_get_more_than_the_burst_and_the_rate) {
  const SharedRate rate{.key = "shared", .amount = 3'000, .per = seconds(1), .burst = 50};
  std::vector<std::unique_ptr<GreedyNode>> nodes;
  for (const char* name : {"a", "b", "c", "d"}) {
    nodes.push_back(std::make_unique<GreedyNode>(open_node(name), rate));
  }
  const std::int64_t begin = server->time();
  const MonotonicTime end = on.clock.now() + milliseconds(1'500);
  ASSERT_TRUE(on.becomes([&] {
    for (const auto& node : nodes) node->ask();
    return on.clock.now() >= end;
  }));
  std::int64_t granted = 0;
  for (const auto& node : nodes) {
    ASSERT_TRUE(on.becomes([&] { return !node->is_waiting(); }));
    granted += node->granted();
  }
  const double passed = static_cast<double>(server->time() - begin) / 1e6;
  const double bound = 50 + 3'000 * passed;
  EXPECT_LE(static_cast<double>(granted), bound);
  EXPECT_GE(static_cast<double>(granted), 0.5 * bound);  // and it is not lost on the way
}

TEST_F(RedisCountersTest, a_rate_of_many_millions_is_kept_too) {
  const SharedRate rate{.key = "huge", .amount = 7'000'003, .per = seconds(1), .burst = 1'000};
  const auto redis = open_node("a");
  std::int64_t granted = units(*redis, rate, 1'000);
  const std::int64_t begin = server->time();
  for (int i = 0; i < 50; ++i) granted += units(*redis, rate, 1'000);
  const double passed = static_cast<double>(server->time() - begin) / 1e6;
  EXPECT_LE(static_cast<double>(granted), 2'000 + 7'000'003 * passed);
}

TEST_F(RedisCountersTest, a_key_ends_by_itself_when_its_bucket_is_full_again) {
  const auto redis = open_node("a");
  const SharedRate quick{.key = "quick", .amount = 1'000, .per = seconds(1), .burst = 10};
  ASSERT_EQ(units(*redis, quick, 10), 10);
  EXPECT_TRUE(on.becomes([&] { return server->run({"DBSIZE"}) == ":0\r\n"; }));
}

TEST_F(RedisCountersTest, a_text_of_somebody_else_under_the_key_does_no_harm) {
  server->run({"SET", "apiforge:rate:{slow}", "not a number"});
  const auto redis = open_node("a");
  EXPECT_EQ(units(*redis, slow, 20), 10);
  EXPECT_EQ(units(*redis, slow, 20), 0);
}

TEST_F(RedisCountersTest, a_clock_that_was_set_back_costs_two_bursts_at_most) {
  const std::int64_t tomorrow = server->time() + 86'400'000'000;
  server->run({"SET", "apiforge:rate:{fast}", std::to_string(tomorrow)});
  const auto redis = open_node("a");
  const SharedRate fast{.key = "fast", .amount = 100, .per = seconds(1), .burst = 10};
  ASSERT_EQ(units(*redis, fast, 10), 0);
  on.pass(milliseconds(150));
  EXPECT_GE(units(*redis, fast, 10), 4);
}

// Else a node that was not answered for a moment would have its share on top of the whole rate that
// the others take meanwhile.
TEST_F(RedisCountersTest, units_that_were_used_beside_a_bucket_are_taken_from_it_below_nothing) {
  const auto redis = open_node("a");
  const SharedRate rate{.key = "beside", .amount = 10, .per = hours(1), .burst = 10};
  ASSERT_EQ(units(*redis, rate, 20), 10);
  const std::string key = "apiforge:rate:{beside}";
  const std::int64_t tat = server->number_at(key);
  const std::int64_t used = 3 * 360'000'000;  // three units, of 360 s each
  const auto pay = [&] {
    server->run({"EVAL", std::string(lease_script().text), "1", key, "10", "3600000000", "10", "1",
                 "0", "0", "0", std::to_string(used)});
  };
  pay();
  EXPECT_EQ(server->number_at(key), tat + used);
  EXPECT_EQ(units(*redis, rate, 1), 0);
  EXPECT_EQ(server->number_at(key), tat + used);  // an ordinary question does not forgive it
  for (int i = 0; i < 9; ++i) pay();
  constexpr std::int64_t kPatience = 30'000'000;
  EXPECT_LE(server->number_at(key), tat + 3'600'000'000 + kPatience);
}

// ------------------------------------------------------------------------------------- lost data

TEST_F(RedisCountersTest, loads_its_script_again_when_redis_has_forgotten_it) {
  const auto redis = open_node("a");
  EXPECT_EQ(units(*redis, slow, 2), 2);
  server->run({"SCRIPT", "FLUSH"});
  EXPECT_EQ(units(*redis, slow, 2), 2);
}

TEST_F(RedisCountersTest, a_known_bucket_begins_empty_when_redis_has_lost_it) {
  const auto redis = open_node("a");
  ASSERT_EQ(units(*redis, slow, 3), 3);
  server->run({"FLUSHALL"});
  EXPECT_EQ(units(*redis, slow, 10), 0);
  // The other nodes, which knew nothing of it, find it empty as well.
  const auto other = open_node("b");
  EXPECT_EQ(units(*other, slow, 10), 0);
}

TEST_F(RedisCountersTest, a_bucket_is_never_fuller_than_this_node_knows) {
  const auto redis = open_node("a");
  ASSERT_EQ(units(*redis, slow, 6), 6);
  // As after a failover to a replica that had not heard of the last leases.
  server->run({"SET", "apiforge:rate:{slow}", std::to_string(server->time())});
  EXPECT_EQ(units(*redis, slow, 10), 4);
}

TEST_F(RedisCountersTest, all_buckets_begin_empty_when_a_beat_finds_the_data_gone) {
  const auto redis = open_node("a");
  const auto witness = open_node("b");
  redis->start();
  ASSERT_TRUE(on.becomes([&] { return redis->counters().nodes() == 1; }));
  ASSERT_EQ(units(*witness, slow, 3), 3);
  server->run({"FLUSHALL"});
  ASSERT_TRUE(on.becomes([&] { return server->run({"ZCARD", "apiforge:{nodes}"}) == ":1\r\n"; }));
  ASSERT_TRUE(answers(*redis));  // so that the reply to the beat, which came before, is in
  EXPECT_EQ(units(*redis, slow, 10), 0);
}

TEST_F(RedisCountersTest, no_unit_is_granted_twice_over_a_restart_without_persistence) {
  const auto redis = open_node("a");
  ASSERT_EQ(units(*redis, slow, 3), 3);
  server->kill();
  ASSERT_FALSE(lease(*redis, slow, 1));
  EXPECT_FALSE(redis->counters().reachable());
  server->start();
  ASSERT_TRUE(answers(*redis));
  EXPECT_TRUE(redis->counters().reachable());
  EXPECT_EQ(units(*redis, slow, 10), 0);
}

TEST_F(RedisCountersTest, a_node_that_starts_while_redis_is_there_finds_full_buckets) {
  const auto redis = open_node("a");
  EXPECT_EQ(units(*redis, slow, 10), 10);
}

// ----------------------------------------------------------------------------------------- windows

class RedisWindowTest : public RedisCountersTest,
                        public testing::WithParamInterface<model::LimitAlgorithm> {
 protected:
  bool slides() const { return GetParam() == model::LimitAlgorithm::SlidingWindow; }
  std::string key() const {
    return std::string("apiforge:") + (slides() ? "sliding:" : "fixed:") +
           std::to_string(kPer.count() * 3'600'000'000) + ":{window}";
  }
  std::int64_t number() const { return server->time() / (kPer.count() * 3'600'000'000); }

  /// No window ends while a test runs.
  static constexpr hours kPer{24 * 365 * 40};
  const SharedRate rate{
      .key = "window", .amount = 10, .per = kPer, .burst = 10, .algorithm = GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Windows, RedisWindowTest,
                         testing::Values(model::LimitAlgorithm::FixedWindow,
                                         model::LimitAlgorithm::SlidingWindow));

TEST_P(RedisWindowTest, nodes_share_one_window) {
  const auto one = open_node("one");
  const auto two = open_node("two");
  EXPECT_EQ(units(*one, rate, 6), 6);
  EXPECT_EQ(units(*two, rate, 6), 4);
  EXPECT_EQ(units(*one, rate, 6), 0);
}

TEST_P(RedisWindowTest, a_known_window_begins_empty_when_redis_has_lost_it) {
  const auto redis = open_node("a");
  ASSERT_EQ(units(*redis, rate, 3), 3);
  server->run({"FLUSHALL"});
  EXPECT_EQ(units(*redis, rate, 10), 0);
  const auto other = open_node("b");
  EXPECT_EQ(units(*other, rate, 10), 0);
}

TEST_P(RedisWindowTest, a_window_is_never_fuller_than_this_node_knows) {
  const auto redis = open_node("a");
  ASSERT_EQ(units(*redis, rate, 6), 6);
  // As after a failover to a replica that had not heard of the last leases.
  server->run({"SET", key(), std::to_string(number()) + " 1 0 0"});
  EXPECT_EQ(units(*redis, rate, 10), 4);
}

TEST_P(RedisWindowTest, a_text_of_somebody_else_under_the_key_does_no_harm) {
  server->run({"SET", key(), "not a window"});
  const auto redis = open_node("a");
  EXPECT_EQ(units(*redis, rate, 20), 10);
  EXPECT_EQ(units(*redis, rate, 20), 0);
}

TEST_P(RedisWindowTest, a_clock_that_was_set_back_does_not_begin_the_last_window_anew) {
  const auto redis = open_node("a");
  server->run({"SET", key(), std::to_string(number() + 1) + " 7 0 0"});
  EXPECT_EQ(units(*redis, rate, 10), 3) << "by little, across a border";
  server->run({"SET", key(), std::to_string(number() + 9) + " 7 0 0"});
  EXPECT_EQ(units(*redis, rate, 10), 0) << "by much: empty, and fills evenly";
}

TEST_P(RedisWindowTest, counts_of_the_window_before_what_the_algorithm_says) {
  const auto redis = open_node("a");
  server->run({"SET", key(), std::to_string(number() - 1) + " 10 0 0"});
  const std::int64_t granted = units(*redis, rate, 10);
  if (slides()) {
    EXPECT_LT(granted, 10);
    EXPECT_GT(granted, 0);
  } else {
    EXPECT_EQ(granted, 10);
  }
}

TEST_P(RedisWindowTest, a_key_ends_by_itself_when_nothing_of_its_window_counts_any_more) {
  const auto redis = open_node("a");
  SharedRate quick = rate;
  quick.per = milliseconds(120);
  ASSERT_GE(units(*redis, quick, 10), 1);
  EXPECT_TRUE(on.becomes([&] { return server->run({"DBSIZE"}) == ":0\r\n"; }));
}

// ------------------------------------------------------------------------------------------- nodes

TEST_F(RedisCountersTest, counts_the_nodes_and_keeps_the_count_while_redis_is_away) {
  const auto one = open_node("one");
  const auto two = open_node("two");
  EXPECT_EQ(one->counters().nodes(), 0U);
  one->start();
  two->start();
  ASSERT_TRUE(
      on.becomes([&] { return one->counters().nodes() == 2 && two->counters().nodes() == 2; }));
  ASSERT_TRUE(lease(*one, slow, 1));
  server->kill();
  ASSERT_FALSE(lease(*one, slow, 1));
  EXPECT_EQ(one->counters().nodes(), 2U);

  const auto late = open_node("late");
  late->start();
  ASSERT_FALSE(lease(*late, slow, 1));
  EXPECT_EQ(late->counters().nodes(), 0U);
}

}  // namespace
}  // namespace apiforge::shared_state
