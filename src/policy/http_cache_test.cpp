#include "policy/http_cache.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace apiforge::policy {
namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::pair<std::string, std::string>>;

constexpr auto kReceivedAt = "Tue, 14 Nov 2023 22:13:20 GMT";  // where SimulatedClock begins

class HttpCacheTest : public testing::Test {
 protected:
  RequestFacts request(const Lines& lines = {}) {
    request_lines_ = lines;
    RequestFacts facts;
    for (const auto& [name, value] : request_lines_) read_request_field(name, value, facts);
    return facts;
  }

  /// A reply to `request`, which comes now; whether it is kept, and then for how long.
  std::optional<Freshness> keeping(const Lines& reply, const Lines& request_lines = {},
                                   int status = 200) {
    const RequestFacts asked_with = request(request_lines);
    ReplyFacts facts;
    for (const auto& [name, value] : reply) read_reply_field(name, value, facts);
    return freshness_to_keep({.status = status,
                              .request = asked_with,
                              .reply = facts,
                              .caller_is_known = caller_is_known_,
                              .asked = clock_.now() - transit_,
                              .received = clock_.now(),
                              .received_wall = clock_.wall()},
                             policy_, rule_ttl(policy_, "/prices/btc"));
  }
  /// Keeps it, lets `time` pass, and asks again.
  Use after(std::chrono::nanoseconds time, const Lines& reply, const Lines& asked_again = {}) {
    const auto kept = keeping(reply);
    if (!kept) {
      ADD_FAILURE() << "was not kept";
      return Use::No;
    }
    return use_of(*kept, request(asked_again), kept->received + time);
  }

  SimulatedClock clock_;
  std::chrono::nanoseconds transit_{0};
  model::CachePolicy policy_;
  bool caller_is_known_ = true;

 private:
  Lines request_lines_;
};

// ---------------------------------------------------------------------------------- requests

TEST_F(HttpCacheTest, reads_without_a_body_use_the_cache) {
  EXPECT_TRUE(may_use_cache(true, false, request()));
  EXPECT_FALSE(may_use_cache(false, false, request()));
  EXPECT_FALSE(may_use_cache(true, true, request()));
}

TEST_F(HttpCacheTest, ranges_and_conditions_about_the_origin_pass_by) {
  for (const auto* name : {"Range", "If-Range", "If-Match", "If-Unmodified-Since", "Upgrade"}) {
    EXPECT_FALSE(may_use_cache(true, false, request({{name, "x"}}))) << name;
  }
  EXPECT_FALSE(may_use_cache(true, false, request({{"Cache-Control", "no-store"}})));
  EXPECT_FALSE(may_use_cache(true, false,
                             request({{"If-None-Match", "\"a\""}, {"If-None-Match", "\"b\""}})));
  EXPECT_TRUE(may_use_cache(true, false, request({{"If-None-Match", "\"a\""}})));
}

// ------------------------------------------------------------------------------ what is kept

TEST_F(HttpCacheTest, a_reply_that_says_how_long_is_kept_so_long) {
  EXPECT_EQ(keeping({{"Cache-Control", "max-age=60"}})->lifetime, 60s);
  EXPECT_EQ(keeping({{"Cache-Control", "max-age=60, s-maxage=10"}})->lifetime, 10s);
  EXPECT_EQ(
      keeping({{"Date", kReceivedAt}, {"Expires", "Tue, 14 Nov 2023 22:14:20 GMT"}})->lifetime,
      60s);
  EXPECT_EQ(keeping({{"Cache-Control", "max-age=5"}, {"Expires", "Tue, 14 Nov 2030 22:14:20 GMT"}})
                ->lifetime,
            5s);
}

