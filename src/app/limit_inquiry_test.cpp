#include "app/limit_inquiry.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "quota/limit_fixture.hpp"
#include "quota/shared_leases.hpp"
#include "shared_state/memory_counters.hpp"

namespace apiforge::app {
namespace {

/// A worker's loop with a limiter of one rate that nodes share: ten requests an hour.
class LimitInquiryTest : public testing::Test {
 protected:
  LimitInquiryTest() = default;
  ~LimitInquiryTest() override {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
    loop_.run_out();
  }

  void given_a_shared_rate(bool strict) {
    model::Quota quota = quota::rate_quota("orders", 10, std::chrono::hours(1));
    quota.strict = strict;
    limiter_.use(quota::book_of({quota}));
    thread_ = std::thread([this] { loop_.run(); });
  }
  admin::LimitAnswer ask(bool consume) {
    const admin::LimitQuestion question{
        .tenant = "acme", .user = "joe", .key = "k", .api = "binance", .consume = consume};
    const auto answer =
        ask_limiter({.loop = loop_, .limiter = limiter_, .set_turn_clock = [] {}}, question);
    EXPECT_TRUE(answer);
    return answer.value_or(admin::LimitAnswer{.allowed = false});
  }
  int allowed_of(int questions, bool consume) {
    int allowed = 0;
    for (int i = 0; i < questions; ++i) allowed += ask(consume).allowed ? 1 : 0;
    return allowed;
  }
  /// So long that leases are over.
  void pass_a_lease() {
    loop_.post([this] { clock_.advance(std::chrono::seconds(2)); });
  }

  SimulatedClock clock_;
  net::EventLoop loop_{clock_, 1};
  quota::LimitTable table_{{.callers_max = 1'000}};
  shared_state::MemoryCounters counters_{clock_};
  quota::SharedLeases leases_{counters_, clock_,
                              [this](auto work) { loop_.post(std::move(work)); }};
  quota::Limiter limiter_{{.table = table_,
                           .shared = &leases_,
                           .post = [this](auto work) { loop_.post(std::move(work)); },
                           .now = [this] { return clock_.now(); }}};
  std::thread thread_;
};

TEST_F(LimitInquiryTest, a_question_that_takes_nothing_pays_nothing_of_a_strict_shared_limit) {
  // Such a question took the units of a call, and nobody used them before they lapsed.
  given_a_shared_rate(true);
  for (int i = 0; i < 25; ++i) {
    EXPECT_TRUE(ask(false).allowed) << i;
    pass_a_lease();
  }
  EXPECT_EQ(allowed_of(12, true), 10);
  EXPECT_FALSE(ask(false).allowed) << "now this node knows that nothing is left";
}

TEST_F(LimitInquiryTest, a_question_that_takes_nothing_gives_back_what_was_leased_for_it) {
  given_a_shared_rate(false);
  EXPECT_EQ(allowed_of(25, false), 25);
  EXPECT_EQ(allowed_of(12, true), 10);
  EXPECT_FALSE(ask(false).allowed);
}

}  // namespace
}  // namespace apiforge::app
