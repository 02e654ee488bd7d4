#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "model/url.hpp"
#include "model/validate.hpp"

namespace apiforge::model {
namespace {

std::string written_rules(const std::vector<Fault>& faults) {
  std::string text;
  for (const auto& fault : faults) text += fault.pointer + ": " + fault.message + "\n";
  return text;
}

Quota sound_quota(std::string name = "all") {
  Quota quota;
  quota.name = std::move(name);
  quota.limit.amount = 100;
  quota.limit.per = milliseconds(60'000);
  return quota;
}

BreakerRule sound_breaker(std::string api = "binance") {
  BreakerRule rule;
  rule.api = std::move(api);
  return rule;
}

AlertRule sound_alert(std::string name = "errors") {
  AlertRule rule;
  rule.name = std::move(name);
  rule.metric = "error_rate";
  rule.threshold = 0.05;
  rule.targets = {{.webhook = "https://hooks.example.com/x?y=1", .secret = Secret("s")}};
  return rule;
}

/// One thing made wrong (or only unusual), and the faults that come of it.
template <class T>
struct Case {
  std::string_view name;
  std::function<void(T&)> change;
  std::string_view faults = "";
};
template <class T>
void PrintTo(const Case<T>& value, std::ostream* out) {
  *out << value.name;
}

const auto kName = [](const auto& test) { return std::string(test.param.name); };

class QuotaRules : public testing::TestWithParam<Case<Quota>> {};

TEST_P(QuotaRules, Hold) {
  Quota quota = sound_quota();
  GetParam().change(quota);
  EXPECT_EQ(written_rules(validate_quota(quota)), GetParam().faults);
}

void make_period(Quota& quota) {
  quota.limit.per = milliseconds(0);
  quota.limit.period = Period::Day;
}
void make_concurrent(Quota& quota) {
  quota.limit.per = milliseconds(0);
  quota.limit.unit = LimitUnit::Concurrent;
}

INSTANTIATE_TEST_SUITE_P(
    Allowed, QuotaRules,
    testing::ValuesIn(std::vector<Case<Quota>>{
        {"ARate", [](Quota&) {}},
        {"APeriod", make_period},
        {"CallsAtOnce", make_concurrent},
        {"ACounterForEach", [](Quota& q) { q.match = {"*", "*", "*", "*", "*", "*", "/orders"}; }},
        {"ABurst", [](Quota& q) { q.limit.burst = 1'000; }},
        {"ABudget",
         [](Quota& q) {
           make_period(q);
           q.limit.unit = LimitUnit::Usd;
         }},
        {"AQueue", [](Quota& q) { q.on_exceed = OnExceed::Queue; }},
        {"AFixedPeriod",
         [](Quota& q) {
           make_period(q);
           q.algorithm = LimitAlgorithm::FixedWindow;
         }},
        {"ATenantsOwn", [](Quota& q) { q.tenant.value = q.match.tenant = "acme"; }},
    }),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Refused, QuotaRules,
    testing::ValuesIn(std::vector<Case<Quota>>{
        {"NoName", [](Quota& q) { q.name = ""; },
         "/name: must be 1 to 64 letters, digits, _ or -, not ''\n"},
        {"AMethodThatNobodySends", [](Quota& q) { q.match.method = "post"; },
         "/match/method: must be a method in capital letters such as GET, or * for each of them, "
         "not 'post'\n"},
        {"NoAmount", [](Quota& q) { q.limit.amount = 0; },
         "/limit/amount: must be from 1 to 1000000000000000, not 0\n"},
        {"TooMuchMoney",
         [](Quota& q) {
           q.limit.unit = LimitUnit::Usd;
           q.limit.amount = 2'000'000'000'000'000;
         },
         "/limit/amount: must be a decimal text from \"0.000000001\" to \"1000000\", not "
         "\"2000000\"\n"},
        {"NoTime", [](Quota& q) { q.limit.per = milliseconds(0); },
         "/limit: needs per_ms of 1 or more (a rate), or period (minute, hour, day or month of the "
         "calendar)\n"},
        {"TwoTimes", [](Quota& q) { q.limit.period = Period::Day; },
         "/limit/period: must not be given with per_ms: a limit has one of the two\n"},
        {"TooLongATime", [](Quota& q) { q.limit.per = milliseconds(2'592'000'001); },
         "/limit/per_ms: must be from 1 to 2592000000 (30 days), not 2592000001\n"},
        {"AConcurrentRate", [](Quota& q) { q.limit.unit = LimitUnit::Concurrent; },
         "/limit/per_ms: must not be given with the unit concurrent\n"},
        {"ABurstOfAPeriod",
         [](Quota& q) {
           make_period(q);
           q.limit.burst = 5;
         },
         "/limit/burst: is for limits with per_ms\n"},
        {"ABurstOfAWindow",
         [](Quota& q) {
           q.algorithm = LimitAlgorithm::SlidingWindow;
           q.limit.burst = 5;
         },
         "/limit/burst: is for the algorithm gcra: windows admit the amount at once anyway\n"},
        {"ASlidingPeriod",
         [](Quota& q) {
           make_period(q);
           q.algorithm = LimitAlgorithm::SlidingWindow;
         },
         "/algorithm: must be gcra or fixed_window with a period: those are fixed\n"},
        {"WaitingForAPeriod",
         [](Quota& q) {
           make_period(q);
           q.on_exceed = OnExceed::Queue;
         },
         "/on_exceed: must be reject or degrade with a period: its end is too far to wait for\n"},
        {"AStrictNumberAtOnce",
         [](Quota& q) {
           make_concurrent(q);
           q.strict = true;
         },
         "/strict: must be false with the unit concurrent: each node counts alone\n"},
        {"NoPlaceInTheQueue", [](Quota& q) { q.queue = {0, milliseconds(60'001)}; },
         "/queue/max_waiting: must be from 1 to 10000, not 0\n"
         "/queue/max_wait_ms: must be from 1 to 60000, not 60001\n"},
        {"AllInReserve", [](Quota& q) { q.reserve_percent = 91; },
         "/reserve_percent: must be from 0 to 90, not 91\n"},
        {"APathForEach", [](Quota& q) { q.match.path = "*"; },
         "/match/path: must begin with / and have at most 1024 visible ASCII characters without ? "
         "and #, not '*'\n"},
        {"SpacesInMatch", [](Quota& q) { q.match.user = "a b"; },
         "/match/user: must be an id of at most 256 visible ASCII characters, or * for each of "
         "them, not 'a b'\n"},
        {"AnotherTenantsCallers", [](Quota& q) { q.tenant.value = "acme"; },
         "/match/tenant: must be the tenant whose quota it is\n"},
    }),
    kName);

class BreakerRules : public testing::TestWithParam<Case<BreakerRule>> {};

TEST_P(BreakerRules, Hold) {
  BreakerRule rule = sound_breaker();
  GetParam().change(rule);
  EXPECT_EQ(written_rules(validate_breaker_rule(rule)), GetParam().faults);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BreakerRules,
    testing::ValuesIn(std::vector<Case<BreakerRule>>{
        {"TheDefault", [](BreakerRule&) {}},
        {"AWindowOfTime", [](BreakerRule& r) { r.window = {WindowKind::Time, 10'000}; }},
        {"NoApi", [](BreakerRule& r) { r.api = ""; }, "/api: must be the name of an API, not ''\n"},
        {"NoRate", [](BreakerRule& r) { r.failure_rate = 0; },
         "/failure_rate: must be a share from 0.01 to 1\n"},
        {"RateThatIsNoNumber",
         [](BreakerRule& r) { r.slow_rate = std::numeric_limits<double>::quiet_NaN(); },
         "/slow_rate: must be a share from 0.01 to 1\n"},
        {"NoTimeIsSlow", [](BreakerRule& r) { r.slow_call = milliseconds(0); },
         "/slow_call_ms: must be from 1 to 3600000, or null: no call is slow; not 0\n"},
        {"AWindowTooSmall", [](BreakerRule& r) { r.window.size = 19; },
         "/minimum_calls: must be at most the size of the window, 19\n"},
        {"AWindowOfTimeTooShort", [](BreakerRule& r) { r.window.kind = WindowKind::Time; },
         "/window/size: must be from 1000 to 3600000, not 100\n"},
        {"TooShortAMaximum", [](BreakerRule& r) { r.max_open = milliseconds(1); },
         "/max_open_ms: must not be less than open_ms\n"},
        {"NothingCounts", [](BreakerRule& r) { r.counts.clear(); },
         "/counts: must name at least one of 5xx, 429, timeout, connect\n"},
        {"UnknownCounts", [](BreakerRule& r) { r.counts = {"timeouts", "5xx", "5xx"}; },
         "/counts/0: must be one of 5xx, 429, timeout, connect, not 'timeouts'; did you mean "
         "'timeout'?\n/counts/2: '5xx' stands here twice\n"},
    }),
    kName);

class AlertRules : public testing::TestWithParam<Case<AlertRule>> {};

TEST_P(AlertRules, Hold) {
  AlertRule rule = sound_alert();
  GetParam().change(rule);
  EXPECT_EQ(written_rules(validate_alert_rule(rule)), GetParam().faults);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, AlertRules,
    testing::ValuesIn(std::vector<Case<AlertRule>>{
        {"AShare", [](AlertRule&) {}},
        {"NobodyIsTold", [](AlertRule& r) { r.targets.clear(); }},
        {"AnUnknownMetric", [](AlertRule& r) { r.metric = "eror_rate"; },
         "/metric: must be one of error_rate, latency_p99_ms, calls_per_second, in_flight, "
         "limited_per_second, shed_per_second, open_breakers, quota_used, not 'eror_rate'; did "
         "you mean 'error_rate'?\n"},
        {"MoreThanAll", [](AlertRule& r) { r.threshold = 5; },
         "/threshold: must be a share from 0 to 1\n"},
        {"AnUnknownLabel", [](AlertRule& r) { r.match = {{"apis", "*"}, {"version", "v 1"}}; },
         "/match/apis: the metric has no such label; allowed: api, version; did you mean 'api'?\n"
         "/match/version: must be a name, or * for each of them, not 'v 1'\n"},
        // Rules with labels that their metric does not have were taken, and never fired.
        {"AQuotaWhereCallsAreMeant", [](AlertRule& r) { r.match = {{"quota", "all"}}; },
         "/match/quota: the metric has no such label; allowed: api, version\n"},
        {"AnApiWhereQuotasAreMeant",
         [](AlertRule& r) {
           r.metric = "quota_used";
           r.match = {{"api", "*"}, {"quota", "all"}};
         },
         "/match/api: the metric has no such label; allowed: quota\n"},
        {"TooShortAWindow", [](AlertRule& r) { r.over = milliseconds(999); },
         "/over_ms: must be from 1000 to 86400000, not 999\n"},
        {"ATargetThatIsNone", [](AlertRule& r) { r.targets = {{}}; },
         "/targets/0: needs a webhook, or zmq: true\n"},
        {"AFragment", [](AlertRule& r) { r.targets[0].webhook += "#x"; },
         "/targets/0/webhook: the query must be of letters, digits, percent-encoded bytes and "
         "-._~!$&'()*+,;=:@/? only\n"},
        // The second lost its secret when the rule was read and written back.
        {"AWebhookTwice", [](AlertRule& r) { r.targets.push_back(r.targets[0]); },
         "/targets/1/webhook: another target has the same webhook\n"},
        {"AWebhookAtAPublicAddressInTheClear",
         [](AlertRule& r) { r.targets[0].webhook = "http://93.184.215.14:8080/hook/"; }},
        {"ASecretForNobody",
         [](AlertRule& r) { r.targets = {{.secret = Secret("s"), .zmq = true}}; },
         "/targets/0/secret: needs a webhook, whose calls it signs\n"},
    }),
    kName);

// Webhooks that were taken as well formed, and could then never be told.
TEST(Webhooks, AreWellFormedWhenTheyCanBeTold) {
  const std::string long_path(2'048, 'x');
  const std::pair<std::string, bool> urls[] = {
      {"https://hooks.example.com", true},
      {"http://hooks.example.com/", true},
      {"http://93.184.215.14/hook", true},
      {"https://[2001:db8::1]:8443/hook/?a=%5B1%5D&b=c", true},
      {"https://hooks.example.com/?a=[1]", false},
      {"https://hooks.example.com/?a={1}|2", false},
      {"https://hooks.example.com/?a b", false},
      {"https://hooks.example.com/?a#b", false},
      {"https://hooks.example.com/#b", false},
      {"https://user:word@hooks.example.com/", false},
      {"ftp://hooks.example.com/", false},
      {"https://hooks.example.com/?" + long_path, false},
  };
  for (const auto& [url, is_sound] : urls) {
    AlertRule rule = sound_alert();
    rule.targets[0].webhook = url;
    EXPECT_EQ(validate_alert_rule(rule).empty(), is_sound) << url;
    EXPECT_EQ(parse_resource_url(url).has_value(), is_sound) << url;
  }
}

Configuration with_api() {
  Configuration configuration;
  configuration.apis.emplace_back().name = "binance";
  configuration.apis[0].upstream.endpoints.emplace_back().url = "https://api.example.com";
  return configuration;
}

TEST(RulesOfAConfiguration, HaveNamesOfTheirOwnInATenant) {
  Configuration configuration = with_api();
  configuration.quotas = {sound_quota(), sound_quota(), sound_quota()};
  configuration.quotas[1].tenant.value = configuration.quotas[1].match.tenant = "acme";
  configuration.circuit_breakers = {sound_breaker(), sound_breaker(), sound_breaker()};
  configuration.circuit_breakers[1].scope = BreakerScope::Api;
  configuration.alert_rules = {sound_alert(), sound_alert()};
  EXPECT_EQ(written_rules(validate(configuration, {"http"})),
            "/quotas/2/name: another one has the name 'all'\n"
            "/circuit_breakers/2/api: another one has the same api, version and scope\n"
            "/alert_rules/1/name: another one has the name 'errors'\n");
}

// Files with rules of stored Apis could be neither served nor applied.
TEST(RulesOfAConfiguration, MayBeAboutApisThatAreStored) {
  Configuration configuration = with_api();
  configuration.quotas = {sound_quota("a"), sound_quota("b")};
  configuration.quotas[0].match.api = "kraken";
  configuration.quotas[1].match = {.api = "binance", .version = "v9"};
  configuration.circuit_breakers = {sound_breaker(), sound_breaker("kraken")};
  configuration.circuit_breakers[0].version = "v1";
  EXPECT_EQ(written_rules(validate(configuration, {"http"})), "");
  const HasApi has_api = [](std::string_view api, std::string_view version) {
    return api == "binance" && (version.empty() || version == "v1");
  };
  EXPECT_EQ(written_rules(rules_of_no_api(configuration, has_api)),
            "/quotas/0/match/api: there is no API 'kraken'\n"
            "/quotas/1/match/version: the API 'binance' has no version 'v9'\n"
            "/circuit_breakers/1/api: there is no API 'kraken'\n");
}

TEST(CallRules, HaveCostsThatMeanSomething) {
  Api api = with_api().apis[0];
  CallRule rule;
  rule.methods = {"GET", "GET", "G T"};
  rule.path = "orders";
  rule.weight = -1;
  rule.settle_tokens = "usage";
  api.call_rules = {CallRule{}, rule};
  api.call_rules[0].usd_per_token.value = 1;
  EXPECT_EQ(written_rules(validate_api(api, {"http"})),
            "/call_rules/0/usd_per_token: needs `settle_tokens`, which says how many there were\n"
            "/call_rules/1/methods/1: 'GET' stands here twice\n"
            "/call_rules/1/methods/2: must be a method such as GET, not 'G T'\n"
            "/call_rules/1/path: must begin with / and have at most 1024 visible ASCII characters "
            "without ? and #, not 'orders'\n"
            "/call_rules/1/weight: must be from 0 to 1000000, not -1\n"
            "/call_rules/1/settle_tokens: must be a JSON pointer such as /usage/total_tokens, not "
            "'usage'\n");
}

TEST(AdaptiveConcurrency, BeginsBetweenItsBounds) {
  Api api = with_api().apis[0];
  api.upstream.adaptive_concurrency = AdaptiveConcurrency{.initial = 5, .min = 10, .max = 8};
  EXPECT_EQ(written_rules(validate_api(api, {"http"})),
            "/upstream/adaptive_concurrency/max: must not be less than min\n"
            "/upstream/adaptive_concurrency/initial: must be from min to max\n");
}

TEST(Fallbacks, TakeOverFromRefusalsOfTheGateway) {
  Api api = with_api().apis[0];
  api.fallback = {{.kind = FallbackKind::Reply}};
  api.fallback[0].on = {"breaker", "quota", "shed"};
  EXPECT_EQ(written_rules(validate_api(api, {"http"})), "");
  api.fallback[0].on = {"quotas"};
  EXPECT_THAT(written_rules(validate_api(api, {"http"})),
              testing::HasSubstr("did you mean 'quota'?"));
}

}  // namespace
}  // namespace apiforge::model
