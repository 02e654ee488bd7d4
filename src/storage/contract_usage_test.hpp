// The contract of stores about counters of usage: who takes, how much, and what is forgotten. For
// tests.
#pragma once
#include <gmock/gmock.h>

#include <atomic>

#include "storage/contract_concurrency_test.hpp"
#include "storage/contract_fixture_test.hpp"

namespace apiforge::storage {

using testing::ElementsAre;
using testing::IsEmpty;

/// A counter of the quota `acme/orders` on the first day.
inline UsageKey counter(std::string subject, int day = 1, std::string tenant = "acme") {
  return {.quota = tenant + "/orders",
          .subject = std::move(subject),
          .tenant = tenant,
          .period_start = WallTime(std::chrono::days(day))};
}

/// Takes in a transaction of its own; how many units there were.
inline std::int64_t take_from(Store& store, const UsageKey& key, std::int64_t units,
                              std::int64_t bound) {
  const auto transaction = store.begin(Scope::platform(), Mode::Count);
  if (!transaction) return -1;
  const auto taken = (*transaction)->take_usage(key, units, bound);
  if (!taken || !(*transaction)->commit()) return -1;
  return taken->units;
}

/// `ann:5`, in the order in which the store lists them.
inline std::vector<std::string> usage_of(Transaction& transaction, std::string_view quota,
                                         int day = 1, std::uint32_t limit = 100) {
  std::vector<std::string> lines;
  const auto listed = transaction.list_usage(quota, WallTime(std::chrono::days(day)), limit);
  for (const Usage& usage : listed.value()) {
    EXPECT_EQ(usage.key, counter(usage.key.subject, day, usage.key.tenant));
    lines.push_back(usage.key.subject + ":" + std::to_string(usage.used));
  }
  return lines;
}

TEST_P(StoreContract, ATakerGetsWhatIsLeftAndNotMore) {
  EXPECT_EQ(take_from(store(), counter("ann"), 6, 10), 6);
  EXPECT_EQ(take_from(store(), counter("ann"), 6, 10), 4);
  EXPECT_EQ(take_from(store(), counter("ann"), 6, 10), 0);
  EXPECT_THAT(usage_of(*read(), "acme/orders"), ElementsAre("ann:10"));
  EXPECT_EQ(take_from(store(), counter("bob"), 99, 10), 10) << "also of a counter that is new";
  EXPECT_EQ(take_from(store(), counter("eve"), 1, 0), 0);
}

TEST_P(StoreContract, ATakerIsToldWhatIsLeft) {
  const auto transaction = write();
  EXPECT_EQ(transaction->take_usage(counter("ann"), 4, 10).value(), (TakenUsage{4, 6}));
  EXPECT_EQ(transaction->take_usage(counter("ann"), 4, 10).value(), (TakenUsage{4, 2}));
  EXPECT_EQ(transaction->take_usage(counter("ann"), 4, 10).value(), (TakenUsage{2, 0}));
  EXPECT_EQ(transaction->take_usage(counter("ann"), 4, 10).value(), (TakenUsage{0, 0}));
  EXPECT_EQ(transaction->take_usage(counter("ann"), 4, 9).value(), (TakenUsage{0, 0}));
}

TEST_P(StoreContract, ABoundMayBeRaisedAndLowered) {
  ASSERT_EQ(take_from(store(), counter("ann"), 10, 10), 10);
  EXPECT_EQ(take_from(store(), counter("ann"), 5, 7), 0);
  EXPECT_THAT(usage_of(*read(), "acme/orders"), ElementsAre("ann:10")) << "what is used stays";
  EXPECT_EQ(take_from(store(), counter("ann"), 5, 12), 2);
}

TEST_P(StoreContract, CountsMoreThanThirtyTwoBits) {
  constexpr std::int64_t kBound = 1'000'000'000'000'000;
  EXPECT_EQ(take_from(store(), counter("ann"), kBound - 1, kBound), kBound - 1);
  EXPECT_EQ(take_from(store(), counter("ann"), kBound, kBound), 1);
}

TEST_P(StoreContract, UnitsGivenBackCanBeTakenAgain) {
  ASSERT_EQ(take_from(store(), counter("ann"), 10, 10), 10);
  {
    const auto transaction = write();
    ASSERT_TRUE(transaction->give_back_usage(counter("ann"), 3));
    ASSERT_TRUE(transaction->give_back_usage(counter("nobody"), 3));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(take_from(store(), counter("ann"), 10, 10), 3);
  {
    const auto transaction = write();
    ASSERT_TRUE(transaction->give_back_usage(counter("ann"), 99));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_THAT(usage_of(*read(), "acme/orders"), ElementsAre("ann:0")) << "never below nothing";
}

TEST_P(StoreContract, EachPeriodHasItsOwnCounter) {
  EXPECT_EQ(take_from(store(), counter("ann", 1), 10, 10), 10);
  EXPECT_EQ(take_from(store(), counter("ann", 2), 4, 10), 4);
  EXPECT_THAT(usage_of(*read(), "acme/orders", 1), ElementsAre("ann:10"));
  EXPECT_THAT(usage_of(*read(), "acme/orders", 2), ElementsAre("ann:4"));
  EXPECT_THAT(usage_of(*read(), "acme/orders", 3), IsEmpty());
}

TEST_P(StoreContract, ListsTheMostUsedCountersFirst) {
  take_from(store(), counter("ann"), 5, 10);
  take_from(store(), counter("bob"), 9, 10);
  take_from(store(), counter("eve"), 5, 10);
  take_from(store(), counter(""), 1, 10);
  EXPECT_THAT(usage_of(*read(), "acme/orders"), ElementsAre("bob:9", "ann:5", "eve:5", ":1"));
  EXPECT_THAT(usage_of(*read(), "acme/orders", 1, 2), ElementsAre("bob:9", "ann:5"));
  EXPECT_THAT(usage_of(*read(), "acme/others"), IsEmpty());
}

TEST_P(StoreContract, UsageOfOtherTenantsDoesNotExist) {
  take_from(store(), counter("ann", 1, "acme"), 5, 10);
  take_from(store(), counter("gus", 1, "globex"), 7, 10);
  EXPECT_THAT(usage_of(*read(Scope::of("acme")), "acme/orders"), ElementsAre("ann:5"));
  EXPECT_THAT(usage_of(*read(Scope::of("acme")), "globex/orders"), IsEmpty());
  const auto transaction = write(Scope::of("acme"));
  EXPECT_EQ(code_of(transaction->take_usage(counter("gus", 1, "globex"), 1, 10)),
            ErrorCode::NotFound);
  EXPECT_EQ(code_of(transaction->give_back_usage(counter("gus", 1, "globex"), 1)),
            ErrorCode::NotFound);
  EXPECT_EQ(transaction->take_usage(counter("ann", 1, "acme"), 1, 10)->units, 1);
  EXPECT_EQ(transaction->purge_usage(WallTime(std::chrono::days(9))).value(), 1u);
  ASSERT_TRUE(transaction->commit());
  EXPECT_THAT(usage_of(*read(), "globex/orders"), ElementsAre("gus:7"));
}

TEST_P(StoreContract, PurgesPeriodsThatBeganBefore) {
  for (const int day : {1, 2, 3}) take_from(store(), counter("ann", day), 1, 10);
  const auto transaction = write();
  EXPECT_EQ(transaction->purge_usage(WallTime(std::chrono::days(3))).value(), 2u);
  ASSERT_TRUE(transaction->commit());
  EXPECT_THAT(usage_of(*read(), "acme/orders", 2), IsEmpty());
  EXPECT_THAT(usage_of(*read(), "acme/orders", 3), ElementsAre("ann:1"));
}

TEST_P(StoreContract, ATakeThatIsRolledBackTakesNothing) {
  {
    const auto transaction = write();
    ASSERT_EQ(transaction->take_usage(counter("ann"), 10, 10)->units, 10);
    EXPECT_EQ(transaction->take_usage(counter("ann"), 10, 10)->units, 0) << "it sees itself";
  }
  EXPECT_THAT(usage_of(*read(), "acme/orders"), IsEmpty());
  EXPECT_EQ(take_from(store(), counter("ann"), 10, 10), 10);
}

TEST_P(StoreContract, UsageIsThereWhenTheStoreIsOpenedAgain) {
  ASSERT_EQ(take_from(store(), counter("ann"), 7, 10), 7);
  under_test_->reopen();
  EXPECT_EQ(take_from(store(), counter("ann"), 10, 10), 3);
}

TEST_P(StoreContract, CountingChangesNeitherRevisionsNorRecords) {
  const Record record = given(session("s1"));
  const auto transaction = store().begin(Scope::platform(), Mode::Count).value();
  EXPECT_EQ(transaction->take_usage(counter("ann"), 1, 10)->units, 1);
  Record changed = record;
  EXPECT_FALSE(transaction->update(changed));
  EXPECT_FALSE(transaction->append_audit(entry(1)));
  EXPECT_FALSE(transaction->purge(Kind::Session, clock_.wall()));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(revision(), record.revision);
  const auto reader = read();
  EXPECT_FALSE(reader->take_usage(counter("ann"), 1, 10));
  EXPECT_FALSE(reader->give_back_usage(counter("ann"), 1));
  EXPECT_FALSE(reader->purge_usage(clock_.wall()));
}

TEST_P(StoreContract, RefusesCountersThatNotEveryDatabaseCanName) {
  const auto transaction = write();
  const UsageKey unnamable = counter(std::string("a\0b", 3));
  EXPECT_EQ(code_of(transaction->take_usage(unnamable, 1, 10)), ErrorCode::InvalidParameter);
  EXPECT_EQ(code_of(transaction->give_back_usage(unnamable, 1)), ErrorCode::InvalidParameter);
  EXPECT_THAT(transaction->list_usage("\xFF", WallTime{}, 10).value(), IsEmpty());
}

TEST_P(StoreContract, ConcurrentTakersGetTheBoundTogetherAndNotMore) {
  constexpr int kThreads = 8;
  constexpr std::int64_t kBound = 500;
  std::atomic<std::int64_t> granted = 0;
  on_threads(kThreads, [&](int i) {
    // Sizes that do not divide the bound; each goes on until nothing is left.
    for (std::int64_t taken = 1; taken > 0;) {
      taken = take_from(store(), counter("ann"), 3 + i, kBound);
      ASSERT_GE(taken, 0);
      granted += taken;
    }
  });
  EXPECT_EQ(granted, kBound);
  EXPECT_THAT(usage_of(*read(), "acme/orders"), ElementsAre("ann:500"));
}

TEST_P(StoreContract, ConcurrentTakersOfSeveralCountersDoNotWaitForEachOtherForEver) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 10;
  on_threads(kThreads, [&](int i) {
    for (int round = 0; round < kRounds; ++round) {
      const auto transaction = store().begin(Scope::platform(), Mode::Count).value();
      for (const char* subject : {"ann", "bob"}) {
        ASSERT_TRUE(transaction->take_usage(counter(subject), 1, 1'000));
      }
      // Every other one changes its mind.
      if (i % 2 == 0) {
        ASSERT_TRUE(transaction->commit());
      }
    }
  });
  EXPECT_THAT(usage_of(*read(), "acme/orders"), ElementsAre("ann:20", "bob:20"));
}

}  // namespace apiforge::storage
