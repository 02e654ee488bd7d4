#include "quota/limit_book.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quota/counter_name.hpp"
#include "quota/limit_fixture.hpp"

namespace apiforge::quota {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names(const LimitBook& book, const Subject& subject) {
  std::vector<std::uint32_t> places;
  book.candidates(subject, places);
  std::vector<std::string> result;
  for (const std::uint32_t place : places) {
    const CompiledLimit& limit = *book.limits()[place];
    if (path_holds(limit, subject.path)) result.push_back(limit.config->name);
  }
  return result;
}

model::Quota matching(std::string name, model::QuotaMatch match) {
  model::Quota quota = rate_quota(std::move(name), 10);
  quota.match = std::move(match);
  return quota;
}

TEST(LimitBook, what_holds_comes_strictest_first) {
  const auto book = book_of({matching("all", {}), matching("tenant", {.tenant = "acme"}),
                             matching("key", {.key = "k"}), matching("other", {.key = "x"}),
                             matching("api", {.api = "binance"}),
                             matching("user", {.user = "joe", .api = "binance"})});
  EXPECT_THAT(names(*book, caller("k")), ElementsAre("key", "user", "tenant", "api", "all"));
}

TEST(LimitBook, a_path_is_a_prefix_by_segments) {
  const auto book =
      book_of({matching("orders", {.path = "/orders"}), matching("root", {.path = "/"})});
  Subject subject = caller("k");
  EXPECT_THAT(names(*book, subject), ElementsAre("orders", "root"));
  subject.path = "/orders";
  EXPECT_THAT(names(*book, subject), ElementsAre("orders", "root"));
  subject.path = "/ordersheet";
  EXPECT_THAT(names(*book, subject), ElementsAre("root"));
}

// `/orders/` held `/orders/1` only, and a call of `/orders` passed the limit.
TEST(LimitBook, a_slash_at_the_end_of_a_path_means_nothing) {
  const auto book = book_of({matching("orders", {.path = "/orders/"})});
  Subject subject = caller("k");
  subject.path = "/orders";
  EXPECT_THAT(names(*book, subject), ElementsAre("orders"));
}

TEST(LimitBook, a_tenants_limit_holds_for_its_own_callers_only) {
  model::Quota own = rate_quota("own", 10);
  own.tenant = {"acme"};
  model::Quota foreign = rate_quota("foreign", 10);
  foreign.tenant = {"evil"};
  foreign.match.key = "k";
  EXPECT_THAT(names(*book_of({own, foreign}), caller("k")), ElementsAre("own"));
}

TEST(LimitBook, a_disabled_limit_does_not_hold) {
  model::Quota quota = rate_quota("off", 10);
  quota.enabled = false;
  EXPECT_TRUE(book_of({quota})->empty());
}

TEST(LimitBook, limits_of_thousands_of_tenants_are_not_even_looked_at) {
  std::vector<model::Quota> quotas;
  for (int i = 0; i < 5'000; ++i) {
    quotas.push_back(rate_quota("q", 10));
    quotas.back().tenant = {"tenant" + std::to_string(i)};
  }
  EXPECT_THAT(names(*book_of(quotas), caller("k")), IsEmpty());
}

TEST(LimitBook, counts_go_on_in_the_next_book) {
  const auto first = book_of({rate_quota("r", 10)});
  first->limits()[0]->counts->admitted = 5;
  const auto second = book_of({rate_quota("r", 20), rate_quota("s", 1)}, 0, first.get());
  EXPECT_EQ(read_limits(*second).at(0).admitted, 5U);
  EXPECT_EQ(second->limits()[0]->salt, first->limits()[0]->salt);
  EXPECT_NE(second->revision(), first->revision());
}

TEST(LimitBook, the_revision_of_the_first_book_cannot_be_guessed) {
  // It was 1, so that anyone could work out which address is taken for another caller's.
  EXPECT_NE(book_of({})->revision(), book_of({})->revision());
}

TEST(LimitBook, says_its_policies_in_header_form) {
  model::Quota burst = rate_quota("burst", 100, seconds(10));
  burst.limit.burst = 50;
  EXPECT_EQ(book_of({rate_quota("orders", 100, seconds(60))})->limits()[0]->policy_item,
            "\"orders\";q=100;w=60");
  EXPECT_EQ(book_of({burst})->limits()[0]->policy_item, "\"burst\";q=50;w=5");
  EXPECT_EQ(book_of({period_quota("day", 7)})->limits()[0]->policy_item, "\"day\";q=7;w=86400");
  EXPECT_EQ(book_of({running_quota("n", 7)})->limits()[0]->policy_item,
            "\"n\";q=7;qu=\"concurrent-requests\"");
}

TEST(CounterName, tells_the_values_that_tell_counters_apart) {
  const model::QuotaMatch match{.tenant = "*", .key = "*", .api = "binance", .method = "*"};
  EXPECT_EQ(counter_name(counter_values(match, caller("k1"))), "tenant=acme;key=k1;method=GET");
  EXPECT_EQ(counter_name(counter_values(match, caller(""))), "tenant=acme;user=joe;method=GET");
  EXPECT_EQ(counter_name(counter_values({}, caller("k1"))), "");
}

}  // namespace
}  // namespace apiforge::quota