TEST_F(HttpCacheTest, a_reply_that_says_nothing_is_not_kept_unless_the_operator_says_how_long) {
  EXPECT_FALSE(keeping({}));
  EXPECT_FALSE(keeping({{"Last-Modified", "Tue, 14 Nov 2000 22:13:20 GMT"}})) << "never guessed";
  policy_.default_ttl = 500ms;
  EXPECT_EQ(keeping({})->lifetime, 500ms);
  EXPECT_EQ(keeping({}, {}, 404)->lifetime, 500ms);
  EXPECT_FALSE(keeping({}, {}, 302));
  EXPECT_FALSE(keeping({{"Cache-Control", "no-store"}}));
}

TEST_F(HttpCacheTest, what_forbids_it_is_not_kept) {
  policy_.default_ttl = 1min;
  EXPECT_FALSE(keeping({{"Cache-Control", "no-store, max-age=60"}}));
  EXPECT_FALSE(keeping({{"Cache-Control", "private, max-age=60"}}));
  EXPECT_FALSE(keeping({{"Cache-Control", "max-age=60"}, {"Set-Cookie", "a=b"}}));
  EXPECT_FALSE(keeping({{"Cache-Control", "max-age=60"}, {"Vary", "Accept, *"}}));
  EXPECT_FALSE(keeping({{"Cache-Control", "max-age=60"}, {"Content-Type", "text/event-stream"}}));
}

TEST_F(HttpCacheTest, errors_and_parts_are_not_kept_whatever_they_say) {
  for (const int status : {206, 304, 400, 401, 403, 429, 500, 502, 503}) {
    EXPECT_FALSE(keeping({{"Cache-Control", "public, max-age=60"}}, {}, status)) << status;
  }
  for (const int status : {301, 308, 404, 410}) {
    EXPECT_TRUE(keeping({{"Cache-Control", "max-age=60"}}, {}, status)) << status;
  }
}

TEST_F(HttpCacheTest, private_replies_are_kept_for_one_known_caller_only) {
  policy_.scope = model::CacheScope::Caller;
  EXPECT_TRUE(keeping({{"Cache-Control", "private, max-age=60"}}));
  caller_is_known_ = false;
  EXPECT_FALSE(keeping({{"Cache-Control", "private, max-age=60"}}));
}

TEST_F(HttpCacheTest, replies_to_a_credential_that_the_upstream_sees_need_its_permission) {
  for (const auto* name : {"Authorization", "Cookie"}) {
    const Lines personal{{name, "secret"}};
    EXPECT_FALSE(keeping({{"Cache-Control", "max-age=60"}}, personal)) << name;
    EXPECT_TRUE(keeping({{"Cache-Control", "public, max-age=60"}}, personal)) << name;
    EXPECT_TRUE(keeping({{"Cache-Control", "s-maxage=60"}}, personal)) << name;
    EXPECT_EQ(after(1s, {{"Cache-Control", "max-age=60"}}, personal), Use::No) << name;
    EXPECT_EQ(after(1s, {{"Cache-Control", "public, max-age=60"}}, personal), Use::Fresh) << name;
  }
}

TEST_F(HttpCacheTest, a_rule_overrules_what_the_reply_says) {
  policy_.rules = {{.path = "/prices", .ttl = 2s}};
  const auto kept = keeping({{"Cache-Control", "no-store, private"}, {"Set-Cookie", "a=b"}});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->lifetime, 2s);
  EXPECT_FALSE(kept->always_validate);
  EXPECT_FALSE(keeping({{"Vary", "*"}})) << "no key could tell such replies apart";
  EXPECT_FALSE(keeping({}, {{"Cookie", "a=b"}})) << "nor whose it is";
  EXPECT_FALSE(keeping({}, {}, 500));
  policy_.rules = {{.path = "/prices", .ttl = 0s}};
  EXPECT_FALSE(keeping({{"Cache-Control", "max-age=60"}}));
}

