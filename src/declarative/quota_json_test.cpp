#include "declarative/quota_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/rfc3339.hpp"
#include "declarative/load.hpp"

namespace apiforge::declarative {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class NoRuleSecrets final : public SecretResolver {
 public:
  Result<std::string> from_environment(std::string_view name) const override {
    return "secret of " + std::string(name);
  }
  Result<std::string> from_file(std::string_view) const override {
    return fail(ErrorCode::InvalidConfiguration, "there is no file");
  }
};

json::object object_of(std::string_view text) {
  return json::parse(text).as_object();
}

/// Values whose every member differs from its default.
model::Quota rich_quota() {
  model::Quota quota;
  quota.name = "orders";
  quota.enabled = false;
  quota.match = {"acme", "ann", "*", "binance", "v3", "POST", "/orders"};
  quota.limit = {model::LimitUnit::Weight, 6'000, milliseconds(60'000), {}, 600};
  quota.algorithm = model::LimitAlgorithm::Gcra;
  quota.on_exceed = model::OnExceed::Queue;
  quota.queue = {7, milliseconds(250)};
  quota.strict = true;
  quota.on_store_error = model::OnStoreError::Deny;
  quota.reserve_percent = 20;
  quota.priority = model::PriorityClass::Cancel;
  return quota;
}

