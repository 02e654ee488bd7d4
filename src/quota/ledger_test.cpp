#include "quota/ledger.hpp"

#include <numeric>

#include "quota/ledger_fixture_test.hpp"

namespace apiforge::quota {
namespace {

using storage::Fault;
using storage::Operation;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

TEST_F(LedgerTest, WritesABlockDownBeforeItIsHandedOut) {
  EXPECT_EQ(take(), 10) << "a hundredth of the amount";
  EXPECT_THAT(written(), ElementsAre("ann:10"));
  EXPECT_EQ(last_->valid_until, clock_.now() + 14h) << "until midnight";
  EXPECT_EQ(last_->left_behind, 990);
}

TEST_F(LedgerTest, HandsOutExactlyTheAmountThenSaysWhenThereIsMore) {
  std::int64_t sum = 0;
  for (std::int64_t units = 1; units > 0; sum += units) units = take();
  EXPECT_EQ(sum, 1'000);
  EXPECT_EQ(last_->retry_after, 14h);
  EXPECT_EQ(last_->left_behind, 0);
  clock_.advance(14h);
  day_ = kToday + 24h;
  EXPECT_EQ(take(), 10) << "the next day has its own";
}

TEST_F(LedgerTest, TakesTheLastUnitsInPieces) {
  limit_ = period_limit(16'000);
  while (last_->left_behind != 320) ASSERT_EQ(take(), 160);
  EXPECT_EQ(take(), 10);
  EXPECT_EQ(take(25), 25) << "what is needed all the same";
}

TEST_F(LedgerTest, ACallThatNeedsMoreThanIsLeftGetsTheRest) {
  EXPECT_EQ(take(995), 995);
  EXPECT_EQ(take(20), 5);
  EXPECT_EQ(take(20), 0);
}

TEST_F(LedgerTest, AStrictCallGetsAllOfItOrNothing) {
  EXPECT_EQ(take(990, true), 990);
  EXPECT_EQ(take(20, true), 0);
  EXPECT_THAT(written(), ElementsAre("ann:990")) << "what was refused is not spent";
  EXPECT_EQ(take(10, true), 10);
}

TEST_F(LedgerTest, AnswersTogetherWhatComesWhileTheStoreIsAsked) {
  for (int i = 0; i < 300; ++i) ask(2, true);
  ask(5);
  ask(1, true, "bob");
  EXPECT_THAT(pool_, SizeIs(1));
  work();
  EXPECT_EQ(counted_.begun, 1);
  const auto all = answers();
  EXPECT_THAT(all, SizeIs(302));
  EXPECT_EQ(std::accumulate(all.begin(), all.end(), std::int64_t{0}), 606);
  EXPECT_THAT(written(), ElementsAre("ann:605", "bob:1"));
}

TEST_F(LedgerTest, OfStrictCallsTogetherThoseThatFitAreAdmitted) {
  ask(600, true);
  ask(600, true);
  ask(400, true);
  ask(1, true);
  work();
  EXPECT_THAT(answers(), ElementsAre(600, 0, 400, 0));
  EXPECT_THAT(written(), ElementsAre("ann:1000"));
}

TEST_F(LedgerTest, AThousandCallsASecondCostTheStoreFewTransactions) {
  limit_ = period_limit(1'000'000);
  std::int64_t block = 0;
  for (int call = 0; call < 1'000; ++call) {
    if (block == 0) block = take();
    --block;
  }
  EXPECT_EQ(counted_.begun, 1);
}

TEST_F(LedgerTest, ManyRequestsAreSplitOverTransactions) {
  for (int i = 0; i < 1'200; ++i) ask(1, true, "caller-" + std::to_string(i));
  work();
  EXPECT_EQ(counted_.begun, 3);
  EXPECT_THAT(answers(), testing::AllOf(SizeIs(1'200), Each(1)));
}

TEST_F(LedgerTest, UnitsGivenBackCanBeTakenAgain) {
  EXPECT_EQ(take(1'000), 1'000);
  give_back(7);
  EXPECT_EQ(take(20), 7);
}

TEST_F(LedgerTest, UnitsGoBackToTheirOwnPeriod) {
  EXPECT_EQ(take(1'000), 1'000);
  clock_.advance(24h);
  ledger_->give_back(*limit_, "ann", kToday, 5);
  work();
  EXPECT_THAT(written(), ElementsAre("ann:995"));
}

TEST_F(LedgerTest, ARaisedAmountHoldsAtOnce) {
  EXPECT_EQ(take(1'000), 1'000);
  EXPECT_EQ(take(), 0);
  limit_ = period_limit(1'500);
  EXPECT_EQ(take(800), 500);
  limit_ = period_limit(10);
  EXPECT_EQ(take(), 0);
}

TEST_F(LedgerTest, SubjectsAreWrittenInATextThatEveryDatabaseTakes) {
  ask(1, true, std::string("a\0b\xFF%", 5));
  work();
  EXPECT_THAT(answers(), ElementsAre(1));
  EXPECT_THAT(written(), ElementsAre("a%00b%FF%25:1"));
  EXPECT_EQ(stored_subject("tenant=acme;user=joe"), "tenant=acme;user=joe");
}

TEST_F(LedgerTest, ForgetsPeriodsThatBeganLongAgo) {
  take();
  clock_.advance(40 * 24h - 10h);
  EXPECT_EQ(forget_old_usage(store_, clock_.wall()).value(), 0u);
  clock_.advance(1s);
  EXPECT_EQ(forget_old_usage(store_, clock_.wall()).value(), 1u);
  EXPECT_THAT(written(), IsEmpty());
}

// --- when something fails --------------------------------------------------------------------

TEST_F(LedgerTest, WhateverFailsNobodyGetsMoreThanIsWrittenDown) {
  for (const Fault fault : {Fault::NotDone, Fault::DoneUnreported}) {
    for (std::size_t n = 1; n <= 4; ++n) {
      store_.fail_nth(n, fault);
      ask(30);
      ask(20, true);
      work();
      for (const auto units : answers()) EXPECT_EQ(units == -1, store_.faults() > 0);
      store_.fail_nth(0);
      ASSERT_GE(take(), 1) << "and it goes on";
    }
  }
  std::int64_t rest = 0;
  for (std::int64_t units = 1; units > 0; rest += units) units = take();
  EXPECT_THAT(written(), ElementsAre("ann:1000"));
}

TEST_F(LedgerTest, ACommitWhoseAnswerIsLostStrandsABlockAndNotMore) {
  store_.fail_next(Operation::Commit, Fault::DoneUnreported);
  EXPECT_EQ(take(), -1);
  EXPECT_EQ(last_.error().code, ErrorCode::StorageUnavailable);
  std::int64_t sum = 0;
  for (std::int64_t units = 1; units > 0; sum += units) units = take();
  EXPECT_EQ(sum, 990);
}

TEST_F(LedgerTest, UnitsWhoseReturnFailedStaySpent) {
  EXPECT_EQ(take(1'000), 1'000);
  store_.fail_next(Operation::Commit, Fault::DoneUnreported);
  give_back(10);
  EXPECT_EQ(take(1'000), 10) << "given back once, not twice";
}

TEST_F(LedgerTest, AfterFiveFailuresTheStoreIsLeftAloneForASecond) {
  store_.set_down(true);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(take(), -1);
  EXPECT_EQ(counted_.begun, 5);
  ask();
  EXPECT_THAT(answers(), ElementsAre(-1)) << "at once";
  EXPECT_THAT(pool_, IsEmpty());
  clock_.advance(1s);
  EXPECT_EQ(take(), -1);
  EXPECT_EQ(counted_.begun, 6) << "one asks whether it is back";
  store_.set_down(false);
  EXPECT_EQ(take(), -1);
  clock_.advance(1s);
  EXPECT_EQ(take(), 10);
  EXPECT_EQ(take(), 10);
}

TEST_F(LedgerTest, WhoWaitsWhenTheStoreIsLeftAloneIsToldSo) {
  store_.set_down(true);
  for (int i = 0; i < 4; ++i) take();
  for (int i = 0; i < 1'200; ++i) ask(1, true, "caller-" + std::to_string(i));
  work();
  EXPECT_EQ(counted_.begun, 5);
  EXPECT_THAT(answers(), testing::AllOf(SizeIs(1'200), Each(-1)));
}

TEST_F(LedgerTest, UnitsThatComeBackWhileTheStoreIsAwayAreWrittenWhenItIsBack) {
  EXPECT_EQ(take(1'000), 1'000);
  store_.set_down(true);
  for (int i = 0; i < 5; ++i) take();
  give_back(4);
  store_.set_down(false);
  clock_.advance(1s);
  EXPECT_EQ(take(20), 4);
}

TEST_F(LedgerTest, WhenThePoolTakesNoWorkWhoAsksIsToldAndTheNextOneTriesAgain) {
  pool_is_full_ = true;
  EXPECT_EQ(take(), -1);
  pool_is_full_ = false;
  EXPECT_EQ(take(), 10);
}

TEST_F(LedgerTest, WorkThatThePoolDropsIsAnswered) {
  ask();
  ask(5, true);
  pool_.clear();
  EXPECT_THAT(answers(), ElementsAre(-1, -1));
  EXPECT_EQ(take(), 10);
}

// --- the end ---------------------------------------------------------------------------------

TEST_F(LedgerTest, ClosingWritesWhatWasGivenBack) {
  EXPECT_EQ(take(), 10);
  pool_is_full_ = true;
  ledger_->give_back(*limit_, "ann", day_, 6);
  ledger_->close();
  EXPECT_THAT(written(), ElementsAre("ann:4"));
  ask();
  EXPECT_THAT(answers(), ElementsAre(-1));
}

TEST_F(LedgerTest, ClosingDoesNotWaitForWhatNeverComes) {
  ask();
  ledger_->give_back(*limit_, "bob", day_, 6);
  ledger_->close(0s);
  EXPECT_THAT(answers(), ElementsAre(-1));
  work();
  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(LedgerTest, ALedgerThatGoesAnswersWhoWaits) {
  ask();
  ledger_.reset();
  EXPECT_THAT(answers(), ElementsAre(-1));
  work();
}

TEST_F(LedgerTest, SharesWithAsManyNodesAsItIsTold) {
  // Four nodes whose database was away each took the whole rest for theirs.
  EXPECT_EQ(ledger_->nodes(), 1u) << "the database does not know who else uses it";
  ledger_->set_nodes(4);
  EXPECT_EQ(ledger_->nodes(), 4u);
}

}  // namespace
}  // namespace apiforge::quota
