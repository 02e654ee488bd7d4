#include "policy/balancer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "policy/hash.hpp"

namespace apiforge::policy {
namespace {

using model::Balancing;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::uint64_t kBalancerSeed = 20261103;
constexpr MonotonicTime kBalancerStart{std::chrono::hours(1)};

/// A balancer, its endpoints a, b, c..., and what calls it got.
class BalancerTest : public testing::Test {
 protected:
  void given(Balancing balancing, std::vector<std::uint32_t> weights, std::uint32_t panic = 50) {
    loads_.assign(weights.size(), {});
    names_.clear();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      loads_[i].weight = weights[i];
      names_.push_back("http://" + std::to_string(i) + ".example.com");
    }
    balancer_.emplace(BalancerConfig{balancing, panic}, names_);
  }

  std::optional<std::size_t> choose(const ChooseContext& context = {kBalancerStart}) {
    return balancer_->choose(loads_, context, random_);
  }

  std::string letters(int calls) {
    std::string result;
    for (int i = 0; i < calls; ++i) result += static_cast<char>('a' + *choose());
    return result;
  }

  std::vector<int> counts(int calls, MonotonicTime now = kBalancerStart) {
    std::vector<int> result(loads_.size());
    for (int i = 0; i < calls; ++i) ++result[*choose({now})];
    return result;
  }

  /// Makes `calls` calls, one after the other, that take what `latency_of(endpoint)` says.
  template <class LatencyOf>
  std::vector<int> one_after_the_other(int calls, LatencyOf latency_of) {
    std::vector<int> result(loads_.size());
    for (int i = 0; i < calls; ++i) {
      const std::size_t chosen = *choose({now_});
      ++result[chosen];
      const nanoseconds latency = latency_of(chosen);
      now_ += latency;
      observe_latency(loads_[chosen], now_, latency);
    }
    return result;
  }
  /// A time that varies by a fifth, as those of any endpoint do.
  nanoseconds about(nanoseconds time) {
    return nanoseconds(static_cast<std::int64_t>(static_cast<double>(time.count()) *
                                                 (0.8 + 0.4 * random_.unit())));
  }

  testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(kBalancerSeed)};
  Random random_{kBalancerSeed};
  MonotonicTime now_ = kBalancerStart;
  std::vector<EndpointLoad> loads_;
  std::vector<std::string> names_;
  std::optional<Balancer> balancer_;
};

constexpr Balancing kAll[] = {Balancing::P2cEwma, Balancing::RoundRobin,
                              Balancing::WeightedRoundRobin, Balancing::LeastRequest,
                              Balancing::ConsistentHash};

TEST_F(BalancerTest, round_robin_takes_turns) {
  given(Balancing::RoundRobin, {1, 1, 1});
  EXPECT_EQ(letters(7), "abcabca");
  loads_[2].available = false;
  EXPECT_EQ(letters(4), "baba");
}

TEST_F(BalancerTest, round_robin_starts_where_the_seed_says) {
  given(Balancing::RoundRobin, {1, 1, 1});
  balancer_.emplace(BalancerConfig{Balancing::RoundRobin}, names_, 5);
  EXPECT_EQ(letters(4), "cabc");
}

TEST_F(BalancerTest, weighted_round_robin_is_smooth) {
  given(Balancing::WeightedRoundRobin, {5, 1, 1});
  EXPECT_EQ(letters(14), "aabacaaaabacaa");
  given(Balancing::WeightedRoundRobin, {1, 2, 3});
  EXPECT_EQ(counts(600), (std::vector{100, 200, 300}));
}

TEST_F(BalancerTest, least_request_prefers_what_has_less_to_do_for_its_weight) {
  given(Balancing::LeastRequest, {1, 1});
  loads_[0].in_flight = 3;
  loads_[1].in_flight = 2;
  EXPECT_EQ(letters(20), std::string(20, 'b'));
  loads_[0].weight = 10;
  EXPECT_EQ(letters(20), std::string(20, 'a'));
}

