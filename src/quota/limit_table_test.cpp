#include "quota/limit_table.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "quota/keyed_hash.hpp"

namespace apiforge::quota {
namespace {

using std::chrono::seconds;
using Kind = LimitTable::CellKind;

constexpr MonotonicTime kStart{std::chrono::hours(1)};

std::uint64_t key_of(const LimitTable& table, std::size_t caller) {
  const std::string name = std::to_string(caller);
  const std::string_view values[] = {"key", name};
  return table.key_of(Kind::Rate, 1, values);
}

/// Counts one call that is forgotten `busy` later; false when there is no room.
bool count(LimitTable& table, std::size_t caller, MonotonicTime now, seconds busy) {
  const std::uint64_t key = key_of(table, caller);
  LimitCell* const cell = table.find_or_make(key, now);
  if (cell == nullptr) return false;
  const auto seen = LimitTable::read(*cell, key);
  return seen && LimitTable::exchange(*cell, key, *seen, seen->value + 1, now + busy);
}

TEST(KeyedHash, is_siphash_2_4) {
  // The first and the sixteenth vector of the authors' reference implementation.
  const std::array<std::uint64_t, 2> key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  EXPECT_EQ(keyed_hash(key, ""), 0x726fdb47dd0e0e31U);
  std::string bytes;
  for (char byte = 0; byte < 15; ++byte) bytes += byte;
  EXPECT_EQ(keyed_hash(key, bytes), 0xa129ca6149be45e5U);
}

TEST(LimitTable, costs_nothing_before_the_first_call) {
  const LimitTable table;
  EXPECT_EQ(table.usage().bytes, 0U);
}

TEST(LimitTable, finds_what_was_counted) {
  LimitTable table;
  const std::uint64_t key = key_of(table, 1);
  EXPECT_EQ(table.find(key), nullptr);
  ASSERT_TRUE(count(table, 1, kStart, seconds(1)));
  LimitCell* const cell = table.find(key);
  ASSERT_NE(cell, nullptr);
  EXPECT_EQ(LimitTable::read(*cell, key)->value, 1U);
  EXPECT_EQ(table.find_or_make(key, kStart), cell);
  EXPECT_FALSE(LimitTable::read(*cell, key_of(table, 2)).has_value());
}

TEST(LimitTable, values_do_not_run_together) {
  const LimitTable table;
  const std::string_view one[] = {"key", "ab", "user", "c"};
  const std::string_view other[] = {"key", "a", "user", "bc"};
  EXPECT_NE(table.key_of(Kind::Rate, 1, one), table.key_of(Kind::Rate, 1, other));
  EXPECT_NE(table.key_of(Kind::Rate, 1, one), table.key_of(Kind::Rate, 2, one));
  EXPECT_NE(table.key_of(Kind::Rate, 1, one), table.key_of(Kind::Running, 1, one));
  const LimitTable seeded;
  EXPECT_NE(table.key_of(Kind::Rate, 1, one), seeded.key_of(Kind::Rate, 1, one));
}

TEST(LimitTable, a_million_callers_take_less_than_64_bytes_each) {
  constexpr std::size_t kCallers = 1'000'000;
  LimitTable table({.callers_max = kCallers});
  std::size_t counted = 0;
  for (std::size_t caller = 0; caller < kCallers; ++caller) {
    counted += count(table, caller, kStart, seconds(60)) ? 1 : 0;
  }
  EXPECT_EQ(counted, kCallers);
  EXPECT_EQ(table.usage().counters, kCallers);
  EXPECT_LE(table.usage().bytes / kCallers, 64U);
  // Each is still counted apart.
  for (std::size_t caller = 0; caller < kCallers; caller += 997) {
    const std::uint64_t key = key_of(table, caller);
    LimitCell* const cell = table.find(key);
    ASSERT_NE(cell, nullptr);
    EXPECT_EQ(LimitTable::read(*cell, key)->value, 1U);
  }
}

TEST(LimitTable, has_no_room_when_all_are_busy_and_forgets_who_is_idle) {
  LimitTable table({.callers_max = 10'000});
  for (std::size_t caller = 0; caller < 10'000; ++caller) {
    ASSERT_TRUE(count(table, caller, kStart, seconds(60)));
  }
  EXPECT_FALSE(count(table, 10'001, kStart + seconds(30), seconds(60)));
  const MonotonicTime later = kStart + seconds(62);
  for (std::size_t caller = 20'000; caller < 29'000; ++caller) {
    ASSERT_TRUE(count(table, caller, later, seconds(60))) << caller;
  }
  EXPECT_LE(table.usage().counters, 10'000U);
}

TEST(LimitTable, a_sweep_forgets_the_idle_only) {
  LimitTable table({.callers_max = 10'000});
  for (std::size_t caller = 0; caller < 4'000; ++caller) {
    ASSERT_TRUE(count(table, caller, kStart, caller < 1'000 ? seconds(600) : seconds(10)));
  }
  const MonotonicTime later = kStart + seconds(60);
  for (int i = 0; i < 200; ++i) table.forget_idle(later, 128);
  EXPECT_EQ(table.usage().counters, 1'000U);
  for (std::size_t caller = 0; caller < 4'000; ++caller) {
    EXPECT_EQ(table.find(key_of(table, caller)) != nullptr, caller < 1'000);
  }
}

TEST(LimitTable, a_counter_of_running_calls_is_not_forgotten_while_one_runs) {
  LimitTable table;
  const std::uint64_t key = table.key_of(Kind::Running, 1, {});
  LimitCell* const cell = table.find_or_make(key, kStart);
  const auto seen = LimitTable::read(*cell, key);
  ASSERT_TRUE(LimitTable::exchange(*cell, key, *seen, 1, kStart));
  const MonotonicTime later = kStart + std::chrono::hours(100);
  for (int i = 0; i < 100; ++i) table.forget_idle(later, 128);
  ASSERT_EQ(LimitTable::read(*cell, key)->value, 1U);
  ASSERT_TRUE(LimitTable::exchange(*cell, key, *LimitTable::read(*cell, key), 0, later));
  for (int i = 0; i < 100; ++i) table.forget_idle(later + seconds(3), 128);
  EXPECT_EQ(table.find(key), nullptr);
}

TEST(LimitTable, who_read_a_cell_cannot_change_it_once_it_is_anothers) {
  LimitTable table({.callers_max = 8});
  const std::uint64_t key = key_of(table, 1);
  LimitCell* const cell = table.find_or_make(key, kStart);
  const auto seen = LimitTable::read(*cell, key);
  for (int i = 0; i < 200; ++i) table.forget_idle(kStart + seconds(5), 128);
  EXPECT_FALSE(LimitTable::read(*cell, key).has_value());
  EXPECT_FALSE(LimitTable::exchange(*cell, key, *seen, 1, kStart));
}

TEST(LimitTable, callers_without_room_share_a_counter_of_their_limit) {
  LimitTable table({.callers_max = 8});
  const std::uint64_t key = table.overflow_key(Kind::Rate, 7);
  EXPECT_NE(key, table.overflow_key(Kind::Rate, 8));
  LimitCell* const cell = table.find_or_make_overflow(key, kStart);
  ASSERT_NE(cell, nullptr);
  EXPECT_EQ(table.find_or_make_overflow(key, kStart), cell);
  EXPECT_EQ(table.usage().overflowed, 2U);
}

}  // namespace
}  // namespace apiforge::quota
