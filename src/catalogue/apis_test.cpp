#include "catalogue/catalogue_fixture.hpp"

namespace apiforge::catalogue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Apis = CatalogueFixture;

TEST_F(Apis, AreShownAsTheyWereCreated) {
  model::Api api = api_named("binance", "v3");
  api.description = "spot";
  const auto stored = given_api(of("acme"), api);
  EXPECT_EQ(stored.value.tenant.value, "acme");
  EXPECT_GT(stored.revision, 0u);
  EXPECT_FALSE(stored.declared);
  const auto shown = catalogue.apis.get(of("acme"), "binance");
  ASSERT_EQ(code_of(shown), "ok");
  EXPECT_EQ(shown->value, stored.value);
  EXPECT_EQ(shown->revision, stored.revision);
  EXPECT_EQ(last_told(), "api.create api:binance@v3 ok");
  EXPECT_THAT(audit()[0].details, HasSubstr("binance.example.com"));
  EXPECT_EQ(audit()[0].tenant, "acme");
  EXPECT_EQ(audit()[0].actor, "user:ann");
}

TEST_F(Apis, NeedThePermissionToReadOrToWrite) {
  const Actor reader = of("acme", {model::Permission::GatewayRead});
  const Actor nobody = of("acme", {});
  given_api(of("acme"), api_named("a"));
  EXPECT_EQ(code_of(catalogue.apis.create(reader, api_named("b"))), "forbidden");
  EXPECT_EQ(last_told(), "api.create api:b@v1 forbidden");
  EXPECT_EQ(code_of(catalogue.apis.replace(reader, "a", {}, api_named("a"), {})), "forbidden");
  EXPECT_EQ(code_of(catalogue.apis.remove(reader, "a", {}, {})), "forbidden");
  EXPECT_EQ(code_of(catalogue.apis.import(reader, "{}", {})), "forbidden");
  EXPECT_EQ(code_of(catalogue.apis.get(reader, "a")), "ok");
  EXPECT_EQ(code_of(catalogue.apis.get(nobody, "a")), "forbidden");
  EXPECT_EQ(code_of(catalogue.apis.list(nobody, {})), "forbidden");
  EXPECT_EQ(code_of(catalogue.apis.create({}, api_named("b"))), "authentication_required");
}

TEST_F(Apis, OfAnotherTenantDoNotExist) {
  given_api(of("acme"), api_named("a"));
  EXPECT_EQ(code_of(catalogue.apis.get(of("globex"), "a")), "not_found");
  EXPECT_EQ(code_of(catalogue.apis.replace(of("globex"), "a", {}, api_named("a"), {})),
            "not_found");
  EXPECT_EQ(code_of(catalogue.apis.remove(of("globex"), "a", {}, {})), "not_found");
  EXPECT_THAT(listed(of("globex")), IsEmpty());
  EXPECT_THAT(listed(of("acme")), ElementsAre("a@v1"));
  EXPECT_THAT(listed(root()), ElementsAre("a@v1"));
}

TEST_F(Apis, HaveNamesThatBelongToOneTenant) {
  given_api(of("acme"), api_named("a"));
  const auto taken = catalogue.apis.create(of("globex"), api_named("a", "v2"));
  EXPECT_EQ(code_of(taken), "already_exists");
  EXPECT_THAT(taken.error().error.detail, Not(HasSubstr("acme")));
  EXPECT_EQ(code_of(catalogue.apis.create(of("acme"), api_named("a"))), "already_exists");
  EXPECT_EQ(code_of(catalogue.apis.create(of("acme"), api_named("a", "v2"))), "ok");
  EXPECT_THAT(listed(of("acme")), ElementsAre("a@v1", "a@v2"));
}

