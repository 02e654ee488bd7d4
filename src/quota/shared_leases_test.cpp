#include "quota/shared_leases.hpp"

#include <gmock/gmock.h>

#include <deque>

#include "quota/limit_book.hpp"

namespace apiforge::quota {
namespace {

using shared_state::Lease;
using shared_state::SharedCounters;
using shared_state::SharedRate;
using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

/// Counters that answer when the test says so, and what they were asked.
class ScriptedCounters final : public SharedCounters {
 public:
  struct Question {
    SharedRate rate;
    std::int64_t units;
    bool exactly;
    OnLease done;
  };
  void lease(const SharedRate& rate, std::int64_t units, bool exactly, OnLease done) override {
    if (away) return done(fail(ErrorCode::StorageUnavailable));
    questions.push_back({rate, units, exactly, std::move(done)});
  }
  bool reachable() const override { return !away; }
  std::uint32_t nodes() const override { return 2; }

  Question next() {
    Question question = std::move(questions.front());
    questions.pop_front();
    return question;
  }

  std::deque<Question> questions;
  bool away = false;
};

class SharedLeasesTest : public testing::Test {
 protected:
  static LimitPtr limit(std::int64_t amount, std::chrono::milliseconds per, std::int64_t burst,
                        model::LimitAlgorithm algorithm = model::LimitAlgorithm::Gcra) {
    CompiledLimit made;
    model::Quota quota;
    quota.name = "orders";
    quota.algorithm = algorithm;
    quota.limit = {.amount = amount, .per = per, .burst = burst};
    made.rate.emplace(algorithm, amount, per, burst);
    made.config = std::make_shared<const model::Quota>(quota);
    made.id = "acme/orders";
    return std::make_shared<const CompiledLimit>(std::move(made));
  }
  /// Asks; the answer will stand in `answers_` as `ann:5`, `ann:0` or `ann:!`.
  void take(std::string subject, std::int64_t units = 1, bool exactly = false) {
    BlockRequest request{.limit = limit_, .subject = subject, .units = units, .exactly = exactly};
    leases_->take(std::move(request), [this, subject](const Result<BlockGrant>& grant) {
      answers_.push_back(subject + ":" + (grant ? std::to_string(grant->units) : "!"));
      if (grant) last_ = *grant;
    });
  }
  void answer(std::int64_t units, std::chrono::nanoseconds retry_after = 0ns) {
    counters_.next().done(Lease{.units = units, .valid_for = 1s, .retry_after = retry_after});
  }
  std::vector<std::string> answers() { return std::exchange(answers_, {}); }

