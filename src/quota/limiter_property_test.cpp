// Whatever limits hold and whatever calls cost: a refused call takes nothing from any limit, and an
// admitted one takes its cost from each.
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "quota/limit_fixture.hpp"

namespace apiforge::quota {
namespace {

class AllAtOnceTest : public LimiterTest, public testing::WithParamInterface<std::uint64_t> {
 protected:
  model::Quota random_quota(int number) {
    const std::string name = "q" + std::to_string(number);
    const auto amount = static_cast<std::int64_t>(1 + random_.below(20));
    model::Quota quota;
    switch (random_.below(3)) {
      case 0:
        quota = running_quota(name, amount);
        break;
      case 1:
        quota = period_quota(name, amount * 10, unit());
        break;
      default:
        quota = rate_quota(name, amount, milliseconds(10 + random_.below(2'000)), unit());
        quota.algorithm = static_cast<model::LimitAlgorithm>(random_.below(3));
    }
    quota.on_exceed = random_.below(3) == 0 ? model::OnExceed::Degrade : model::OnExceed::Reject;
    if (random_.below(3) == 0) quota.match.key = "*";
    if (random_.below(4) == 0) quota.match.path = "/orders";
    if (random_.below(4) == 0) quota.reserve_percent = 30;
    return quota;
  }
  model::LimitUnit unit() { return static_cast<model::LimitUnit>(random_.below(4)); }
  Costs random_costs() {
    return {.weight = static_cast<std::int64_t>(random_.below(4)),
            .tokens = static_cast<std::int64_t>(random_.below(5)),
            .usd = {static_cast<std::int64_t>(random_.below(5))}};
  }
  /// What each limit has left, asked by Limiters that know of that limit only.
  std::vector<std::int64_t> left(const Subject& subject) {
    std::vector<std::int64_t> result;
    for (const auto& limiter : single_) {
      const Costs nothing{.requests = 0, .weight = 0};
      result.push_back(limiter->look(subject, nothing, clock_.now(), clock_.wall()).remaining);
    }
    return result;
  }

  Random random_{GetParam()};
  std::vector<std::unique_ptr<Limiter>> single_;
};

TEST_P(AllAtOnceTest, a_refused_call_burns_nothing) {
  std::vector<model::Quota> quotas;
  for (std::uint64_t i = 0; i < 1 + GetParam() % 7; ++i) {
    quotas.push_back(random_quota(static_cast<int>(i)));
  }
  given(quotas);
  for (const model::Quota& quota : quotas) {
    single_.push_back(make_limiter());
    single_.back()->use(book_of({quota}));
  }
  std::vector<Holding> held;
  for (int i = 0; i < 300; ++i) {
    clock_.advance(std::chrono::microseconds(random_.below(50'000)));
    Subject subject = caller(random_.below(2) == 0 ? "a" : "b");
    subject.fingerprint = random_.below(3) == 0 ? 0 : (subject.key == "a" ? 1 : 2);
    if (random_.below(4) == 0) subject.path = "/other";
    const std::vector<std::int64_t> before = left(subject);
    Holding holding;
    const Costs costs = random_costs();
    const Verdict verdict = admit(subject, holding, costs);
    if (verdict.ruling != Ruling::Admitted) {
      EXPECT_TRUE(holding.empty());
      EXPECT_EQ(left(subject), before);
    } else if (random_.below(3) == 0) {
      holding.release();
      EXPECT_EQ(left(subject), before) << "released as if it had never been";
    } else if (random_.below(3) == 0) {
      held.push_back(std::move(holding));
    } else {
      holding.settle(costs);
    }
    if (held.size() > 5) held.erase(held.begin());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, AllAtOnceTest, testing::Range<std::uint64_t>(1, 101));

}  // namespace
}  // namespace apiforge::quota
