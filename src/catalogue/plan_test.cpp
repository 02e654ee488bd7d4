#include "catalogue/plan.hpp"

#include "catalogue/catalogue_fixture.hpp"
#include "model/validate.hpp"

namespace apiforge::catalogue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class PlanTest : public CatalogueFixture {
 protected:
  PlanTest() {
    wanted.credentials = {{"main", "bearer", bearer_fields("tok-0123456789abcdef"), {"platform"}}};
    wanted.apis = {api_named("a"), api_named("b")};
    wanted.apis[0].credential = "main";
  }

  Plan planned() {
    auto transaction = begin_read();
    auto plan = make_plan(*transaction, vault, {"platform"}, wanted);
    EXPECT_EQ(code_of(plan), "ok");
    return *std::move(plan);
  }
  Checked<void> apply_it() { return apply(catalogue.ports, root(), planned(), wanted); }

  model::Configuration wanted;
};

TEST_F(PlanTest, CreatesEverythingInAnEmptyStore) {
  EXPECT_EQ(to_text(planned()),
            "+ credential main\n"
            "+ api a@v1\n"
            "+ api b@v1\n"
            "3 to create, 0 to change, 0 to remove\n");
}

TEST_F(PlanTest, IsEmptyOnceItWasApplied) {
  ASSERT_EQ(code_of(apply_it()), "ok");
  EXPECT_THAT(listed(root()), ElementsAre("a@v1", "b@v1"));
  EXPECT_TRUE(planned().empty());
  EXPECT_EQ(to_text(planned()), "no changes\n");
  const auto entries = audit().size();
  EXPECT_EQ(code_of(apply_it()), "ok");
  EXPECT_EQ(audit().size(), entries);
}

TEST_F(PlanTest, TellsEachChangeInTheAuditLog) {
  ASSERT_EQ(code_of(apply_it()), "ok");
  std::vector<std::string> told;
  for (const auto& entry : audit()) told.push_back(entry.action + " " + entry.target);
  EXPECT_THAT(told, ElementsAre("catalogue.apply catalogue", "api.create api:b@v1",
                                "api.create api:a@v1", "credential.create credential:main"));
  EXPECT_THAT(audit()[2].details, HasSubstr("a.example.com"));
}

TEST_F(PlanTest, ShowsWhatChangesInMembers) {
  ASSERT_EQ(code_of(apply_it()), "ok");
  wanted.apis[0].upstream.endpoints[0].url = "https://new.example.com";
  wanted.apis[0].upstream.endpoints.emplace_back().url = "https://more.example.com";
  wanted.apis[0].enabled = false;
  wanted.apis.pop_back();
  wanted.apis.push_back(api_named("c"));
  const Plan plan = planned();
  ASSERT_THAT(plan.changes, SizeIs(3));
  EXPECT_THAT(
      plan.changes[0].members,
      testing::IsSupersetOf({MemberChange{"enabled", "true", "false"},
                             MemberChange{"upstream.endpoints[0].url", "\"https://a.example.com\"",
                                          "\"https://new.example.com\""}}));
  const std::string text = to_text(plan);
  EXPECT_THAT(text, HasSubstr("~ api a@v1\n"));
  EXPECT_THAT(text, HasSubstr("    enabled: true -> false\n"));
  EXPECT_THAT(text, HasSubstr("    upstream.endpoints[1]: (none) -> {"));
  EXPECT_THAT(text, HasSubstr("+ api c@v1\n- api b@v1\n"));
  EXPECT_THAT(text, HasSubstr("1 to create, 1 to change, 1 to remove\n"));
  ASSERT_EQ(code_of(apply_it()), "ok");
  EXPECT_THAT(listed(root()), ElementsAre("a@v1", "c@v1"));
  EXPECT_TRUE(planned().empty());
}

TEST_F(PlanTest, ComparesSecretsAndNeverShowsThem) {
  ASSERT_EQ(code_of(apply_it()), "ok");
  wanted.credentials[0].fields = bearer_fields("another-0123456789");
  const std::string text = to_text(planned());
  EXPECT_THAT(text, HasSubstr("~ credential main\n    fields.token: changed\n"));
  EXPECT_THAT(text, Not(HasSubstr("6789")));
  ASSERT_EQ(code_of(apply_it()), "ok");
  EXPECT_TRUE(planned().empty());
  for (const auto& entry : audit()) EXPECT_THAT(entry.details, Not(HasSubstr("6789")));
}

