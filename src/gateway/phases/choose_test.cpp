// choose and settle with `adaptive_concurrency`: each endpoint has a limit of its own.
#include <gtest/gtest.h>

#include "gateway/worker_fixture.hpp"

namespace apiforge::gateway::phases {
namespace {

using model::PriorityClass;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ChooseTest : public WorkerTest {
 protected:
  ChooseTest() {
    model::Api& api = configuration_.apis.emplace_back();
    api.name = "prices";
    for (const std::string port : {"9001", "9002"}) {
      api.upstream.endpoints.emplace_back().url = "http://127.0.0.1:" + port;
    }
    api.upstream.balancing = model::Balancing::RoundRobin;
    api.upstream.adaptive_concurrency =
        model::AdaptiveConcurrency{.initial = 10, .min = 1, .max = 10, .target = milliseconds(50)};
  }
  void TearDown() override {
    call_.api.reset();
    loop_.run_out();
  }

  ApiRuntime& api() {
    if (!call_.api) {
      auto compiled =
          compile_snapshot(catalogue_of(configuration_), {{"http", make_plain}}, nullptr);
      EXPECT_TRUE(compiled) << compiled.error().detail;
      view_.apply(*compiled);
      call_.api = view_.runtime(0);
    }
    return *call_.api;
  }
  std::uint32_t limit_of(std::size_t endpoint) {
    return api().endpoints[endpoint].adaptive->limit();
  }
  void given_calls_at(std::size_t endpoint, std::uint32_t calls) {
    api().loads[endpoint].in_flight = calls;
  }
  void given_breaker() {
    model::BreakerRule& rule = configuration_.circuit_breakers.emplace_back();
    rule.api = "prices";
  }
  void open_breaker_of(std::size_t endpoint) {
    api().endpoints[endpoint].config->breaker->order(policy::Breaker::Order::Open);
  }
  void answer(std::size_t endpoint, std::chrono::nanoseconds latency) {
    clock_.advance(milliseconds(10));
    loop_.now();
    given_calls_at(endpoint, api().loads[endpoint].in_flight + 1);
    Attempt attempt;
    attempt.endpoint = endpoint;
    AttemptResult result;
    result.attempt.outcome = policy::AttemptOutcome::Answered;
    result.attempt.status = 200;
    settle_attempt(call_, worker_, attempt, result, latency);
  }
  /// The endpoint of a new attempt; none, and `refused_`, when there is none for it.
  std::optional<std::size_t> choose() {
    api();
    Attempt attempt;
    const Step step = phases::choose(call_, worker_, attempt);
    refused_ = attempt.error ? std::optional(attempt.error->code) : std::nullopt;
    return step == Step::GoOn ? std::optional(attempt.endpoint) : std::nullopt;
  }

  model::Configuration configuration_;
  Call call_;
  std::optional<ErrorCode> refused_;
};

// One slow endpoint lowered the limit of the whole Api, and calls of healthy ones were shed.
TEST_F(ChooseTest, a_slow_endpoint_lowers_its_own_limit_only) {
  for (int i = 0; i < 100; ++i) {
    answer(0, seconds(1));
    answer(1, milliseconds(10));
  }
  EXPECT_LT(limit_of(0), 6U);
  EXPECT_EQ(limit_of(1), 10U);
}

TEST_F(ChooseTest, a_full_endpoint_is_passed_over) {
  given_calls_at(0, 10);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(choose(), 1U);
  given_calls_at(0, 0);
  EXPECT_NE(choose(), choose()) << "in turn again";
}

TEST_F(ChooseTest, a_call_is_shed_when_all_are_full_for_its_class) {
  given_calls_at(0, 7);
  given_calls_at(1, 7);
  EXPECT_EQ(choose(), std::nullopt);
  EXPECT_EQ(refused_, ErrorCode::LoadShed);
  EXPECT_TRUE(call_.admission.was_shed);
  EXPECT_EQ(call_.admission.retry_after, seconds(1));
  call_.admission.priority = PriorityClass::Order;
  EXPECT_TRUE(choose()) << "more urgent";
}

TEST_F(ChooseTest, an_endpoint_that_its_breaker_keeps_from_calls_does_not_make_room) {
  given_breaker();
  open_breaker_of(0);
  EXPECT_EQ(choose(), 1U);
  given_calls_at(1, 10);
  EXPECT_EQ(choose(), std::nullopt);
  EXPECT_EQ(refused_, ErrorCode::LoadShed);
  open_breaker_of(1);
  EXPECT_EQ(choose(), std::nullopt);
  EXPECT_EQ(refused_, ErrorCode::BreakerOpen);
}

TEST_F(ChooseTest, what_the_gateway_refuses_tells_nothing_of_the_endpoint) {
  given_breaker();
  api();
  for (int i = 0; i < 100; ++i) {
    Attempt attempt;
    ASSERT_EQ(phases::choose(call_, worker_, attempt), Step::GoOn);
    ++api().loads[attempt.endpoint].in_flight;
    attempt.error = Error{ErrorCode::UpstreamSaturated, {}, {}};
    settle_attempt(call_, worker_, attempt, {}, milliseconds(1));
  }
  for (const EndpointRuntime& endpoint : api().endpoints) {
    EXPECT_EQ(endpoint.config->breaker->read(loop_.now()).calls, 0U);
    EXPECT_EQ(endpoint.cells->failures.value(), 0U);
  }
}

}  // namespace
}  // namespace apiforge::gateway::phases