TEST_F(Apis, AreCreatedForAnotherTenantByThePlatformOnly) {
  const auto made = catalogue.apis.create(root(), api_named("a"), model::TenantId{"acme"});
  EXPECT_EQ(code_of(made), "ok");
  EXPECT_EQ(made->value.tenant.value, "acme");
  EXPECT_EQ(code_of(catalogue.apis.create(root(), api_named("b"), model::TenantId{"nobody"})),
            "not_found");
  EXPECT_EQ(code_of(catalogue.apis.create(of("acme"), api_named("b"), model::TenantId{"globex"})),
            "not_found");
}

TEST_F(Apis, TellAllTheirFaultsWithPointers) {
  model::Api api = api_named("a b");
  api.upstream.endpoints[0].url = "ftp://x";
  const auto refused = catalogue.apis.create(of("acme"), api);
  ASSERT_EQ(code_of(refused), "invalid_body");
  ASSERT_EQ(refused.error().faults.size(), 2u);
  EXPECT_EQ(refused.error().faults[0].pointer, "/name");
  EXPECT_EQ(refused.error().faults[1].pointer, "/upstream/endpoints/0/url");
  EXPECT_THAT(audit(), IsEmpty());
}

TEST_F(Apis, DoNotLeadIntoPrivateNetworks) {
  refused_hosts = {"a.example.com"};
  EXPECT_EQ(first_fault(catalogue.apis.create(of("acme"), api_named("a"))),
            "/upstream/endpoints/0/url: resolves to a private address");
  refused_hosts.clear();
  given_api(of("acme"), api_named("a"));
  refused_hosts = {"a.example.com"};
  EXPECT_EQ(first_fault(catalogue.apis.replace(of("acme"), "a", {}, api_named("a"), {})),
            "/upstream/endpoints/0/url: resolves to a private address");
}

TEST_F(Apis, ThatTheDataPlaneCannotCompileAreRefused) {
  model::Api api = api_named("a");
  api.description = "spoilt";
  EXPECT_EQ(first_fault(catalogue.apis.create(of("acme"), api)), "/x: is spoilt");
}

TEST_F(Apis, OfATenantStayBelowTheirName) {
  model::Api api = api_named("a");
  api.routes = {route_at("/proxy/a/x"), route_at("/proxy/ab")};
  EXPECT_THAT(first_fault(catalogue.apis.create(of("acme"), api)),
              HasSubstr("/routes/1/path: must be /proxy/a or a path below it"));
  EXPECT_EQ(code_of(catalogue.apis.create(root(), api)), "ok");
}

TEST_F(Apis, DoNotTakeEachOthersRoutes) {
  model::Api first = api_named("first");
  first.routes = {route_at("/shop/{id}")};
  given_api(root(), first);
  model::Api second = api_named("second");
  second.routes = {route_at("/else"), route_at("/shop/{number}/")};
  EXPECT_EQ(first_fault(catalogue.apis.create(root(), second)),
            "/routes/1: matches the same requests as a route of the API 'first'");
  model::Api version = api_named("first", "v2");
  version.routes = first.routes;
  EXPECT_EQ(code_of(catalogue.apis.create(root(), version)), "ok") << "versions share routes";
}

TEST_F(Apis, DoNotTellWhoseRouteIsInTheWay) {
  model::Api api = api_named("hidden");
  api.routes = {route_at("/proxy/mine")};
  given_api(root(), api);
  EXPECT_EQ(first_fault(catalogue.apis.create(of("acme"), api_named("mine"))),
            "/name: matches the same requests as a route of another API");
}

TEST_F(Apis, FreeTheirRoutesWhenTheyChangeOrGo) {
  model::Api first = api_named("first");
  first.routes = {route_at("/shop")};
  given_api(root(), first);
  model::Api second = api_named("second");
  second.routes = {route_at("/shop")};
  first.routes = {route_at("/other")};
  ASSERT_EQ(code_of(catalogue.apis.replace(root(), "first", {}, first, {})), "ok");
  EXPECT_EQ(code_of(catalogue.apis.create(root(), second)), "ok");
  ASSERT_EQ(code_of(catalogue.apis.remove(root(), "second", {}, {})), "ok");
  first.routes = {route_at("/shop")};
  EXPECT_EQ(code_of(catalogue.apis.replace(root(), "first", {}, first, {})), "ok");
}