TEST_F(PlanTest, HidesValuesOfHeadersThatCarrySecrets) {
  model::TransformOperation operation;
  operation.name = "Authorization";
  operation.value = "Bearer one";
  wanted.apis[1].transform.request = {operation};
  ASSERT_EQ(code_of(apply_it()), "ok");
  wanted.apis[1].transform.request[0].value = "Bearer two";
  EXPECT_THAT(to_text(planned()), HasSubstr("transform.request[0].value: changed\n"));
  for (const auto& entry : audit()) EXPECT_THAT(entry.details, Not(HasSubstr("Bearer one")));
}

TEST_F(PlanTest, RemovesApisBeforeTheirCredentials) {
  ASSERT_EQ(code_of(apply_it()), "ok");
  wanted = {};
  EXPECT_EQ(to_text(planned()),
            "- api a@v1\n- api b@v1\n- credential main\n"
            "0 to create, 0 to change, 3 to remove\n");
  ASSERT_EQ(code_of(apply_it()), "ok");
  EXPECT_THAT(listed(root()), IsEmpty());
}

TEST_F(PlanTest, LeavesOtherTenantsAlone) {
  given_api(of("acme"), api_named("theirs"));
  given_credential(of("acme"), "main");
  ASSERT_EQ(code_of(apply_it()), "ok");
  wanted = {};
  ASSERT_EQ(code_of(apply_it()), "ok");
  EXPECT_THAT(listed(root()), ElementsAre("theirs@v1"));
  EXPECT_EQ(code_of(catalogue.credentials.get(of("acme"), {}, "main")), "ok");
}

TEST_F(PlanTest, DoesNotTakeNamesAndRoutesOfOtherTenants) {
  given_api(of("acme"), api_named("b"));
  EXPECT_EQ(first_fault(apply_it()), "/apis/1/name: the name 'b' is taken");
  wanted.apis[1] = api_named("c");
  wanted.apis[1].routes = {route_at("/proxy/b")};
  EXPECT_THAT(first_fault(apply_it()), HasSubstr("/apis/1/routes: "));
  EXPECT_THAT(listed(root()), ElementsAre("b@v1")) << "nothing of the plan was stored";
}

TEST_F(PlanTest, IsRefusedWhenItIsOutOfDate) {
  const Plan plan = planned();
  given_api(root(), api_named("meanwhile"));
  EXPECT_EQ(code_of(apply(catalogue.ports, root(), plan, wanted)), "version_conflict");
}

TEST_F(PlanTest, NeedsThePermission) {
  const Actor reader = of(model::kPlatformTenant, {model::Permission::GatewayRead});
  EXPECT_EQ(code_of(apply(catalogue.ports, reader, planned(), wanted)), "forbidden");
  EXPECT_EQ(code_of(apply(catalogue.ports, of("acme"), planned(), wanted)), "not_found");
}

/// A quota, a breaker rule and an alert rule beside the Apis.
class PlanOfRulesTest : public PlanTest {
 protected:
  PlanOfRulesTest() {
    auto& quota = wanted.quotas.emplace_back();
    quota.name = "all";
    quota.limit = {.amount = 5, .per = std::chrono::seconds(1)};
    wanted.circuit_breakers = {{.api = "a"}};
    auto& alert = wanted.alert_rules.emplace_back();
    alert.name = "errors";
    alert.metric = "error_rate";
    alert.targets = {{.webhook = "https://hooks.example.com", .secret = Secret("hunter2")}};
  }
};

TEST_F(PlanOfRulesTest, CreatesRulesBehindApis) {
  EXPECT_THAT(to_text(planned()), HasSubstr("+ api b@v1\n"
                                            "+ quota all\n"
                                            "+ circuit_breaker a\n"
                                            "+ alert_rule errors\n"
                                            "6 to create"));
  ASSERT_EQ(code_of(apply_it()), "ok");
  EXPECT_EQ(to_text(planned()), "no changes\n") << "the second time nothing is to do";
  EXPECT_EQ(catalogue.quotas.get(root(), {}, "all")->value, wanted.quotas[0]);
  std::vector<std::string> told;
  for (const auto& entry : audit()) told.push_back(entry.action + " " + entry.target);
  EXPECT_THAT(told, testing::IsSupersetOf({"quota.create quota:all",
                                           "circuit_breaker.create circuit_breaker:a",
                                           "alert_rule.create alert_rule:errors"}));
}

TEST_F(PlanOfRulesTest, ShowsWhatChanges) {
  ASSERT_EQ(code_of(apply_it()), "ok");
  wanted.quotas[0].limit.amount = 6;
  wanted.alert_rules[0].targets[0].secret = Secret("hunter3");
  wanted.circuit_breakers[0].failure_rate = 0.75;
  EXPECT_EQ(to_text(planned()),
            "~ quota all\n    limit.amount: 5 -> 6\n"
            "~ circuit_breaker a\n    failure_rate: 0.5 -> 0.75\n"
            "~ alert_rule errors\n    targets[0].secret: changed\n"
            "0 to create, 3 to change, 0 to remove\n");
  ASSERT_EQ(code_of(apply_it()), "ok");
  EXPECT_TRUE(planned().empty());
  for (const auto& entry : audit()) EXPECT_THAT(entry.details, Not(HasSubstr("hunter")));
}

