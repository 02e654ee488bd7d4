#include "catalogue/catalogue_fixture.hpp"

namespace apiforge::catalogue {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

model::Quota quota_named(std::string name, std::int64_t amount = 100) {
  model::Quota quota;
  quota.name = std::move(name);
  quota.limit.amount = amount;
  quota.limit.per = std::chrono::minutes(1);
  return quota;
}

model::BreakerRule breaker_of(std::string api, std::string version = {}) {
  model::BreakerRule rule;
  rule.api = std::move(api);
  rule.version = std::move(version);
  return rule;
}

model::AlertRule alert_named(std::string name, std::string secret = {}) {
  model::AlertRule rule;
  rule.name = std::move(name);
  rule.metric = "error_rate";
  rule.threshold = 0.1;
  rule.targets = {
      {.webhook = "https://hooks.example.com/a?b=c", .secret = Secret(std::move(secret))}};
  return rule;
}

class RulesTest : public CatalogueFixture {
 protected:
  const Quotas& quotas = catalogue.quotas;
  const BreakerRules& breakers = catalogue.breaker_rules;
  const AlertRules& alerts = catalogue.alert_rules;

  void given_quota(const Actor& actor, model::Quota quota) {
    EXPECT_EQ(first_fault(quotas.create(actor, std::move(quota))), "ok");
  }
  void given_quotas_in_file(std::vector<model::Quota> declared) {
    model::Configuration configuration;
    configuration.quotas = std::move(declared);
    given_file(std::move(configuration));
  }
  /// `tenant.name`, the declared ones with a `*`; `next` where there are more.
  std::vector<std::string> quotas_listed(const Actor& actor, const RuleQuery& query = {}) {
    std::vector<std::string> names;
    const auto page = quotas.list(actor, query);
    EXPECT_EQ(code_of(page), "ok");
    for (const auto& quota : page->items) {
      names.push_back(rule_id(quota.value.tenant, quota.value.name) + (quota.declared ? "*" : ""));
    }
    if (!page->next.empty()) names.push_back("next " + page->next);
    return names;
  }
  /// The body of a stored alert rule.
  std::string stored_alert(const std::string& id) {
    return (*begin_read()->find(storage::Kind::AlertRule, id))->body;
  }
};

// Each node decides all of them at each call of the tenant.
TEST_F(RulesTest, ATenantCannotHaveQuotasWithoutNumber) {
  const Actor acme = of("acme");
  for (int i = 0; i < 64; ++i) given_quota(acme, quota_named("q" + std::to_string(i)));
  const std::string refusal =
      ": for one call at most 64 quotas of a tenant can hold, and these would be more";
  EXPECT_EQ(first_fault(quotas.create(acme, quota_named("one-more"))), refusal);
  EXPECT_THAT(quotas_listed(acme, {.page = {.limit = 500}}), SizeIs(64));
  model::Quota of_a_key = quota_named("q0");
  of_a_key.match.key = "k1";
  EXPECT_EQ(first_fault(quotas.replace(acme, {}, "q0", of_a_key, {})), "ok");
  EXPECT_EQ(first_fault(quotas.create(acme, quota_named("one-more"))), refusal)
      << "a call with the key would have 64 that are for all, and this one";
}

TEST_F(RulesTest, ATenantCannotHaveRulesWithoutNumber) {
  auto transaction = begin_write();
  for (int i = 0; i < 1'000; ++i) {
    model::AlertRule rule = alert_named("r" + std::to_string(i));
    rule.tenant = {"acme"};
    auto record = to_record(*transaction, catalogue.ports.vault, rule);
    ASSERT_TRUE(record && transaction->insert(*record));
  }
  ASSERT_TRUE(transaction->commit());
  transaction.reset();
  EXPECT_EQ(first_fault(alerts.create(of("acme"), alert_named("one-more"))),
            ": a tenant can have 1000 of them, and this would be one more");
  EXPECT_EQ(first_fault(alerts.create(of("globex"), alert_named("one-more"))), "ok");
}

TEST_F(RulesTest, AQuotaIsStoredAndReadBack) {
  const auto made = quotas.create(root(), quota_named("all"));
  ASSERT_EQ(first_fault(made), "ok");
  const auto read = quotas.get(root(), {}, "all");
  ASSERT_EQ(code_of(read), "ok");
  EXPECT_EQ(read->value, made->value);
  EXPECT_EQ(read->revision, made->revision);
  EXPECT_FALSE(read->declared);
  EXPECT_EQ(code_of(quotas.create(root(), quota_named("all"))), "already_exists");
  EXPECT_EQ(code_of(quotas.get(root(), {}, "other")), "not_found");
}

TEST_F(RulesTest, ChangesAreInTheAuditLog) {
  given_quota(root(), quota_named("all", 100));
  EXPECT_EQ(last_told(), "quota.create quota:all ok");
  EXPECT_EQ(first_fault(quotas.replace(root(), {}, "all", quota_named("all", 200), {})), "ok");
  EXPECT_EQ(last_told(), "quota.update quota:all ok");
  EXPECT_THAT(audit()[0].details, AllOf(HasSubstr("100"), HasSubstr("200")));
  EXPECT_EQ(code_of(quotas.remove(root(), {}, "all", {})), "ok");
  EXPECT_EQ(last_told(), "quota.remove quota:all ok");
  EXPECT_EQ(code_of(quotas.remove(root(), {}, "all", {})), "not_found");
}

TEST_F(RulesTest, AreChangedOnlyAtTheExpectedVersion) {
  const auto made = quotas.create(root(), quota_named("all"));
  ASSERT_TRUE(made);
  const auto stale = made->revision - 1;
  EXPECT_EQ(code_of(quotas.replace(root(), {}, "all", quota_named("all"), stale)),
            "version_conflict");
  EXPECT_EQ(code_of(quotas.remove(root(), {}, "all", stale)), "version_conflict");
  EXPECT_EQ(code_of(quotas.replace(root(), {}, "all", quota_named("all", 7), made->revision)),
            "ok");
}

TEST_F(RulesTest, SayAllThatIsWrong) {
  model::Quota quota = quota_named("all", 0);
  EXPECT_EQ(first_fault(quotas.create(root(), quota)),
            "/limit/amount: must be from 1 to 1000000000000000, not 0");
  given_quota(root(), quota_named("all"));
  EXPECT_EQ(first_fault(quotas.replace(root(), {}, "all", quota_named("other"), {})),
            "/name: must be 'all'");
}

TEST_F(RulesTest, NeedThePermissions) {
  const Actor reader = of("acme", {model::Permission::QuotaRead, model::Permission::GatewayWrite});
  EXPECT_EQ(code_of(quotas.create(reader, quota_named("all"))), "forbidden");
  EXPECT_EQ(last_told(), "quota.create quota:all forbidden");
  EXPECT_EQ(code_of(quotas.remove(reader, {}, "all", {})), "forbidden");
  EXPECT_EQ(code_of(quotas.list(reader, {})), "ok");
  EXPECT_EQ(code_of(quotas.list(of("acme", {model::Permission::GatewayRead}), {})), "forbidden");
}

TEST_F(RulesTest, TenantsSeeAndChangeTheirOwnOnly) {
  given_quota(root(), quota_named("all"));
  given_quota(of("acme"), quota_named("all", 1));
  given_quota(of("globex"), quota_named("theirs"));
  EXPECT_THAT(quotas_listed(of("acme")), ElementsAre("acme.all"));
  EXPECT_THAT(quotas_listed(root()), ElementsAre("acme.all", "globex.theirs", "platform.all"));
  EXPECT_THAT(quotas_listed(root(), {.tenant = model::TenantId{"globex"}}),
              ElementsAre("globex.theirs"));
  EXPECT_EQ(quotas.get(of("acme"), {}, "all")->value.limit.amount, 1);
  EXPECT_EQ(code_of(quotas.get(of("acme"), {}, "theirs")), "not_found");
  EXPECT_EQ(code_of(quotas.remove(of("acme"), model::TenantId{"globex"}, "theirs", {})),
            "not_found");
  EXPECT_EQ(code_of(quotas.remove(root(), model::TenantId{"globex"}, "theirs", {})), "ok");
  EXPECT_EQ(code_of(quotas.create(root(), quota_named("x"), model::TenantId{"nobody"})),
            "not_found");
}

TEST_F(RulesTest, AQuotaOfATenantBoundsItsOwnCallers) {
  given_quota(of("acme"), quota_named("all"));
  EXPECT_EQ(quotas.get(of("acme"), {}, "all")->value.match.tenant, "acme");
  model::Quota foreign = quota_named("foreign");
  foreign.match.tenant = "globex";
  EXPECT_EQ(first_fault(quotas.create(of("acme"), foreign)),
            "/match/tenant: must be the tenant whose quota it is");
  EXPECT_EQ(first_fault(quotas.create(root(), foreign)), "ok");
}

TEST_F(RulesTest, AreAboutApisThatTheirTenantCanCall) {
  given_api(root(), api_named("shared"));
  given_api(of("globex"), api_named("theirs"));
  model::Quota quota = quota_named("q");
  quota.match.api = "theirs";
  EXPECT_EQ(first_fault(quotas.create(of("acme"), quota)), "/match/api: there is no API 'theirs'");
  quota.match = {.api = "shared", .version = "v2"};
  EXPECT_EQ(first_fault(quotas.create(of("acme"), quota)),
            "/match/version: the API 'shared' has no version 'v2'");
  quota.match.version = "v1";
  EXPECT_EQ(first_fault(quotas.create(of("acme"), quota)), "ok");
  EXPECT_EQ(first_fault(breakers.create(of("acme"), breaker_of("shared"))),
            "/api: there is no API 'shared'")
      << "breakers are of one's own Apis";
  EXPECT_EQ(first_fault(breakers.create(root(), breaker_of("theirs"))), "ok");
}

TEST_F(RulesTest, OfTheFileAreShownAndNotChanged) {
  given_quota(root(), quota_named("b", 1));
  given_quota(root(), quota_named("d"));
  given_quotas_in_file({quota_named("c"), quota_named("b", 2), quota_named("a")});
  EXPECT_THAT(quotas_listed(root()),
              ElementsAre("platform.a*", "platform.b*", "platform.c*", "platform.d"));
  EXPECT_THAT(quotas_listed(of("acme")), IsEmpty());
  EXPECT_EQ(quotas.get(root(), {}, "b")->value.limit.amount, 2);
  EXPECT_EQ(code_of(quotas.create(root(), quota_named("a"))), "declared_in_file");
  EXPECT_EQ(code_of(quotas.replace(root(), {}, "c", quota_named("c"), {})), "declared_in_file");
  EXPECT_EQ(code_of(quotas.remove(root(), {}, "c", {})), "declared_in_file");
}

TEST_F(RulesTest, AreListedInPages) {
  for (const char* name : {"b", "d"}) given_quota(root(), quota_named(name));
  given_quota(of("acme"), quota_named("z"));
  given_quotas_in_file({quota_named("c"), quota_named("a")});
  EXPECT_THAT(quotas_listed(root(), {.page = {"", 2}}),
              ElementsAre("acme.z", "platform.a*", "next platform.a"));
  EXPECT_THAT(quotas_listed(root(), {.page = {"platform.a", 2}}),
              ElementsAre("platform.b", "platform.c*", "next platform.c"));
  EXPECT_THAT(quotas_listed(root(), {.page = {"platform.c", 2}}), ElementsAre("platform.d"));
  EXPECT_EQ(code_of(quotas.list(root(), {.page = {"", 501}})), "invalid_parameter");
  EXPECT_EQ(code_of(quotas.list(root(), {.page = {"x", 5}})), "invalid_parameter");
}

TEST_F(RulesTest, AreListedByWhatTheyAre) {
  given_api(root(), api_named("binance"));
  model::Quota quota = quota_named("of-Binance");
  quota.match.api = "binance";
  given_quota(root(), quota);
  quota = quota_named("off");
  quota.enabled = false;
  given_quota(root(), quota);
  EXPECT_THAT(quotas_listed(root(), {.enabled = false}), ElementsAre("platform.off"));
  EXPECT_THAT(quotas_listed(root(), {.api = "binance"}), ElementsAre("platform.of-Binance"));
  EXPECT_THAT(quotas_listed(root(), {.text = "OF"}),
              ElementsAre("platform.of-Binance", "platform.off"));
}

TEST_F(RulesTest, BreakerRulesAreKnownByTheirApiVersionAndScope) {
  given_api(root(), api_named("binance", "v3"));
  EXPECT_EQ(first_fault(breakers.create(root(), breaker_of("binance"))), "ok");
  model::BreakerRule one = breaker_of("binance", "v3");
  one.scope = model::BreakerScope::Api;
  EXPECT_EQ(first_fault(breakers.create(root(), one)), "ok");
  EXPECT_EQ(last_told(), "circuit_breaker.create circuit_breaker:binance@v3:api ok");
  EXPECT_EQ(code_of(breakers.create(root(), one)), "already_exists");
  EXPECT_EQ(breakers.get(root(), {}, "binance@v3:api")->value, one);
  EXPECT_THAT(first_fault(breakers.replace(root(), {}, "binance", one, {})),
              HasSubstr("/api: must be"));
  EXPECT_EQ(breakers.list(root(), {})->items.size(), 2u);
}

TEST_F(RulesTest, SecretsOfAlertRulesAreSealedAndNeverShown) {
  ASSERT_EQ(first_fault(alerts.create(of("acme"), alert_named("errors", "hunter2"))), "ok");
  EXPECT_THAT(stored_alert("acme.errors"), Not(HasSubstr("hunter2")));
  EXPECT_EQ(alerts.get(of("acme"), {}, "errors")->value.targets[0].secret.reveal(), "***");
  for (const auto& entry : audit()) EXPECT_THAT(entry.details, Not(HasSubstr("hunter2")));
}

TEST_F(RulesTest, AnAlertRuleKeepsTheSecretThatIsNotShown) {
  ASSERT_EQ(first_fault(alerts.create(root(), alert_named("errors", "hunter2"))), "ok");
  model::AlertRule next = alerts.get(root(), {}, "errors")->value;
  next.threshold = 0.2;
  next.targets.insert(next.targets.begin(), {.webhook = "https://first.example.com"});
  const auto replaced = alerts.replace(root(), {}, "errors", next, {});
  ASSERT_EQ(first_fault(replaced), "ok");
  auto transaction = begin_read();
  const auto record = *transaction->find(storage::Kind::AlertRule, "platform.errors");
  const auto opened = open_rule<model::AlertRule>(*transaction, vault, *record);
  ASSERT_EQ(code_of(opened), "ok");
  EXPECT_EQ(opened->value.targets[0].secret.reveal(), "");
  EXPECT_EQ(opened->value.targets[1].secret.reveal(), "hunter2");

  next.targets[1].webhook = "https://elsewhere.example.com";
  EXPECT_EQ(first_fault(alerts.replace(root(), {}, "errors", next, {})),
            "/targets/1/secret: must be the secret itself: none is stored for this webhook");
  EXPECT_EQ(first_fault(alerts.create(root(), alert_named("other", "***"))),
            "/targets/0/secret: must be the secret itself: none is stored for this webhook");
}

TEST_F(RulesTest, WebhooksDoNotLeadInside) {
  refused_hosts = {"hooks.example.com"};
  EXPECT_EQ(first_fault(alerts.create(of("acme"), alert_named("errors"))),
            "/targets/0/webhook: resolves to a private address");
}

TEST_F(RulesTest, ADamagedRecordCanBeReplacedAndRemoved) {
  for (const char* name : {"a", "b"}) {
    storage::Record record;
    record.kind = storage::Kind::Quota;
    record.id = std::string("platform.") + name;
    record.tenant = "platform";
    record.body = R"({"name":"a","limit":5})";
    auto transaction = begin_write();
    ASSERT_TRUE(transaction->insert(record));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(code_of(quotas.get(root(), {}, "a")), "sealed_data_unreadable");
  EXPECT_THAT(quotas_listed(root()), IsEmpty());
  EXPECT_EQ(code_of(quotas.replace(root(), {}, "a", quota_named("a"), {})), "ok");
  EXPECT_EQ(code_of(quotas.remove(root(), {}, "b", {})), "ok");
  EXPECT_THAT(quotas_listed(root()), ElementsAre("platform.a"));
}

}  // namespace
}  // namespace apiforge::catalogue