TEST_F(BalancerTest, least_request_spreads_idle_endpoints_by_weight) {
  given(Balancing::LeastRequest, {1, 4, 5});
  const auto seen = counts(100'000);
  EXPECT_NEAR(seen[0], 10'000, 600);
  EXPECT_NEAR(seen[1], 40'000, 1'000);
  EXPECT_NEAR(seen[2], 50'000, 1'000);
}

TEST_F(BalancerTest, two_choices_keep_the_fullest_endpoint_near_the_average) {
  given(Balancing::LeastRequest, std::vector<std::uint32_t>(100, 1));
  for (int call = 0; call < 10'000; ++call) ++loads_[*choose()].in_flight;
  for (const auto& load : loads_) EXPECT_NEAR(load.in_flight, 100, 5);
}

TEST_F(BalancerTest, peak_ewma_avoids_slow_endpoints_and_fills_fast_ones) {
  given(Balancing::P2cEwma, {1, 1});
  observe_latency(loads_[0], kBalancerStart, milliseconds(10));
  observe_latency(loads_[1], kBalancerStart, milliseconds(100));
  EXPECT_NEAR(counts(10'000)[1], 60, 40) << "it has to be measured again some day";
  loads_[0].in_flight = 12;  // 13 * 10 ms are more than 100 ms
  EXPECT_EQ(letters(20), std::string(20, 'b'));
}

TEST_F(BalancerTest, peak_ewma_tries_an_unknown_endpoint_with_one_call_at_a_time) {
  given(Balancing::P2cEwma, {1, 1});
  observe_latency(loads_[0], kBalancerStart, milliseconds(10));
  EXPECT_EQ(*choose(), 1u);
  loads_[1].in_flight = 1;
  loads_[0].in_flight = 1'000;
  EXPECT_EQ(letters(20), std::string(20, 'a'));
}

TEST_F(BalancerTest, a_slow_endpoint_is_asked_again_after_a_while) {
  given(Balancing::P2cEwma, {1, 1});
  observe_latency(loads_[0], kBalancerStart, seconds(10));
  for (int second = 0; second <= 80; ++second) {
    observe_latency(loads_[1], kBalancerStart + seconds(second), milliseconds(10));
  }
  EXPECT_LT(counts(1'000, kBalancerStart + seconds(30))[0], 5);
  EXPECT_GT(counts(1'000, kBalancerStart + seconds(80))[0], 900) << "10 s * e^-8 are 3 ms";
}

// Of three equal endpoints one got 1 of 150 calls: whichever had been slowest once stayed out.
TEST_F(BalancerTest, peak_ewma_shares_calls_evenly_among_equal_endpoints) {
  for (const nanoseconds time : {microseconds(200), microseconds(5'000), microseconds(100'000)}) {
    for (int round = 0; round < 200; ++round) {
      given(Balancing::P2cEwma, {1, 1, 1});
      const auto calls = one_after_the_other(150, [&](std::size_t) { return about(time); });
      for (const int share : calls) ASSERT_GE(share, 150 * 15 / 100) << time.count() << " ns";
    }
  }
}

TEST_F(BalancerTest, an_endpoint_that_was_slow_once_finds_its_way_back) {
  for (const int times : {3, 10, 30}) {
    given(Balancing::P2cEwma, {1, 1, 1});
    const auto usual = [&](std::size_t) { return about(milliseconds(5)); };
    one_after_the_other(30, usual);
    observe_latency(loads_[1], now_, milliseconds(5) * times);
    one_after_the_other(6'000, usual);
    EXPECT_GT(one_after_the_other(300, usual)[1], 50) << "after a reply that took " << times;
  }
}

TEST_F(BalancerTest, an_endpoint_that_stays_slow_gets_hardly_a_call) {
  given(Balancing::P2cEwma, {1, 1, 1});
  const auto calls = one_after_the_other(
      10'000, [&](std::size_t endpoint) { return about(milliseconds(endpoint == 1 ? 50 : 5)); });
  EXPECT_LT(calls[1], 100);
  EXPECT_GT(calls[1], 0);
}

// With few calls a second, averages that grew old sent 2 % of the calls to slow endpoints.
TEST_F(BalancerTest, however_few_the_calls_hardly_one_goes_to_a_slow_endpoint) {
  for (const auto pause : {milliseconds(1), milliseconds(50), milliseconds(200)}) {
    given(Balancing::P2cEwma, std::vector<std::uint32_t>(4, 1));
    std::vector<int> calls(4);
    for (int call = 0; call < 10'000; ++call) {
      now_ += pause;
      const auto chosen = *choose({now_});
      ++calls[chosen];
      observe_latency(loads_[chosen], now_, about(milliseconds(chosen < 2 ? 200 : 10)));
    }
    EXPECT_LT(calls[0] + calls[1], 100) << pause.count();
    EXPECT_GT(calls[0], 0);
    EXPECT_GT(calls[1], 0);
  }
}

TEST_F(BalancerTest, slow_endpoints_that_are_fast_again_get_their_share_again) {
  for (const auto pause : {milliseconds(1), milliseconds(50)}) {
    given(Balancing::P2cEwma, std::vector<std::uint32_t>(4, 1));
    const auto call_often = [&](milliseconds time_of_slow, int times) {
      std::vector<int> calls(4);
      for (int call = 0; call < times; ++call) {
        now_ += pause;
        const auto chosen = *choose({now_});
        ++calls[chosen];
        observe_latency(loads_[chosen], now_, about(chosen < 2 ? time_of_slow : milliseconds(10)));
      }
      return calls;
    };
    call_often(milliseconds(200), 2'000);
    call_often(milliseconds(10), 5'000);
    const auto calls = call_often(milliseconds(10), 1'000);
    for (const int count : calls) EXPECT_GT(count, 150) << pause.count();
  }
}

TEST_F(BalancerTest, an_endpoint_on_probation_gets_one_call_at_a_time) {
  for (const auto balancing : kAll) {
    given(balancing, {1, 1, 1});
    loads_[1].probation = true;
    loads_[1].in_flight = 1;
    for (int i = 0; i < 100; ++i) ASSERT_NE(*choose({kBalancerStart, random_.next()}), 1u);
    loads_[1].in_flight = 0;
    int seen = 0;
    for (int i = 0; i < 100; ++i) seen += *choose({kBalancerStart, random_.next()}) == 1u;
    EXPECT_GT(seen, 0);
    loads_[0].available = false;
    loads_[2].available = false;
    loads_[1].in_flight = 1;
    EXPECT_TRUE(choose()) << "a call is sent rather than refused";
  }
}

TEST(ObserveLatency, takes_a_peak_at_once_and_forgets_it_with_time_and_calls) {
  EndpointLoad load;
  observe_latency(load, kBalancerStart, milliseconds(10));
  EXPECT_DOUBLE_EQ(load.ewma_ns, 10e6);
  observe_latency(load, kBalancerStart + seconds(1), milliseconds(500));
  EXPECT_DOUBLE_EQ(load.ewma_ns, 500e6);
  observe_latency(load, kBalancerStart + seconds(11), milliseconds(0));
  EXPECT_NEAR(load.ewma_ns, 500e6 * std::exp(-1), 2);
  const double before = load.ewma_ns;
  observe_latency(load, kBalancerStart, milliseconds(1));
  EXPECT_DOUBLE_EQ(load.ewma_ns, before) << "a late report carries no weight";
  observe_latency(load, kBalancerStart + seconds(11), milliseconds(0));
  EXPECT_NEAR(load.ewma_ns, before / 2, 2) << "each reply counts for a half at least";
}

TEST_F(BalancerTest, when_half_of_the_endpoints_are_slow_hardly_a_call_goes_there) {
  given(Balancing::P2cEwma, std::vector<std::uint32_t>(10, 1));
  std::vector<int> calls(10);
  auto now = kBalancerStart;
  for (int call = 0; call < 20'000; ++call) {
    now += milliseconds(1);
    const auto chosen = *choose({now});
    ++calls[chosen];
    observe_latency(loads_[chosen], now, milliseconds(chosen < 5 ? 200 : 10));
  }
  EXPECT_LT(std::accumulate(calls.begin(), calls.begin() + 5, 0), 20'000 / 100);
  for (std::size_t i = 5; i < 10; ++i) EXPECT_NEAR(calls[i], 4'000, 800);
}

TEST_F(BalancerTest, peak_ewma_fills_endpoints_by_weight) {
  given(Balancing::P2cEwma, {1, 3, 6});
  for (auto& load : loads_) observe_latency(load, kBalancerStart, milliseconds(10));
  for (int call = 0; call < 10'000; ++call) ++loads_[*choose()].in_flight;
  EXPECT_NEAR(loads_[0].in_flight, 1'000, 50);
  EXPECT_NEAR(loads_[1].in_flight, 3'000, 50);
}

TEST_F(BalancerTest, consistent_hash_moves_only_the_calls_of_what_went_away) {
  given(Balancing::ConsistentHash, {1, 1, 1, 1, 1});
  const auto owners = [&] {
    std::vector<std::size_t> result;
    for (std::uint64_t key = 0; key < 10'000; ++key) {
      result.push_back(*choose({kBalancerStart, hash_bytes(std::to_string(key))}));
    }
    return result;
  };
  const auto before = owners();
  loads_[2].available = false;
  const auto during = owners();
  std::map<std::size_t, int> taken_over;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == 2) {
      ++taken_over[during[i]];
    } else {
      ASSERT_EQ(before[i], during[i]);
    }
  }
  EXPECT_EQ(taken_over.size(), 4u) << "its calls are spread over all others";
  loads_[2].available = true;
  EXPECT_EQ(owners(), before);
}

TEST_F(BalancerTest, consistent_hash_follows_weights_and_identities) {
  given(Balancing::ConsistentHash, {1, 3});
  std::vector<int> seen(2);
  for (std::uint64_t key = 0; key < 40'000; ++key) {
    ++seen[*choose({kBalancerStart, hash_bytes(std::to_string(key))})];
  }
  EXPECT_NEAR(seen[0], 10'000, 600);

  given(Balancing::ConsistentHash, {1, 1});
  const std::vector<std::string> reversed = {names_[1], names_[0]};
  Balancer other({Balancing::ConsistentHash}, reversed);
  for (std::uint64_t key = 0; key < 1'000; ++key) {
    const ChooseContext context{kBalancerStart, hash_pair(key, 1)};
    ASSERT_EQ(*choose(context), 1 - *other.choose(loads_, context, random_));
  }
}

TEST_F(BalancerTest, knows_whether_there_is_another_to_try) {
  given(Balancing::RoundRobin, {1, 1, 1});
  const std::size_t one[] = {0, 0};
  const std::size_t two[] = {0, 2};
  const std::size_t all[] = {2, 1, 0};
  EXPECT_TRUE(has_untried(loads_, {}));
  EXPECT_TRUE(has_untried(loads_, one));
  EXPECT_TRUE(has_untried(loads_, two));
  EXPECT_FALSE(has_untried(loads_, all));
  loads_[1].available = false;
  EXPECT_FALSE(has_untried(loads_, two));
  EXPECT_FALSE(has_untried({}, {}));
}

TEST_F(BalancerTest, leaves_out_what_was_tried_unless_there_is_nothing_else) {
  for (const auto balancing : kAll) {
    given(balancing, {1, 2, 3});
    const std::size_t two[] = {0, 2};
    for (int i = 0; i < 50; ++i) {
      ASSERT_EQ(*choose({kBalancerStart, random_.next(), two}), 1u);
    }
    const std::size_t all[] = {0, 1, 2};
    EXPECT_TRUE(choose({kBalancerStart, 1, all}));
    loads_[1].available = false;
    EXPECT_NE(*choose({kBalancerStart, 1, two}), 1u) << "an unavailable one is no better";
  }
}

TEST_F(BalancerTest, sends_to_all_when_fewer_than_half_are_available) {
  for (const auto balancing : kAll) {
    given(balancing, {1, 1, 1, 1});
    loads_[0].available = loads_[1].available = false;
    std::vector<int> seen(4);
    for (int i = 0; i < 400; ++i) ++seen[*choose({kBalancerStart, random_.next()})];
    EXPECT_EQ(seen[0] + seen[1], 0);
    loads_[2].available = false;
    for (int i = 0; i < 400; ++i) ++seen[*choose({kBalancerStart, random_.next()})];
    EXPECT_GT(seen[0], 0);
    EXPECT_GT(seen[1], 0);
  }
}

TEST_F(BalancerTest, without_panic_nothing_available_means_no_endpoint) {
  for (const auto balancing : kAll) {
    given(balancing, {1, 1, 1}, 0);
    loads_[0].available = loads_[1].available = false;
    EXPECT_EQ(*choose(), 2u);
    loads_[2].available = false;
    EXPECT_FALSE(choose());
    given(balancing, {1}, 0);
    EXPECT_EQ(*choose(), 0u);
    loads_[0].available = false;
    EXPECT_FALSE(choose());
    given(balancing, {});
    EXPECT_FALSE(choose());
  }
}

TEST_F(BalancerTest, always_chooses_an_available_endpoint_whatever_happens) {
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::uint32_t> weights(1 + random_.below(8));
    for (auto& weight : weights) weight = static_cast<std::uint32_t>(random_.below(4));
    given(kAll[random_.below(5)], weights);
    std::size_t available = 0;
    for (auto& load : loads_) {
      load.available = random_.below(3) > 0;
      load.in_flight = static_cast<std::uint32_t>(random_.below(5));
      load.ewma_ns = random_.unit() * 1e9;
      available += load.available ? 1 : 0;
    }
    const std::size_t tried[] = {random_.below(weights.size())};
    const auto chosen = choose({kBalancerStart + seconds(round), random_.next(), tried});
    ASSERT_TRUE(chosen);
    ASSERT_LT(*chosen, loads_.size());
    if (available * 2 >= loads_.size()) {
      ASSERT_TRUE(loads_[*chosen].available);
    }
  }
}

}  // namespace
}  // namespace apiforge::policy
