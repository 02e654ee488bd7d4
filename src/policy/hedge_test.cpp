#include "policy/hedge.hpp"

#include <gtest/gtest.h>

namespace apiforge::policy {
namespace {

int hedges(HedgeBudget& budget, int calls) {
  int count = 0;
  for (int i = 0; i < calls; ++i) {
    budget.on_call();
    count += budget.try_spend() ? 1 : 0;
  }
  return count;
}

TEST(HedgeBudgetTest, lets_the_share_of_the_calls_through_and_no_more) {
  HedgeBudget budget(10);
  EXPECT_EQ(hedges(budget, 1'000), 100);
}

TEST(HedgeBudgetTest, nothing_is_hedged_before_enough_calls_came) {
  HedgeBudget budget(10);
  EXPECT_EQ(hedges(budget, 9), 0);
  EXPECT_EQ(hedges(budget, 1), 1);
}

TEST(HedgeBudgetTest, all_calls_and_none) {
  HedgeBudget all(100);
  HedgeBudget none(0);
  EXPECT_EQ(hedges(all, 50), 50);
  EXPECT_EQ(hedges(none, 50), 0);
}

TEST(HedgeBudgetTest, saves_a_few_hedges_for_a_slow_phase) {
  HedgeBudget budget(50);
  for (int i = 0; i < 1'000; ++i) budget.on_call();
  std::uint32_t saved = 0;
  while (budget.try_spend()) ++saved;
  EXPECT_EQ(saved, HedgeBudget::kMaxSaved);
}

}  // namespace
}  // namespace apiforge::policy
