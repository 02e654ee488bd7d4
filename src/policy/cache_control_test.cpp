#include "policy/cache_control.hpp"

#include <gtest/gtest.h>

namespace apiforge::policy {
namespace {

using namespace std::chrono_literals;

CacheControl reading(std::initializer_list<std::string_view> lines) {
  CacheControl control;
  for (const auto line : lines) read_cache_control(line, control);
  return control;
}

TEST(CacheControl, directives_are_read_in_any_case_and_from_several_lines) {
  const CacheControl control = reading({"Public, MAX-AGE=60", "s-maxage=10 ,must-revalidate"});
  EXPECT_TRUE(control.is_public);
  EXPECT_TRUE(control.must_revalidate);
  EXPECT_EQ(control.max_age, 60s);
  EXPECT_EQ(control.s_maxage, 10s);
  EXPECT_FALSE(control.no_store);
}

TEST(CacheControl, unknown_directives_and_empty_elements_are_passed_over) {
  const CacheControl control = reading({",, immutable, ext=\"a, no-store, b\", no-transform,"});
  EXPECT_FALSE(control.no_store) << "it stands within the quotes of another";
  EXPECT_FALSE(control.max_age);
}

TEST(CacheControl, a_quoted_comma_does_not_end_a_directive) {
  const CacheControl control = reading({"private=\"a, b\\\", no-cache\", max-age=5"});
  EXPECT_TRUE(control.is_private);
  EXPECT_FALSE(control.no_cache);
  EXPECT_EQ(control.max_age, 5s);
}

TEST(CacheControl, of_two_lifetimes_the_shorter_counts) {
  EXPECT_EQ(reading({"max-age=60, max-age=5"}).max_age, 5s);
  EXPECT_EQ(reading({"max-age=5", "max-age=60"}).max_age, 5s);
}

TEST(CacheControl, a_lifetime_that_cannot_be_read_is_over) {
  for (const auto* line : {"max-age=abc", "max-age=", "max-age", "max-age=-1", "max-age=1.5"}) {
    EXPECT_EQ(reading({line}).max_age, 0s) << line;
  }
}

TEST(CacheControl, times_may_be_quoted_and_too_large_ones_are_cut) {
  EXPECT_EQ(reading({"max-age=\"60\""}).max_age, 60s);
  EXPECT_EQ(reading({"max-age=99999999999999999999999"}).max_age, kMaxDeltaSeconds);
  EXPECT_EQ(reading({"max-age=2147483649"}).max_age, kMaxDeltaSeconds);
}

TEST(CacheControl, max_stale_needs_no_value) {
  EXPECT_EQ(reading({"max-stale"}).max_stale, std::chrono::seconds::max());
  EXPECT_EQ(reading({"max-stale=7"}).max_stale, 7s);
  EXPECT_FALSE(reading({"max-stale=soon"}).max_stale);
}

TEST(CacheControl, of_two_demands_for_freshness_the_stricter_counts) {
  EXPECT_EQ(reading({"min-fresh=5, min-fresh=60"}).min_fresh, 60s);
}

TEST(CacheControl, the_extensions_of_rfc_5861_are_read) {
  const CacheControl control = reading({"stale-while-revalidate=30, stale-if-error=86400"});
  EXPECT_EQ(control.stale_while_revalidate, 30s);
  EXPECT_EQ(control.stale_if_error, 86400s);
  EXPECT_FALSE(reading({"stale-if-error=x"}).stale_if_error);
}

}  // namespace
}  // namespace apiforge::policy
