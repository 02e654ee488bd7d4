#include "catalogue/catalogue_fixture.hpp"

namespace apiforge::catalogue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class CredentialsTest : public CatalogueFixture {
 protected:
  static NewCredential bearer(std::string name, std::string token = "tok-0123456789abcdef") {
    return {.name = std::move(name),
            .kind = "bearer",
            .fields = bearer_fields(std::move(token)),
            .tenant = {}};
  }
  std::vector<std::string> listed_credentials(const Actor& actor, const PageQuery& page = {}) {
    std::vector<std::string> names;
    const auto found = catalogue.credentials.list(actor, {}, page);
    EXPECT_EQ(code_of(found), "ok");
    for (const auto& view : found->items) {
      names.push_back(view.shown.name + (view.declared ? "*" : ""));
    }
    return names;
  }
  std::string token_of(const std::string& tenant, const std::string& name) {
    auto transaction = begin_read();
    const auto opened = auth::CredentialStore(vault).open(*transaction, {tenant}, name);
    return opened ? std::string(opened->fields.at("token").reveal()) : code_of(opened);
  }
};

TEST_F(CredentialsTest, AreNeverShownButMasked) {
  const auto made = catalogue.credentials.create(of("acme"), bearer("main"));
  ASSERT_EQ(code_of(made), "ok");
  EXPECT_EQ(made->shown.fields[0].masked, "***cdef");
  const auto shown = catalogue.credentials.get(of("acme"), {}, "main");
  EXPECT_EQ(shown->shown.fields[0].masked, "***cdef");
  EXPECT_EQ(shown->tenant.value, "acme");
  EXPECT_EQ(last_told(), "credential.create credential:main ok");
  EXPECT_THAT(audit()[0].details, Not(HasSubstr("cdef")));
  EXPECT_EQ(token_of("acme", "main"), "tok-0123456789abcdef");
}

TEST_F(CredentialsTest, NeedThePermissionAndTheTenant) {
  const Actor reader = of("acme", {model::Permission::GatewayRead});
  EXPECT_EQ(code_of(catalogue.credentials.create(reader, bearer("main"))), "forbidden");
  given_credential(of("acme"), "main");
  EXPECT_EQ(code_of(catalogue.credentials.get(reader, {}, "main")), "ok");
  EXPECT_EQ(code_of(catalogue.credentials.rotate(reader, {}, "main", bearer_fields("x"), {})),
            "forbidden");
  EXPECT_EQ(code_of(catalogue.credentials.remove(reader, {}, "main", {})), "forbidden");
  EXPECT_EQ(code_of(catalogue.credentials.get(of("globex"), {}, "main")), "not_found");
  EXPECT_EQ(code_of(catalogue.credentials.get(of("globex"), model::TenantId{"acme"}, "main")),
            "not_found");
  EXPECT_EQ(code_of(catalogue.credentials.get(root(), model::TenantId{"acme"}, "main")), "ok");
  EXPECT_EQ(code_of(catalogue.credentials.remove(of("globex"), {}, "main", {})), "not_found");
}

TEST_F(CredentialsTest, HaveTheFieldsOfTheirKind) {
  NewCredential request = bearer("main");
  request.kind = "hmac";
  const auto refused = catalogue.credentials.create(of("acme"), request);
  ASSERT_EQ(code_of(refused), "invalid_body");
  EXPECT_EQ(refused.error().faults[0].pointer, "/fields/key");
  request = bearer("a/b");
  EXPECT_THAT(first_fault(catalogue.credentials.create(of("acme"), request)), HasSubstr("/name: "));
}

TEST_F(CredentialsTest, HaveOneNameInEachTenant) {
  given_credential(of("acme"), "main");
  EXPECT_EQ(code_of(catalogue.credentials.create(of("acme"), bearer("main"))), "already_exists");
  EXPECT_EQ(code_of(catalogue.credentials.create(of("globex"), bearer("main"))), "ok");
}

TEST_F(CredentialsTest, LoseTheOldValueWhenRotated) {
  const auto made = catalogue.credentials.create(of("acme"), bearer("main"));
  const auto next = catalogue.credentials.rotate(
      of("acme"), {}, "main", bearer_fields("the-new-one"), made->shown.revision);
  ASSERT_EQ(code_of(next), "ok");
  EXPECT_EQ(next->shown.kind, "bearer");
  EXPECT_EQ(token_of("acme", "main"), "the-new-one");
  EXPECT_EQ(last_told(), "credential.rotate credential:main ok");
  EXPECT_EQ(code_of(catalogue.credentials.rotate(of("acme"), {}, "main", bearer_fields("x"),
                                                 made->shown.revision)),
            "version_conflict");
  EXPECT_THAT(first_fault(catalogue.credentials.rotate(of("acme"), {}, "main",
                                                       {{"value", Secret("x")}}, {})),
              HasSubstr("/fields/token: is required"));
}

TEST_F(CredentialsTest, StayWhileAnApiSignsWithThem) {
  given_credential(of("acme"), "main");
  model::Api api = api_named("a");
  api.credential = "main";
  given_api(of("acme"), api);
  const auto refused = catalogue.credentials.remove(of("acme"), {}, "main", {});
  EXPECT_EQ(code_of(refused), "resource_in_use");
  EXPECT_THAT(refused.error().detail, HasSubstr("a@v1"));
  ASSERT_EQ(code_of(catalogue.apis.remove(of("acme"), "a", {}, {})), "ok");
  EXPECT_EQ(code_of(catalogue.credentials.remove(of("acme"), {}, "main", {})), "ok");
  EXPECT_EQ(last_told(), "credential.remove credential:main ok");
  EXPECT_THAT(listed_credentials(of("acme")), IsEmpty());
}

TEST_F(CredentialsTest, OfTheFileAreShownMaskedAndCannotBeChanged) {
  given_declared({}, {{"m", "bearer", bearer_fields("tok-0123456789abcdef"), {"platform"}}});
  given_credential(root(), "a");
  given_credential(root(), "z");
  EXPECT_THAT(listed_credentials(root()), ElementsAre("a", "m*", "z"));
  EXPECT_THAT(listed_credentials(of("acme")), IsEmpty());
  EXPECT_EQ(catalogue.credentials.get(root(), {}, "m")->shown.fields[0].masked, "***cdef");
  EXPECT_EQ(code_of(catalogue.credentials.create(root(), bearer("m"))), "declared_in_file");
  EXPECT_EQ(code_of(catalogue.credentials.rotate(root(), {}, "m", bearer_fields("x"), {})),
            "declared_in_file");
  EXPECT_EQ(code_of(catalogue.credentials.remove(root(), {}, "m", {})), "declared_in_file");
  model::Api api = api_named("signed");
  api.credential = "m";
  EXPECT_EQ(code_of(catalogue.apis.create(root(), api)), "ok") << "Apis may use it";
}

TEST_F(CredentialsTest, AreListedInPages) {
  given_declared({}, {{"b", "bearer", bearer_fields("x"), {"platform"}}});
  for (const char* name : {"a", "c", "d"}) given_credential(root(), name);
  const auto first = catalogue.credentials.list(root(), {}, {.after = {}, .limit = 2});
  EXPECT_EQ(first->next, "b");
  EXPECT_THAT(listed_credentials(root(), {.after = "b", .limit = 2}), ElementsAre("c", "d"));
}

}  // namespace
}  // namespace apiforge::catalogue