model::Quota budget() {
  model::Quota quota;
  quota.name = "budget";
  quota.limit = {model::LimitUnit::Usd, 12'500'000'000, milliseconds(0), model::Period::Month, 0};
  return quota;
}

model::BreakerRule rich_breaker() {
  model::BreakerRule rule;
  rule.api = "binance";
  rule.version = "v3";
  rule.scope = model::BreakerScope::Api;
  rule.enabled = false;
  rule.failure_rate = 0.25;
  rule.slow_call = milliseconds(800);
  rule.slow_rate = 0.9;
  rule.window = {model::WindowKind::Time, 10'000};
  rule.minimum_calls = 5;
  rule.open = milliseconds(1'000);
  rule.max_open = milliseconds(2'000);
  rule.half_open_calls = 1;
  rule.counts = {"429"};
  return rule;
}

model::Quota plain_quota() {
  model::Quota quota;
  quota.name = "plain";
  quota.limit.amount = 1;
  return quota;
}

model::AlertRule rich_alert() {
  model::AlertRule rule;
  rule.name = "errors";
  rule.enabled = false;
  rule.metric = "error_rate";
  rule.match = {{"api", "*"}, {"version", "v1"}};
  rule.condition = model::AlertCondition::RiseAbove;
  rule.threshold = 0.05;
  rule.over = milliseconds(30'000);
  rule.hold = milliseconds(5'000);
  rule.repeat = milliseconds(0);
  rule.severity = model::AlertSeverity::Critical;
  rule.silenced_until = parse_rfc3339("2027-01-02T03:04:05.678Z");
  rule.targets = {{.webhook = "https://hooks.example.com/a", .secret = {}, .zmq = true}};
  return rule;
}

TEST(QuotaJson, ReadsWhatItWrote) {
  for (const auto omit : {Omit::Nothing, Omit::Defaults}) {
    for (const auto& quota : {rich_quota(), budget(), plain_quota()}) {
      const auto read = quota_from_json(to_json(quota, omit));
      ASSERT_TRUE(read) << read.error()[0].pointer << read.error()[0].message;
      EXPECT_EQ(*read, quota);
    }
  }
}

TEST(QuotaJson, ShowsOfMatchAndLimitWhatIsSet) {
  model::Quota quota = budget();
  quota.match.api = "openai";
  const json::object shown = to_json(quota);
  EXPECT_EQ(shown.at("match"), json::value({{"api", "openai"}}));
  EXPECT_EQ(shown.at("limit"),
            json::value({{"unit", "usd"}, {"amount", "12.5"}, {"period", "month"}}));
  EXPECT_EQ(to_json(rich_quota()).at("limit").at("amount"), json::value(6'000u));
}

TEST(QuotaJson, TakesMoneyAsTextWhereverTheUnitStands) {
  const auto read = quota_from_json(object_of(
      R"({"name":"b","limit":{"amount":"0.000001","burst":"2","per_ms":5,"unit":"usd"}})"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->limit.amount, 1'000);
  EXPECT_EQ(read->limit.burst, 2'000'000'000);
}

TEST(QuotaJson, SaysWhatDoesNotFit) {
  const auto read = quota_from_json(
      object_of(R"({"limit":{"unit":"request","amount":-1,"per":5},"algorithm":"token_bucket"})"));
  ASSERT_FALSE(read);
  std::string faults;
  for (const auto& fault : read.error()) faults += fault.pointer + ": " + fault.message + "\n";
  EXPECT_EQ(faults,
            "/limit/unit: must be one of requests, weight, tokens, usd, concurrent, not 'request'; "
            "did you mean 'requests'?\n"
            "/limit/amount: must be a whole number from 1 to 1000000000000000, not '-1'\n"
            "/limit/per: unknown member 'per'\n"
            "/algorithm: must be one of gcra, sliding_window, fixed_window, not 'token_bucket'\n"
            "/name: is required\n");
}

// One try has to be enough: a message that says half of the rule led to the next fault.
TEST(QuotaJson, SaysWhichAmountsThereAre) {
  const auto faults_of = [](std::string_view limit) {
    const auto read = quota_from_json(
        object_of(R"({"name":"a","limit":{"period":"day",)" + std::string(limit) + "}}"));
    return read ? std::string() : read.error().at(0).message;
  };
  const std::string whole = "must be a whole number from 1 to 1000000000000000, not ";
  EXPECT_EQ(faults_of(R"("unit":"requests","amount":0)"), whole + "'0'");
  EXPECT_EQ(faults_of(R"("unit":"requests","amount":-5)"), whole + "'-5'");
  EXPECT_EQ(faults_of(R"("unit":"requests","amount":"5")"), whole + "the text '5'");
  EXPECT_EQ(faults_of(R"("unit":"requests","amount":5,"burst":-1)"), "must be at least 0, not -1");
  EXPECT_EQ(faults_of(R"("unit":"usd","amount":5)"),
            "must be a decimal text in USD, in quotes, such as \"12.5\", not '5'");
  const std::string money = "must be USD such as \"12.5\": digits, and a point if need be, not ";
  EXPECT_EQ(faults_of(R"("unit":"usd","amount":"-5")"), money + "'-5'");
  EXPECT_EQ(faults_of(R"("unit":"usd","amount":"5,00")"), money + "'5,00'");
  EXPECT_EQ(faults_of(R"("unit":"usd","amount":"0.0000000001")"),
            "must have at most nine digits behind the point, not '0.0000000001'");
  EXPECT_EQ(faults_of(R"("unit":"usd","amount":"99999999999")"),
            "must be at most \"1000000\" USD, not '99999999999'");
}

TEST(BreakerRuleJson, ReadsWhatItWrote) {
  for (const auto omit : {Omit::Nothing, Omit::Defaults}) {
    for (const auto& rule : {rich_breaker(), model::BreakerRule{.api = "plain"}}) {
      const auto read = breaker_rule_from_json(to_json(rule, omit));
      ASSERT_TRUE(read) << read.error()[0].pointer << read.error()[0].message;
      EXPECT_EQ(*read, rule);
    }
  }
}

TEST(BreakerRuleJson, MakesDefaultsFitWhatIsGiven) {
  const auto read = breaker_rule_from_json(
      object_of(R"({"api":"a","window":{"type":"count","size":10},"open_ms":90000})"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->minimum_calls, 10u);
  EXPECT_EQ(read->max_open, milliseconds(90'000));
  const auto told = breaker_rule_from_json(object_of(
      R"({"api":"a","window":{"type":"count","size":10},"minimum_calls":20,"max_open_ms":1})"));
  ASSERT_TRUE(told);
  EXPECT_EQ(told->minimum_calls, 20u);
  EXPECT_EQ(told->max_open, milliseconds(1));
}

TEST(AlertRuleJson, ReadsWhatItWrote) {
  for (const auto omit : {Omit::Nothing, Omit::Defaults}) {
    const auto read = alert_rule_from_json(to_json(rich_alert(), omit));
    ASSERT_TRUE(read) << read.error()[0].pointer << read.error()[0].message;
    EXPECT_EQ(*read, rich_alert());
  }
}

TEST(AlertRuleJson, NeverShowsASecret) {
  for (const char* text : {"hunter2", "${env:HUNTER2}"}) {
    model::AlertRule rule = rich_alert();
    rule.targets[0].secret = Secret(text);
    EXPECT_EQ(to_json(rule).at("targets").at(0).at("secret"), json::value("***"));
  }
}

constexpr std::string_view kFile = R"(version: 1
apis:
  - name: binance
    description: "not $${env:HOOK}"
    upstream: {endpoints: [{url: "https://api.example.com"}]}
    call_rules: [{path: /orders, priority: order, weight: 5, usd: "0.5"}]
quotas:
  - {name: all, limit: {unit: requests, amount: 10, per_ms: 1000}}
  - {name: budget, limit: {unit: usd, amount: "12.5", period: month}}
circuit_breakers:
  - {api: binance, failure_rate: 0.25, slow_rate: 1}
alert_rules:
  - name: errors
    metric: error_rate
    threshold: 0.05
    targets: [{webhook: "https://hooks.example.com/a?b=c", secret: "${env:HOOK}"}]
)";

TEST(RulesOfTheFile, AreRead) {
  const auto loaded = load_configuration(kFile, "f", NoRuleSecrets{}, {"http"});
  ASSERT_TRUE(loaded) << to_string(loaded.error()[0]);
  EXPECT_EQ(loaded->apis[0].call_rules.at(0).usd.value, 500'000'000);
  EXPECT_EQ(loaded->quotas.at(0).limit.per, milliseconds(1'000));
  EXPECT_EQ(loaded->quotas.at(1).limit.amount, 12'500'000'000);
  EXPECT_EQ(loaded->circuit_breakers.at(0).failure_rate, 0.25);
  EXPECT_EQ(loaded->alert_rules.at(0).targets.at(0).secret.reveal(), "secret of HOOK");
  EXPECT_EQ(loaded->alert_rules.at(0).targets.at(0).webhook, "https://hooks.example.com/a?b=c");
  EXPECT_EQ(loaded->apis[0].description, "not ${env:HOOK}");
}

TEST(RulesOfTheFile, AreSentToAServerThatAppliesThem) {
  const auto sent = catalogue_to_send(kFile, "f", NoRuleSecrets{}, {"http"});
  ASSERT_TRUE(sent);
  const auto read = configuration_from_json(json::parse(sent->reveal()).as_object());
  ASSERT_TRUE(read);
  const auto loaded = load_configuration(kFile, "f", NoRuleSecrets{}, {"http"});
  EXPECT_EQ(read->apis, loaded->apis);
  EXPECT_EQ(read->quotas, loaded->quotas);
  EXPECT_EQ(read->circuit_breakers, loaded->circuit_breakers);
  EXPECT_EQ(read->alert_rules, loaded->alert_rules);
}

TEST(RulesOfTheFile, AreNamedOrNot) {
  const auto named = [](const std::string& lists) {
    return load_configuration("version: 1\n" + lists, "f", NoRuleSecrets{}, {"http"})->named;
  };
  EXPECT_FALSE(named("apis: []").quotas);
  EXPECT_FALSE(named("quotas:").quotas) << "null is as nothing";
  EXPECT_TRUE(named("quotas: []").quotas);
  EXPECT_TRUE(configuration_from_json({{"alert_rules", json::array()}})->named.alert_rules);
  EXPECT_FALSE(configuration_from_json({{"alert_rules", json::array()}})->named.apis);

  model::Configuration rules_only;
  rules_only.named = {.credentials = false, .apis = false};
  EXPECT_THAT(to_yaml(rules_only),
              testing::EndsWith("version: 1\nquotas: []\ncircuit_breakers: []\nalert_rules: []\n"));
}

TEST(RulesOfTheFile, AreWrittenAsAFileThatLoads) {
  auto loaded = load_configuration(kFile, "f", NoRuleSecrets{}, {"http"});
  ASSERT_TRUE(loaded);
  loaded->alert_rules[0].targets[0].secret = Secret("${env:HOOK}");
  loaded->quotas.push_back(rich_quota());
  loaded->quotas[2].tenant.value = "acme";
  const std::string text = to_yaml(*loaded);
  EXPECT_THAT(text, HasSubstr("failure_rate: 0.25"));
  EXPECT_THAT(text, Not(HasSubstr("acme"))) << "only what is the platform's";
  const auto again = load_configuration(text, "f", NoRuleSecrets{}, {"http"});
  ASSERT_TRUE(again) << to_string(again.error()[0]) << text;
  loaded->quotas.pop_back();
  loaded->alert_rules[0].targets[0].secret = Secret("secret of HOOK");
  EXPECT_EQ(again->apis, loaded->apis);
  EXPECT_EQ(again->quotas, loaded->quotas);
  EXPECT_EQ(again->circuit_breakers, loaded->circuit_breakers);
  EXPECT_EQ(again->alert_rules, loaded->alert_rules);
}

}  // namespace
}  // namespace apiforge::declarative