TEST_F(HttpCacheTest, the_first_rule_that_matches_by_whole_segments_counts) {
  policy_.rules = {
      {.path = "/prices/btc", .ttl = 1s}, {.path = "/prices", .ttl = 2s}, {.path = "/", .ttl = 3s}};
  EXPECT_EQ(rule_ttl(policy_, "/prices/btc"), 1s);
  EXPECT_EQ(rule_ttl(policy_, "/prices/btc/day"), 1s);
  EXPECT_EQ(rule_ttl(policy_, "/prices/btcusd"), 2s);
  EXPECT_EQ(rule_ttl(policy_, "/pricesx"), 3s);
  EXPECT_EQ(rule_ttl({}, "/prices"), std::nullopt);
}

TEST_F(HttpCacheTest, what_is_never_usable_is_kept_only_to_be_validated) {
  EXPECT_FALSE(keeping({{"Cache-Control", "max-age=0"}}));
  EXPECT_FALSE(keeping({{"Cache-Control", "no-cache"}}));
  EXPECT_TRUE(keeping({{"Cache-Control", "no-cache"}, {"ETag", "\"a\""}})->always_validate);
  EXPECT_TRUE(keeping({{"Cache-Control", "max-age=0"}, {"ETag", "\"a\""}}));
  EXPECT_TRUE(keeping({{"Expires", "0"}, {"ETag", "\"a\""}})) << "a date that is none is past";
  EXPECT_TRUE(keeping({{"Cache-Control", "max-age=0, stale-while-revalidate=10"}}));
}

// --------------------------------------------------------------------------------------- age

TEST_F(HttpCacheTest, the_age_counts_what_other_caches_and_the_way_took) {
  transit_ = 2s;
  const auto kept = keeping({{"Cache-Control", "max-age=60"}, {"Age", "10"}});
  EXPECT_EQ(age(*kept, clock_.now()), 12s);
  EXPECT_EQ(age(*kept, clock_.now() + 5s), 17s);
  EXPECT_EQ(remaining(*kept, clock_.now() + 5s), 43s);
}

TEST_F(HttpCacheTest, an_old_date_makes_a_reply_old) {
  const auto kept =
      keeping({{"Cache-Control", "max-age=60"}, {"Date", "Tue, 14 Nov 2023 22:12:50 GMT"}});
  EXPECT_EQ(age(*kept, clock_.now()), 30s);
  const auto of_a_fast_clock =
      keeping({{"Cache-Control", "max-age=60"}, {"Date", "Tue, 14 Nov 2023 23:00:00 GMT"}});
  EXPECT_EQ(age(*of_a_fast_clock, clock_.now()), 0s);
}

TEST_F(HttpCacheTest, an_operators_lifetime_begins_when_the_reply_comes) {
  policy_.default_ttl = 10s;
  const auto kept = keeping({{"Age", "3600"}});
  EXPECT_EQ(remaining(*kept, clock_.now()), 10s);
  EXPECT_EQ(age(*kept, clock_.now()), 3600s);
}

// --------------------------------------------------------------------------------------- use

TEST_F(HttpCacheTest, a_reply_is_used_while_it_is_fresh) {
  const Lines reply{{"Cache-Control", "max-age=60"}};
  EXPECT_EQ(after(0s, reply), Use::Fresh);
  EXPECT_EQ(after(60s - 1ns, reply), Use::Fresh);
  EXPECT_EQ(after(60s, reply), Use::MustRevalidate);
}

TEST_F(HttpCacheTest, a_request_may_want_it_fresher) {
  const Lines reply{{"Cache-Control", "max-age=60"}};
  EXPECT_EQ(after(0s, reply, {{"Cache-Control", "no-cache"}}), Use::MustRevalidate);
  EXPECT_EQ(after(0s, reply, {{"Pragma", "no-cache"}}), Use::MustRevalidate);
  EXPECT_EQ(after(10s, reply, {{"Cache-Control", "max-age=10"}}), Use::Fresh);
  EXPECT_EQ(after(11s, reply, {{"Cache-Control", "max-age=10"}}), Use::MustRevalidate);
  EXPECT_EQ(after(10s, reply, {{"Cache-Control", "min-fresh=50"}}), Use::Fresh);
  EXPECT_EQ(after(11s, reply, {{"Cache-Control", "min-fresh=50"}}), Use::MustRevalidate);
}