  SimulatedClock clock_;
  ScriptedCounters counters_;
  LimitPtr limit_ = limit(1'000, 1s, 1'000);
  std::vector<std::string> answers_;
  BlockGrant last_;
  // After what its answers are written to.
  std::unique_ptr<SharedLeases> leases_ = std::make_unique<SharedLeases>(
      counters_, clock_, [](std::move_only_function<void()> work) { work(); });
};

TEST_F(SharedLeasesTest, AsksForALeaseOfTheLimitsRate) {
  take("ann");
  const auto question = counters_.next();
  EXPECT_EQ(question.rate.key, "acme/orders:ann");
  EXPECT_EQ(question.rate.amount, 1'000);
  EXPECT_EQ(question.rate.per, 1s);
  EXPECT_EQ(question.rate.burst, 1'000);
  EXPECT_EQ(question.units, 50) << "half of the rate, for a tenth of a second";
  EXPECT_FALSE(question.exactly);
}

TEST_F(SharedLeasesTest, ARateOfWindowsIsAskedForAsSuch) {
  // Windows were shared as gcra, so that one could admit twice its amount.
  for (const auto algorithm :
       {model::LimitAlgorithm::FixedWindow, model::LimitAlgorithm::SlidingWindow}) {
    limit_ = limit(1'000, 1s, 0, algorithm);
    take("ann", 1, true);
    const auto question = counters_.next();
    EXPECT_EQ(question.rate.algorithm, algorithm);
    EXPECT_EQ(question.rate.amount, 1'000);
  }
}

TEST_F(SharedLeasesTest, ALeaseIsGoodForItsTimeFromTheQuestionOn) {
  const MonotonicTime asked_at = clock_.now();
  take("ann");
  clock_.advance(30ms);
  answer(50);
  EXPECT_THAT(answers(), ElementsAre("ann:50"));
  EXPECT_EQ(last_.valid_until, asked_at + 1s);
  EXPECT_EQ(leases_->nodes(), 2u);
}

TEST_F(SharedLeasesTest, WhoComesWhileACounterIsAskedForIsAnsweredWithOneMoreQuestion) {
  take("ann");
  for (int i = 0; i < 3; ++i) take("ann", 40);
  take("bob");
  EXPECT_EQ(counters_.questions.size(), 2u) << "one for each counter";
  answer(50);
  EXPECT_THAT(answers(), ElementsAre("ann:50"));
  counters_.questions.pop_front();
  ASSERT_EQ(counters_.questions.size(), 1u);
  EXPECT_EQ(counters_.questions.front().units, 120) << "what they need together";
  answer(90);
  EXPECT_THAT(answers(), ElementsAre("ann:40", "ann:40", "ann:10"));
}

TEST_F(SharedLeasesTest, WhoGetsNothingOfALeaseIsToldWhenToComeAgain) {
  take("ann");
  take("ann", 5);
  take("ann", 5);
  answer(50);
  answer(5);
  EXPECT_THAT(answers(), ElementsAre("ann:50", "ann:5", "ann:0"));
  EXPECT_EQ(last_.retry_after, 5ms) << "the time in which the rate brings five";
}

TEST_F(SharedLeasesTest, ACounterThatHadNothingIsLeftAloneUntilThereCanBeSomething) {
  take("ann");
  take("ann");
  answer(0, 80ms);
  EXPECT_THAT(answers(), ElementsAre("ann:0", "ann:0")) << "who came meanwhile is not worth asking";
  clock_.advance(50ms);
  take("ann");
  EXPECT_THAT(answers(), ElementsAre("ann:0"));
  EXPECT_EQ(last_.retry_after, 30ms);
  EXPECT_THAT(counters_.questions, IsEmpty());
  take("bob");
  EXPECT_EQ(counters_.questions.size(), 1u) << "the others are asked for";
  counters_.questions.clear();
  clock_.advance(30ms);
  take("ann");
  answer(50);
  EXPECT_THAT(answers(), ElementsAre("ann:50"));
}

TEST_F(SharedLeasesTest, AChangedLimitHoldsAtOnceAlsoWhereNothingWasLeft) {
  // A raised limit was refused until the wait of the old one was over.
  for (const bool exactly : {false, true}) {
    take("ann", 1, exactly);
    answer(0, 1h);
    take("ann", 1, exactly);
    EXPECT_THAT(answers(), ElementsAre("ann:0", "ann:0"));
    EXPECT_THAT(counters_.questions, IsEmpty());
    limit_ = limit(limit_->rate->amount() * 2, 1s, 2'000);
    take("ann", 1, exactly);
    ASSERT_EQ(counters_.questions.size(), 1u);
    answer(1);
    EXPECT_THAT(answers(), ElementsAre("ann:1"));
  }
}

TEST_F(SharedLeasesTest, WhoAsksUnderAChangedLimitMeanwhileIsNotAnsweredByTheOldOne) {
  take("ann");
  limit_ = limit(2'000, 1s, 2'000);
  take("ann");
  answer(0, 1h);
  EXPECT_THAT(answers(), ElementsAre("ann:0"));
  ASSERT_EQ(counters_.questions.size(), 1u);
  EXPECT_EQ(counters_.questions.front().rate.amount, 2'000);
  answer(1);
  EXPECT_THAT(answers(), ElementsAre("ann:1"));
}

TEST_F(SharedLeasesTest, AnEqualLimitOfANewerConfigurationIsRememberedAsWell) {
  take("ann");
  answer(0, 1h);
  limit_ = limit(1'000, 1s, 1'000);
  take("ann");
  EXPECT_THAT(answers(), ElementsAre("ann:0", "ann:0"));
  EXPECT_THAT(counters_.questions, IsEmpty());
}

TEST_F(SharedLeasesTest, AStrictLimitAsksForEachCallExactly) {
  take("ann", 7, true);
  take("ann", 3, true);
  ASSERT_EQ(counters_.questions.size(), 2u);
  EXPECT_TRUE(counters_.questions.front().exactly);
  EXPECT_EQ(counters_.questions.front().units, 7);
  answer(7);
  answer(3);
  EXPECT_THAT(answers(), ElementsAre("ann:7", "ann:3"));
}

TEST_F(SharedLeasesTest, ALargeCallThatIsRefusedDoesNotRefuseSmallerOnes) {
  take("ann", 100, true);
  answer(0, 90ms);
  take("ann", 200, true);
  EXPECT_THAT(answers(), ElementsAre("ann:0", "ann:0"));
  EXPECT_THAT(counters_.questions, IsEmpty());
  take("ann", 10, true);
  answer(10);
  EXPECT_THAT(answers(), ElementsAre("ann:10"));
}

TEST_F(SharedLeasesTest, WhenTheStoreIsAwayAllWhoWaitAreToldAndTheNextOneAsksAgain) {
  take("ann");
  take("ann");
  counters_.next().done(fail(ErrorCode::StorageUnavailable));
  EXPECT_THAT(answers(), ElementsAre("ann:!", "ann:!"));
  counters_.away = true;
  take("ann");
  take("ann", 1, true);
  EXPECT_THAT(answers(), ElementsAre("ann:!", "ann:!"));
  counters_.away = false;
  take("ann");
  answer(50);
  EXPECT_THAT(answers(), ElementsAre("ann:50"));
}

TEST_F(SharedLeasesTest, WhoIsToldMayAskAgainAtOnce) {
  BlockRequest again{.limit = limit_, .subject = "ann"};
  leases_->take({.limit = limit_, .subject = "ann"}, [&](const Result<BlockGrant>&) {
    leases_->take(std::move(again), [this](const Result<BlockGrant>& grant) {
      answers_.push_back(std::to_string(grant->units));
    });
  });
  answer(50);
  answer(49);
  EXPECT_THAT(answers(), ElementsAre("49"));
}

TEST_F(SharedLeasesTest, WhoWaitsWhenTheLeasesGoIsToldOnce) {
  // Who had asked exactly was told later, and then asked leases that were gone.
  take("ann");
  take("ann");
  take("ann", 1, true);
  leases_.reset();
  EXPECT_THAT(answers(), ElementsAre("ann:!", "ann:!", "ann:!"));
  while (!counters_.questions.empty()) answer(1);
  EXPECT_THAT(answers(), IsEmpty());
}

TEST_F(SharedLeasesTest, WhatTheControlThreadHasNotSeenYetIsToldToo) {
  std::vector<std::move_only_function<void()>> posted;
  leases_ = std::make_unique<SharedLeases>(
      counters_, clock_,
      [&](std::move_only_function<void()> work) { posted.push_back(std::move(work)); });
  take("ann");
  take("bob", 1, true);
  leases_.reset();
  EXPECT_THAT(answers(), ElementsAre("ann:!", "bob:!"));
  for (auto& work : posted) work();
  EXPECT_THAT(answers(), IsEmpty());
}

TEST_F(SharedLeasesTest, AllThatCameMeanwhileIsSeenTogether) {
  std::vector<std::move_only_function<void()>> posted;
  leases_ = std::make_unique<SharedLeases>(
      counters_, clock_,
      [&](std::move_only_function<void()> work) { posted.push_back(std::move(work)); });
  take("ann");
  take("bob");
  ASSERT_EQ(posted.size(), 1u);
  posted.front()();
  EXPECT_EQ(counters_.questions.size(), 2u);
  take("cid");
  EXPECT_EQ(posted.size(), 2u);
}

TEST_F(SharedLeasesTest, WhoAsksAgainWhenToldOfTheEndIsRefused) {
  SharedLeases& leases = *leases_;
  leases.take({.limit = limit_, .subject = "ann"}, [&](const Result<BlockGrant>&) {
    leases.take({.limit = limit_, .subject = "ann"}, [this](const Result<BlockGrant>& grant) {
      answers_.push_back(grant ? "granted" : "refused");
    });
  });
  leases_.reset();
  EXPECT_THAT(answers(), ElementsAre("refused"));
}

TEST_F(SharedLeasesTest, ForgetsCountersThatHaveSomethingAgain) {
  // More counters than are remembered, one after another, each with nothing for a millisecond.
  for (int i = 0; i < 5'000; ++i) {
    take("caller-" + std::to_string(i));
    answer(0, 1ms);
    clock_.advance(2ms);
  }
  take("caller-0");
  EXPECT_EQ(counters_.questions.size(), 1u);
}

}  // namespace
}  // namespace apiforge::quota
