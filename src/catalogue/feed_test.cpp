#include "catalogue/feed.hpp"

#include "catalogue/catalogue_fixture.hpp"

namespace apiforge::catalogue {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class FeedTest : public CatalogueFixture {
 protected:
  std::vector<std::string> apis() const {
    std::vector<std::string> ids;
    for (const auto& api : feed.current()->apis) ids.push_back(api_id(api->name, api->version));
    return ids;
  }
  std::vector<std::string> credentials() const {
    std::vector<std::string> names;
    for (const auto& credential : feed.current()->credentials) {
      names.push_back(credential->tenant.value + "." + credential->name + "=" +
                      std::string(credential->fields.at("token").reveal()));
    }
    return names;
  }
  std::string catch_up() { return code_of(feed.catch_up()); }

  std::vector<std::shared_ptr<const StoredCatalogue>> published;
  std::vector<std::string> unopened;
  CatalogueFeed feed{store, vault, inventory,
                     [this](auto next) { published.push_back(std::move(next)); },
                     [this](const Error& error) { unopened.push_back(error.detail); }};
};

TEST_F(FeedTest, PublishesNothingWhereNothingIsStored) {
  EXPECT_EQ(catch_up(), "ok");
  EXPECT_THAT(published, IsEmpty());
}

TEST_F(FeedTest, PublishesApisAndOpenedCredentialsOfAllTenants) {
  given_credential(of("acme"), "main", "secret-of-acme");
  given_credential(of("globex"), "main", "secret-of-globex");
  given_api(of("globex"), api_named("b"));
  given_api(of("acme"), api_named("a", "v2"));
  EXPECT_EQ(catch_up(), "ok");
  ASSERT_THAT(published, SizeIs(1));
  EXPECT_THAT(apis(), ElementsAre("a@v2", "b@v1"));
  EXPECT_EQ(feed.current()->apis[1]->tenant.value, "globex");
  EXPECT_THAT(credentials(),
              ElementsAre("acme.main=secret-of-acme", "globex.main=secret-of-globex"));
}

TEST_F(FeedTest, PublishesRulesWithTheirSecrets) {
  given_api(root(), api_named("a"));
  model::Quota quota;
  quota.name = "all";
  quota.limit = {.amount = 5, .per = std::chrono::seconds(1)};
  ASSERT_EQ(first_fault(catalogue.quotas.create(root(), quota)), "ok");
  ASSERT_EQ(first_fault(catalogue.quotas.create(of("acme"), quota)), "ok");
  ASSERT_EQ(first_fault(catalogue.breaker_rules.create(root(), {.api = "a"})), "ok");
  model::AlertRule alert;
  alert.name = "errors";
  alert.metric = "error_rate";
  alert.targets = {{.webhook = "https://hooks.example.com", .secret = Secret("hunter2")}};
  ASSERT_EQ(first_fault(catalogue.alert_rules.create(of("acme"), alert)), "ok");
  EXPECT_EQ(catch_up(), "ok");
  const auto before = feed.current();
  ASSERT_THAT(before->quotas, SizeIs(2));
  EXPECT_EQ(before->quotas[0]->tenant.value, "acme");
  EXPECT_EQ(before->quotas[1]->limit, quota.limit);
  ASSERT_THAT(before->breakers, SizeIs(1));
  ASSERT_THAT(before->alert_rules, SizeIs(1));
  EXPECT_EQ(before->alert_rules[0]->targets[0].secret.reveal(), "hunter2");

  quota.limit.amount = 6;
  ASSERT_EQ(first_fault(catalogue.quotas.replace(root(), {}, "all", quota, {})), "ok");
  ASSERT_EQ(code_of(catalogue.breaker_rules.remove(root(), {}, "a", {})), "ok");
  EXPECT_EQ(catch_up(), "ok");
  const auto after = feed.current();
  EXPECT_EQ(after->quotas[0], before->quotas[0]) << "what did not change is the same object";
  EXPECT_EQ(after->quotas[1]->limit.amount, 6);
  EXPECT_EQ(after->alert_rules[0], before->alert_rules[0]);
  EXPECT_EQ(after->apis[0], before->apis[0]);
  EXPECT_THAT(after->breakers, IsEmpty());
}

TEST_F(FeedTest, LeavesOutARuleThatCannotBeRead) {
  storage::Record record;
  record.kind = storage::Kind::Quota;
  record.id = "platform.broken";
  record.tenant = "platform";
  record.body = "{}";
  auto transaction = begin_write();
  ASSERT_TRUE(transaction->insert(record));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(catch_up(), "ok");
  EXPECT_THAT(feed.current()->quotas, IsEmpty());
  EXPECT_THAT(unopened, ElementsAre(HasSubstr("platform.broken")));
}

TEST_F(FeedTest, KeepsTheObjectsOfWhatDidNotChange) {
  for (const char* name : {"a", "b", "c"}) given_api(of("acme"), api_named(name));
  given_credential(of("acme"), "main");
  EXPECT_EQ(catch_up(), "ok");
  const auto before = feed.current();
  model::Api next = api_named("b");
  next.enabled = false;
  ASSERT_EQ(code_of(catalogue.apis.replace(of("acme"), "b", {}, next, {})), "ok");
  EXPECT_EQ(catch_up(), "ok");
  const auto after = feed.current();
  EXPECT_EQ(after->apis[0], before->apis[0]);
  EXPECT_FALSE(after->apis[1]->enabled);
  EXPECT_EQ(after->apis[2], before->apis[2]);
  EXPECT_EQ(after->credentials[0], before->credentials[0]);
}

TEST_F(FeedTest, FollowsRemovalsAndRotations) {
  given_api(of("acme"), api_named("a"));
  given_api(of("acme"), api_named("b"));
  given_credential(of("acme"), "main", "old");
  given_credential(of("acme"), "other", "x");
  EXPECT_EQ(catch_up(), "ok");
  ASSERT_EQ(code_of(catalogue.apis.remove(of("acme"), "a", {}, {})), "ok");
  ASSERT_EQ(code_of(catalogue.credentials.remove(of("acme"), {}, "other", {})), "ok");
  ASSERT_EQ(code_of(catalogue.credentials.rotate(of("acme"), {}, "main", bearer_fields("new"), {})),
            "ok");
  EXPECT_EQ(catch_up(), "ok");
  EXPECT_THAT(apis(), ElementsAre("b@v1"));
  EXPECT_THAT(credentials(), ElementsAre("acme.main=new"));
}

TEST_F(FeedTest, PublishesNothingForChangesOfOtherKinds) {
  given_api(of("acme"), api_named("a"));
  EXPECT_EQ(catch_up(), "ok");
  given_tenant("initech");
  EXPECT_EQ(catch_up(), "ok");
  EXPECT_EQ(catch_up(), "ok");
  EXPECT_THAT(published, SizeIs(1));
}

TEST_F(FeedTest, TakesManyChangesAtOnce) {
  for (int i = 0; i < 200; ++i) given_api(of("acme"), api_named("a" + std::to_string(i)));
  EXPECT_EQ(catch_up(), "ok");
  EXPECT_THAT(apis(), SizeIs(200));
  EXPECT_TRUE(std::ranges::is_sorted(apis()));
}

TEST_F(FeedTest, LeavesOutWhatCannotBeOpenedAndTellsItOnce) {
  given_credential(of("acme"), "good", "x");
  given_credential(of("acme"), "bad", "y");
  auto transaction = begin_write();
  auto record = *transaction->find(storage::Kind::Credential, "acme.bad");
  record->body.replace(record->body.find("v1:"), 3, "v9:");
  ASSERT_TRUE(transaction->update(*record));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(catch_up(), "ok");
  EXPECT_THAT(credentials(), ElementsAre("acme.good=x"));
  given_api(of("acme"), api_named("a"));
  EXPECT_EQ(catch_up(), "ok");
  EXPECT_THAT(unopened, SizeIs(1));
}

TEST_F(FeedTest, BeginsAnewWhenRemovalsAreForgotten) {
  given_api(of("acme"), api_named("a"));
  given_api(of("acme"), api_named("b"));
  EXPECT_EQ(catch_up(), "ok");
  clock.advance(std::chrono::hours(1));
  ASSERT_EQ(code_of(catalogue.apis.remove(of("acme"), "a", {}, {})), "ok");
  given_api(of("acme"), api_named("c"));
  clock.advance(std::chrono::hours(1));
  auto transaction = begin_write();
  // Forgets the removal of `a`, which happened before, and what was written long ago: `b`.
  ASSERT_TRUE(transaction->purge(storage::Kind::Api, clock.wall() - std::chrono::minutes(90)));
  ASSERT_TRUE(transaction->purge(storage::Kind::Session, clock.wall()));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(catch_up(), "ok");
  EXPECT_THAT(apis(), ElementsAre("c@v1"));
}

}  // namespace
}  // namespace apiforge::catalogue