TEST_F(HttpCacheTest, a_request_may_take_it_stale) {
  const Lines reply{{"Cache-Control", "max-age=60"}};
  EXPECT_EQ(after(70s, reply, {{"Cache-Control", "max-stale=10"}}), Use::Fresh);
  EXPECT_EQ(after(71s, reply, {{"Cache-Control", "max-stale=10"}}), Use::MustRevalidate);
  EXPECT_EQ(after(10h, reply, {{"Cache-Control", "max-stale"}}), Use::Fresh);
  EXPECT_EQ(after(70s, {{"Cache-Control", "max-age=60, must-revalidate"}},
                  {{"Cache-Control", "max-stale"}}),
            Use::MustRevalidate);
  EXPECT_EQ(after(70s, {{"Cache-Control", "s-maxage=60"}}, {{"Cache-Control", "max-stale"}}),
            Use::MustRevalidate);
}

TEST_F(HttpCacheTest, what_is_to_be_validated_always_is) {
  EXPECT_EQ(after(0s, {{"Cache-Control", "no-cache, max-age=60"}, {"ETag", "\"a\""}}),
            Use::MustRevalidate);
}

// ----------------------------------------------------------------------------------- RFC 5861

TEST_F(HttpCacheTest, a_stale_reply_is_renewed_in_the_background_for_a_while) {
  const Lines reply{{"Cache-Control", "max-age=60, stale-while-revalidate=30"}};
  EXPECT_EQ(after(59s, reply), Use::Fresh);
  EXPECT_EQ(after(60s, reply), Use::RevalidateInBackground);
  EXPECT_EQ(after(89s, reply), Use::RevalidateInBackground);
  EXPECT_EQ(after(90s, reply), Use::MustRevalidate);
  EXPECT_EQ(after(61s, {{"Cache-Control", "s-maxage=60, stale-while-revalidate=30"}}),
            Use::RevalidateInBackground)
      << "the reply itself allows what s-maxage alone forbids";
}

TEST_F(HttpCacheTest, the_operators_times_hold_unless_the_reply_says_otherwise) {
  policy_.stale_while_revalidate = 30s;
  EXPECT_EQ(after(61s, {{"Cache-Control", "max-age=60"}}), Use::RevalidateInBackground);
  EXPECT_EQ(after(61s, {{"Cache-Control", "max-age=60, stale-while-revalidate=0"}}),
            Use::MustRevalidate);
  EXPECT_EQ(after(61s, {{"Cache-Control", "max-age=60, must-revalidate"}}), Use::MustRevalidate);
  EXPECT_EQ(after(61s, {{"Cache-Control", "s-maxage=60"}}), Use::MustRevalidate);
}

TEST_F(HttpCacheTest, a_stale_reply_stands_in_for_an_error_for_a_while) {
  const auto kept = keeping({{"Cache-Control", "max-age=60, stale-if-error=100"}});
  EXPECT_TRUE(usable_on_error(*kept, request(), clock_.now() + 160s));
  EXPECT_FALSE(usable_on_error(*kept, request(), clock_.now() + 161s));
  EXPECT_TRUE(usable_as_fallback(*kept, request()));
  const auto silent = keeping({{"Cache-Control", "max-age=60"}});
  EXPECT_FALSE(usable_on_error(*silent, request(), clock_.now() + 61s));
  EXPECT_TRUE(usable_on_error(*silent, request({{"Cache-Control", "stale-if-error=5"}}),
                              clock_.now() + 61s));
}