TEST_F(Apis, UseCredentialsOfTheirOwnTenant) {
  given_credential(of("globex"), "main");
  model::Api api = api_named("a");
  api.credential = "main";
  EXPECT_EQ(first_fault(catalogue.apis.create(of("acme"), api)),
            "/credential: there is no credential 'main'");
  given_credential(of("acme"), "main");
  EXPECT_EQ(code_of(catalogue.apis.create(of("acme"), api)), "ok");
}

TEST_F(Apis, LeadToApisThatExistAndThatTheyMaySee) {
  model::Api api = api_named("a");
  model::Fallback step;
  step.kind = model::FallbackKind::Api;
  step.api = "b";
  api.fallback = {step};
  EXPECT_EQ(first_fault(catalogue.apis.create(of("acme"), api)),
            "/fallback/0/api: there is no API 'b'");
  given_api(of("globex"), api_named("b"));
  EXPECT_EQ(first_fault(catalogue.apis.create(of("acme"), api)),
            "/fallback/0/api: there is no API 'b'");
  given_api(root(), api_named("c"));
  api.fallback[0].api = "c";
  api.fallback[0].version = "v9";
  EXPECT_EQ(first_fault(catalogue.apis.create(of("acme"), api)),
            "/fallback/0/version: the API 'c' has no version 'v9'");
  api.fallback[0].version = "v1";
  EXPECT_EQ(code_of(catalogue.apis.create(of("acme"), api)), "ok");
}

TEST_F(Apis, MirrorToAVersionOfTheirOwn) {
  model::Api api = api_named("a");
  api.mirror = model::Mirror{.version = "v2"};
  EXPECT_EQ(first_fault(catalogue.apis.create(of("acme"), api)),
            "/mirror/version: the API 'a' has no version 'v2'");
  given_api(of("acme"), api_named("a", "v2"));
  EXPECT_EQ(code_of(catalogue.apis.create(of("acme"), api)), "ok");
}

TEST_F(Apis, StayWhileOthersLeadToThem) {
  given_api(root(), api_named("target"));
  model::Api api = api_named("a");
  model::Fallback step;
  step.kind = model::FallbackKind::Api;
  step.api = "target";
  api.fallback = {step};
  given_api(of("acme"), api);
  EXPECT_EQ(code_of(catalogue.apis.remove(root(), "target", {}, {})), "resource_in_use");
  given_api(root(), api_named("target", "v2"));
  EXPECT_EQ(code_of(catalogue.apis.remove(root(), "target", "v1", {})), "ok")
      << "the other version is left";
  ASSERT_EQ(code_of(catalogue.apis.remove(of("acme"), "a", {}, {})), "ok");
  EXPECT_EQ(code_of(catalogue.apis.remove(root(), "target", {}, {})), "ok");
}

TEST_F(Apis, AreReplacedByWhoSawTheNewest) {
  const auto stored = given_api(of("acme"), api_named("a"));
  model::Api next = api_named("a");
  next.enabled = false;
  const auto replaced = catalogue.apis.replace(of("acme"), "a", {}, next, stored.revision);
  ASSERT_EQ(code_of(replaced), "ok");
  EXPECT_FALSE(replaced->value.enabled);
  EXPECT_GT(replaced->revision, stored.revision);
  EXPECT_EQ(last_told(), "api.update api:a@v1 ok");
  EXPECT_EQ(audit()[0].details, R"({"after":{"enabled":false}})");
  EXPECT_EQ(code_of(catalogue.apis.replace(of("acme"), "a", {}, next, stored.revision)),
            "version_conflict");
  EXPECT_EQ(code_of(catalogue.apis.remove(of("acme"), "a", {}, stored.revision)),
            "version_conflict");
}