TEST_F(PlanOfRulesTest, RemovesWhatIsNotWanted) {
  ASSERT_EQ(code_of(apply_it()), "ok");
  wanted.quotas.clear();
  wanted.circuit_breakers.clear();
  wanted.alert_rules.clear();
  EXPECT_EQ(to_text(planned()),
            "- quota all\n- circuit_breaker a\n- alert_rule errors\n"
            "0 to create, 0 to change, 3 to remove\n");
  ASSERT_EQ(code_of(apply_it()), "ok");
  EXPECT_TRUE(planned().empty());
}

TEST_F(PlanOfRulesTest, NeedsThePermissionForRulesWhereTheyChange) {
  const Actor without = of(model::kPlatformTenant,
                           {model::Permission::GatewayWrite, model::Permission::PlatformManage});
  EXPECT_EQ(code_of(apply(catalogue.ports, without, planned(), wanted)), "forbidden");
  ASSERT_EQ(code_of(apply_it()), "ok");
  wanted.apis[0].enabled = false;
  EXPECT_EQ(code_of(apply(catalogue.ports, without, planned(), wanted)), "ok");
}

// What is refused when it is registered was stored through a file.
TEST_F(PlanOfRulesTest, RefusesAddressesThatAreNotPublic) {
  refused_hosts = {"10.0.0.1", "intranet"};
  wanted.apis[1].upstream.endpoints[0].url = "http://10.0.0.1:80";
  wanted.alert_rules[0].targets[0].webhook = "http://intranet/hook";
  std::vector<std::string> pointers;
  for (const auto& fault : faults_of_addresses(catalogue.ports, planned(), wanted)) {
    pointers.push_back(fault.pointer);
  }
  EXPECT_THAT(pointers,
              ElementsAre("/apis/1/upstream/endpoints/0/url", "/alert_rules/0/targets/0/webhook"));
  EXPECT_EQ(first_fault(apply_it()),
            "/apis/1/upstream/endpoints/0/url: resolves to a private address");
  EXPECT_THAT(listed(root()), IsEmpty());
  refused_hosts = {"intranet"};
  EXPECT_EQ(first_fault(apply_it()),
            "/alert_rules/0/targets/0/webhook: resolves to a private address");
}

TEST_F(PlanOfRulesTest, GivesATenantItsOwnRules) {
  wanted.quotas[0].match.tenant = "*";
  give_to({"acme"}, wanted);
  EXPECT_EQ(wanted.quotas[0].match.tenant, "acme");
  auto transaction = begin_read();
  const auto plan = make_plan(*transaction, vault, {"acme"}, wanted);
  transaction.reset();
  ASSERT_EQ(first_fault(apply(catalogue.ports, of("acme"), *plan, wanted)), "ok");
  EXPECT_EQ(catalogue.quotas.get(of("acme"), {}, "all")->value, wanted.quotas[0]);
  EXPECT_EQ(code_of(catalogue.quotas.get(root(), {}, "all")), "not_found");
}

TEST_F(PlanTest, LeavesAloneWhatTheDocumentDoesNotName) {
  auto& quota = wanted.quotas.emplace_back();
  quota.name = "all";
  quota.limit = {.amount = 5, .per = std::chrono::seconds(1)};
  ASSERT_EQ(code_of(apply_it()), "ok");
  wanted = {};
  wanted.named = {.credentials = false, .apis = false, .quotas = false};
  EXPECT_EQ(to_text(planned()), "no changes\n");
  wanted.named.quotas = true;
  EXPECT_EQ(to_text(planned()), "- quota all\n0 to create, 0 to change, 1 to remove\n");
  wanted.named = {};
  EXPECT_THAT(planned().changes, SizeIs(4)) << "empty lists say that there shall be none";
}

/// What a tenant's file says once more, as the control API reads it.
class PlanOfATenantTest : public CatalogueFixture {
 protected:
  model::Configuration exported() {
    auto transaction = begin_read();
    auto exported = export_configuration(*transaction, vault, {"acme"});
    EXPECT_EQ(code_of(exported), "ok");
    return *std::move(exported);
  }
  Plan planned(model::Configuration& wanted, const model::TenantId& tenant = {"acme"}) {
    give_to(tenant, wanted);
    EXPECT_THAT(model::validate(wanted, catalogue.ports.connectors), IsEmpty());
    auto transaction = begin_read();
    auto plan = make_plan(*transaction, vault, tenant, wanted);
    EXPECT_EQ(code_of(plan), "ok");
    return *std::move(plan);
  }
  static model::Quota quota_of(const std::string& api) {
    model::Quota quota;
    quota.name = api;
    quota.match.api = api;
    quota.limit = {.amount = 5, .per = std::chrono::seconds(1)};
    return quota;
  }
};