TEST_F(HttpCacheTest, what_forbids_stale_use_forbids_it_on_errors_too) {
  policy_.stale_if_error = 1h;
  for (const auto* control : {"max-age=1, must-revalidate", "max-age=1, proxy-revalidate",
                              "s-maxage=1", "no-cache, max-age=1"}) {
    const auto kept = keeping({{"Cache-Control", control}, {"ETag", "\"a\""}});
    ASSERT_TRUE(kept) << control;
    EXPECT_FALSE(usable_on_error(*kept, request(), clock_.now() + 2s)) << control;
    EXPECT_FALSE(usable_as_fallback(*kept, request())) << control;
  }
}

// -------------------------------------------------------------------------------- validation

TEST_F(HttpCacheTest, a_tag_that_the_caller_has_is_answered_with_304) {
  const Validators kept{"\"v1\"", ""};
  const auto has = [&](std::string value) {
    return is_not_modified(request({{"If-None-Match", std::move(value)}}), kept, clock_.wall());
  };
  EXPECT_TRUE(has("\"v1\""));
  EXPECT_TRUE(has("W/\"v1\"")) << "compared weakly";
  EXPECT_TRUE(has("\"a,b\", \"v1\""));
  EXPECT_TRUE(has("*"));
  EXPECT_FALSE(has("\"v2\""));
  EXPECT_FALSE(has("v1"));
  EXPECT_FALSE(has("\"v1"));
}

TEST_F(HttpCacheTest, a_date_counts_when_there_is_no_tag) {
  const Validators kept{"\"v1\"", "Tue, 14 Nov 2023 00:00:00 GMT"};
  const auto unchanged = [&](const Lines& lines) {
    return is_not_modified(request(lines), kept, clock_.wall());
  };
  EXPECT_TRUE(unchanged({{"If-Modified-Since", "Tue, 14 Nov 2023 00:00:00 GMT"}}));
  EXPECT_FALSE(unchanged({{"If-Modified-Since", "Mon, 13 Nov 2023 00:00:00 GMT"}}));
  EXPECT_FALSE(unchanged({{"If-Modified-Since", "yesterday"}}));
  EXPECT_FALSE(unchanged(
      {{"If-None-Match", "\"v0\""}, {"If-Modified-Since", "Tue, 14 Nov 2023 00:00:00 GMT"}}));
  EXPECT_FALSE(unchanged({}));
}

TEST_F(HttpCacheTest, a_304_renews_all_but_what_describes_the_body) {
  EXPECT_TRUE(is_updated_by_304("Cache-Control"));
  EXPECT_TRUE(is_updated_by_304("X-Anything"));
  for (const auto* name : {"content-type", "Content-Encoding", "Content-Length", "Set-Cookie"}) {
    EXPECT_FALSE(is_updated_by_304(name)) << name;
  }
  EXPECT_TRUE(is_same_tag("W/\"a\"", "\"a\""));
  EXPECT_TRUE(is_same_tag("", "\"a\""));
  EXPECT_FALSE(is_same_tag("\"b\"", "\"a\""));
}

TEST_F(HttpCacheTest, writes_that_succeed_invalidate_their_target) {
  EXPECT_TRUE(invalidates(false, 204));
  EXPECT_TRUE(invalidates(false, 303));
  EXPECT_FALSE(invalidates(false, 404));
  EXPECT_FALSE(invalidates(false, 500));
  EXPECT_FALSE(invalidates(true, 200));
}

TEST_F(HttpCacheTest, names_in_vary_that_no_key_can_hold_are_known) {
  EXPECT_EQ(vary_name("accept-encoding"), VaryName::Selects);
  EXPECT_EQ(vary_name("cookie"), VaryName::Credential);
  EXPECT_EQ(vary_name("X-Forwarded-For"), VaryName::Unkeyable);
  EXPECT_EQ(vary_name("host"), VaryName::InKey);
}

}  // namespace
}  // namespace apiforge::policy