TEST_F(Apis, KeepNameAndVersionForLife) {
  given_api(of("acme"), api_named("a"));
  EXPECT_THAT(first_fault(catalogue.apis.replace(of("acme"), "a", {}, api_named("b"), {})),
              HasSubstr("/name: must be 'a'"));
  EXPECT_THAT(first_fault(catalogue.apis.replace(of("acme"), "a", {}, api_named("a", "v2"), {})),
              HasSubstr("/version: must be 'v1'"));
}

TEST_F(Apis, WithoutAVersionAreTheDefaultOne) {
  given_api(of("acme"), api_named("a", "v1"));
  given_api(of("acme"), api_named("a", "v2"));
  EXPECT_EQ(catalogue.apis.get(of("acme"), "a")->value.version, "v2") << "the last";
  model::Api first = api_named("a", "v1");
  first.is_default_version = true;
  ASSERT_EQ(code_of(catalogue.apis.replace(of("acme"), "a", "v1", first, {})), "ok");
  EXPECT_EQ(catalogue.apis.get(of("acme"), "a")->value.version, "v1");
  EXPECT_EQ(catalogue.apis.get(of("acme"), "a", "v2")->value.version, "v2");
  EXPECT_EQ(code_of(catalogue.apis.get(of("acme"), "a", "v3")), "not_found");
}

TEST_F(Apis, TakeTheDefaultFromTheOneThatHadIt) {
  model::Api first = api_named("a", "v1");
  first.is_default_version = true;
  given_api(of("acme"), first);
  model::Api second = api_named("a", "v2");
  second.is_default_version = true;
  given_api(of("acme"), second);
  EXPECT_FALSE(catalogue.apis.get(of("acme"), "a", "v1")->value.is_default_version);
  EXPECT_EQ(catalogue.apis.get(of("acme"), "a")->value.version, "v2");
  EXPECT_THAT(audit()[0].details, HasSubstr(R"("default_taken_from":"v1")"));
}

TEST_F(Apis, AreRemovedByVersionOrAllAtOnce) {
  for (const char* version : {"v1", "v2", "v3"}) {
    given_api(of("acme"), api_named("a", version));
  }
  EXPECT_EQ(code_of(catalogue.apis.remove(of("acme"), "a", "v2", {})), "ok");
  EXPECT_THAT(listed(of("acme")), ElementsAre("a@v1", "a@v3"));
  EXPECT_EQ(code_of(catalogue.apis.remove(of("acme"), "a", {}, {})), "ok");
  EXPECT_THAT(listed(of("acme")), IsEmpty());
  EXPECT_EQ(last_told(), "api.remove api:a ok");
  EXPECT_EQ(code_of(catalogue.apis.remove(of("acme"), "a", {}, {})), "not_found");
}

TEST_F(Apis, AreListedInPagesAndByFilters) {
  for (const char* name : {"a", "a-b", "ab", "b"}) given_api(of("acme"), api_named(name));
  given_api(of("acme"), api_named("a", "v2"));
  model::Api other = api_named("c");
  other.kind = model::ApiKind::Exchange;
  other.enabled = false;
  other.description = "Spot Markets";
  given_api(of("acme"), other);
  ApiQuery query;
  query.page.limit = 4;
  const auto first = catalogue.apis.list(of("acme"), query);
  EXPECT_THAT(names_in(first), ElementsAre("a@v1", "a@v2", "a-b@v1", "ab@v1"));
  query.page.after = first->next;
  const auto second = catalogue.apis.list(of("acme"), query);
  EXPECT_THAT(names_in(second), ElementsAre("b@v1", "c@v1"));
  EXPECT_EQ(second->next, "");
  EXPECT_THAT(listed(of("acme"), {.kind = model::ApiKind::Exchange}), ElementsAre("c@v1"));
  EXPECT_THAT(listed(of("acme"), {.enabled = false}), ElementsAre("c@v1"));
  EXPECT_THAT(listed(of("acme"), {.text = "spot"}), ElementsAre("c@v1"));
  EXPECT_THAT(listed(of("acme"), {.text = "A-"}), ElementsAre("a-b@v1"));
  query.page.after = "nothing";
  EXPECT_EQ(code_of(catalogue.apis.list(of("acme"), query)), "invalid_parameter");
}