// Quotas of a platform's Api, and of an Api that is gone, were exported and then refused.
TEST_F(PlanOfATenantTest, TakesBackWhateverItExported) {
  given_api(root(), api_named("shared"));
  given_api(of("acme"), api_named("gone"));
  for (const char* api : {"shared", "gone"}) {
    ASSERT_EQ(first_fault(catalogue.quotas.create(of("acme"), quota_of(api))), "ok");
  }
  ASSERT_EQ(code_of(catalogue.apis.remove(of("acme"), "gone", {}, {})), "ok");
  auto wanted = exported();
  EXPECT_EQ(wanted.quotas[0].match.tenant, "") << "it is anybody's file";
  EXPECT_EQ(to_text(planned(wanted)), "no changes\n");

  ASSERT_EQ(wanted.quotas[0].name, "gone");
  std::erase_if(wanted.quotas, [](const auto& quota) { return quota.name == "gone"; });
  for (auto& quota : wanted.quotas) quota.match.tenant.clear();
  const Plan plan = planned(wanted, {"globex"});
  EXPECT_EQ(first_fault(apply(catalogue.ports, of("globex"), plan, wanted)), "ok");
  EXPECT_EQ(catalogue.quotas.get(of("globex"), {}, "shared")->value.match.tenant, "globex");
}

TEST_F(PlanOfATenantTest, RefusesNewRulesOfNoApi) {
  given_api(of("globex"), api_named("theirs"));
  given_api(of("acme"), api_named("old"));
  model::Configuration wanted;
  wanted.apis = {api_named("new")};
  for (const char* api : {"new", "old", "theirs"}) wanted.quotas.push_back(quota_of(api));
  wanted.circuit_breakers = {{.api = "new", .version = "v9"}};
  const Plan plan = planned(wanted);
  const auto refused = apply(catalogue.ports, of("acme"), plan, wanted);
  ASSERT_FALSE(refused);
  std::vector<std::string> faults;
  for (const auto& fault : refused.error().faults) {
    faults.push_back(fault.pointer + ": " + fault.message);
  }
  EXPECT_THAT(faults,
              ElementsAre("/quotas/1/match/api: there is no API 'old'",
                          "/quotas/2/match/api: there is no API 'theirs'",
                          "/circuit_breakers/0/version: the API 'new' has no version 'v9'"));
}

TEST_F(PlanOfATenantTest, RefusesMoreRulesThanATenantMayHave) {
  model::Configuration wanted;
  for (int i = 0; i <= 64; ++i) {
    wanted.quotas.push_back(quota_of(""));
    wanted.quotas.back().name = "q" + std::to_string(i);
  }
  const Plan plan = planned(wanted);
  EXPECT_EQ(
      first_fault(apply(catalogue.ports, of("acme"), plan, wanted)),
      "/quotas: for one call at most 64 quotas of a tenant can hold, and these would be more");
  EXPECT_TRUE(exported().quotas.empty());
}

TEST_F(PlanOfRulesTest, ExportsThemWithReferencesForSecrets) {
  ASSERT_EQ(code_of(apply_it()), "ok");
  auto transaction = begin_read();
  const auto exported = export_configuration(*transaction, vault, {"platform"});
  ASSERT_EQ(code_of(exported), "ok");
  EXPECT_EQ(exported->quotas, wanted.quotas);
  EXPECT_EQ(exported->circuit_breakers, wanted.circuit_breakers);
  EXPECT_EQ(exported->alert_rules[0].targets[0].secret.reveal(), "${env:ERRORS_SECRET}");
}

TEST_F(PlanTest, ExportsWhatIsStoredWithReferencesForSecrets) {
  wanted.credentials[0].name = wanted.apis[0].credential = "binance-main";
  ASSERT_EQ(code_of(apply_it()), "ok");
  auto transaction = begin_read();
  const auto exported = export_configuration(*transaction, vault, {"platform"});
  ASSERT_EQ(code_of(exported), "ok");
  EXPECT_EQ(exported->apis, wanted.apis);
  ASSERT_THAT(exported->credentials, SizeIs(1));
  EXPECT_EQ(exported->credentials[0].kind, "bearer");
  EXPECT_EQ(exported->credentials[0].fields.at("token").reveal(), "${env:BINANCE_MAIN_TOKEN}");
}

}  // namespace
}  // namespace apiforge::catalogue