TEST_F(Apis, OfTheFileAreShownAndCannotBeChanged) {
  given_declared({api_named("file")});
  given_api(root(), api_named("stored"));
  EXPECT_THAT(listed(root()), ElementsAre("file@v1*", "stored@v1"));
  EXPECT_THAT(listed(of("acme")), IsEmpty());
  EXPECT_TRUE(catalogue.apis.get(root(), "file")->declared);
  EXPECT_EQ(code_of(catalogue.apis.replace(root(), "file", {}, api_named("file"), {})),
            "declared_in_file");
  EXPECT_EQ(code_of(catalogue.apis.remove(root(), "file", {}, {})), "declared_in_file");
  EXPECT_EQ(code_of(catalogue.apis.create(root(), api_named("file"))), "already_exists");
  EXPECT_EQ(code_of(catalogue.apis.create(of("acme"), api_named("file", "v2"))), "already_exists");
}

TEST_F(Apis, DoNotTakeRoutesOfTheFile) {
  model::Api declared = api_named("file");
  declared.routes = {route_at("/proxy/mine")};
  given_declared({declared});
  EXPECT_EQ(first_fault(catalogue.apis.create(root(), api_named("mine"))),
            "/name: matches the same requests as a route of the API 'file'");
  given_declared({});
  EXPECT_EQ(code_of(catalogue.apis.create(root(), api_named("mine"))), "ok")
      << "the file was loaded anew";
}

TEST_F(Apis, AddVersionsToThoseOfTheFile) {
  model::Api declared = api_named("a", "v1");
  declared.is_default_version = true;
  given_declared({declared});
  model::Api second = api_named("a", "v2");
  second.is_default_version = true;
  EXPECT_THAT(first_fault(catalogue.apis.create(root(), second)), HasSubstr("/default: "));
  second.is_default_version = false;
  EXPECT_EQ(code_of(catalogue.apis.create(root(), second)), "ok");
  EXPECT_EQ(catalogue.apis.get(root(), "a")->value.version, "v1");
  EXPECT_EQ(code_of(catalogue.apis.remove(root(), "a", "v2", {})), "ok");
}

TEST_F(Apis, ThatCannotBeReadAreLeftOutAndReported) {
  given_api(of("acme"), api_named("good"));
  storage::Record record;
  record.kind = storage::Kind::Api;
  record.id = "bad@v1";
  record.tenant = "acme";
  record.owner = "bad";
  record.body = R"({"name":"bad","version":"v1","upstream":7})";
  auto transaction = begin_write();
  ASSERT_TRUE(transaction->insert(record));
  ASSERT_TRUE(transaction->commit());
  EXPECT_THAT(listed(of("acme")), ElementsAre("good@v1"));
  EXPECT_THAT(listed(of("acme")), ElementsAre("good@v1"));
  EXPECT_THAT(reports, ElementsAre(HasSubstr("bad@v1"))) << "once";
}

TEST_F(Apis, AreImportedFromADocument) {
  const auto made =
      catalogue.apis.import(of("acme"),
                            R"({"openapi":"3.1.0","info":{"title":"Pet Shop","version":"1.0"},
          "servers":[{"url":"https://pets.example.com"}],"paths":{}})",
                            {});
  ASSERT_EQ(first_fault(made), "ok");
  EXPECT_THAT(listed(of("acme")), ElementsAre("pet-shop@1.0"));
  EXPECT_THAT(first_fault(catalogue.apis.import(of("acme"), "{}", {})),
              HasSubstr("/openapi: is required"));
}

}  // namespace
}  // namespace apiforge::catalogue
