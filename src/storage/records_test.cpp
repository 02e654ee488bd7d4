#include "storage/records.hpp"

#include <gmock/gmock.h>

namespace apiforge::storage {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const WallTime kNoon{std::chrono::milliseconds(1'700'000'000'123)};
const WallTime kLater = kNoon + std::chrono::hours(1);

model::ApiKey api_key() {
  model::ApiKey key;
  key.id = {"key1"};
  key.tenant = {"acme"};
  key.owner = {"ann"};
  key.name = "for \"tests\" \n é";
  key.scopes = {model::Permission::GatewayCall, model::Permission::AuditRead};
  key.apis = {"binance", "openai"};
  key.allowed_cidrs = {*model::parse_cidr("10.0.0.0/8"), *model::parse_cidr("fc00::/7")};
  key.expires_at = kLater;
  std::string digest;
  for (int i = 0; i < 32; ++i) digest += static_cast<char>(i * 9);
  key.secrets = {{.digest = digest, .last4 = "abcd", .until = std::nullopt},
                 {.digest = std::string(32, '\0'), .last4 = "wxyz", .until = kNoon}};
  return key;
}

model::User user() {
  model::User user;
  user.id = {"u1"};
  user.tenant = {"acme"};
  user.username = "Ann";
  user.email = "Ann@Example.org";
  user.password_hash = Secret("$argon2id$v=19$...");
  user.roles = {"owner", "viewer"};
  user.disabled = true;
  user.tokens_valid_from = kNoon;
  return user;
}

template <class T>
void expect_same_after_a_round_trip(const T& value) {
  Record record = to_record(value);
  EXPECT_EQ(record.kind, kKindOf<T>);
  record.revision = 7;
  record.created_at = kNoon;
  record.updated_at = kLater;
  const auto read = from_record<T>(record);
  ASSERT_TRUE(read) << read.error().context;
  EXPECT_EQ(read->value, value);
  EXPECT_EQ(read->revision, 7u);
  EXPECT_EQ(read->created_at, kNoon);
  EXPECT_EQ(read->updated_at, kLater);
}

TEST(Records, ComeBackAsTheyWere) {
  expect_same_after_a_round_trip(
      model::Tenant{.id = {"t1"}, .name = "Acme, Inc.", .suspended = true});
  expect_same_after_a_round_trip(user());
  expect_same_after_a_round_trip(api_key());
  expect_same_after_a_round_trip(model::ApiKey{});
  expect_same_after_a_round_trip(model::Session{.id = {"s1"},
                                                .tenant = {"acme"},
                                                .user = {"u1"},
                                                .expires_at = kLater,
                                                .revoked_at = kNoon,
                                                .client = "::1",
                                                .user_agent = "curl/8"});
  expect_same_after_a_round_trip(model::RefreshToken{.digest = "00ff",
                                                     .session = {"s1"},
                                                     .tenant = {"acme"},
                                                     .expires_at = kLater,
                                                     .used_at = std::nullopt});
  expect_same_after_a_round_trip(model::Invitation{.id = {"i1"},
                                                   .tenant = {"acme"},
                                                   .email = "b@example.org",
                                                   .roles = {"viewer"},
                                                   .digest = "00ff",
                                                   .expires_at = kLater,
                                                   .used_at = kNoon});
  expect_same_after_a_round_trip(model::Role{.tenant = {"acme"},
                                             .name = "on-call",
                                             .description = "",
                                             .permissions = {model::Permission::ClusterRead}});
}

TEST(Records, HaveTheNamesAndOwnersThatTheyAreFoundBy) {
  EXPECT_THAT(to_record(user()).names, ElementsAre("ann", "ann@example.org"));
  model::User without_email = user();
  without_email.email.clear();
  EXPECT_THAT(to_record(without_email).names, ElementsAre("ann"));
  EXPECT_EQ(to_record(api_key()).owner, "ann");
  EXPECT_THAT(to_record(api_key()).names, IsEmpty());
  const Record role = to_record(
      model::Role{.tenant = {"acme"}, .name = "on-call", .description = {}, .permissions = {}});
  EXPECT_EQ(role.id, role_record_id({"acme"}, "on-call"));
  EXPECT_NE(role_record_id({"a"}, "b"), role_record_id({"b"}, "a"));
  const Record tenant = to_record(model::Tenant{.id = {"t1"}, .name = "Acme", .suspended = false});
  EXPECT_EQ(tenant.tenant, "t1");
}

TEST(Records, HaveStableBodies) {
  EXPECT_EQ(to_record(model::RefreshToken{.digest = "00",
                                          .session = {"s"},
                                          .tenant = {"t"},
                                          .expires_at = kNoon,
                                          .used_at = std::nullopt})
                .body,
            R"({"expires_at_ms":1700000000123,"used_at_ms":null})");
  model::ApiKey key = api_key();
  key.secrets.resize(1);
  EXPECT_EQ(to_record(key).body,
            R"({"name":"for \"tests\" \n é","scopes":["gateway:call","audit:read"],)"
            R"("apis":["binance","openai"],"allowed_cidrs":["10.0.0.0/8","fc00::/7"],)"
            R"("expires_at_ms":1700003600123,"secrets":[{"digest":)"
            R"("AAkSGyQtNj9IUVpjbHV+h5CZoqu0vcbP2OHq8/wFDhc=","last4":"abcd","until_ms":null}]})");
}

TEST(Records, AreReadStrictly) {
  const auto with = [&](std::string_view from, std::string_view to) {
    Record record = to_record(user());
    const auto at = record.body.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    record.body.replace(at, from.size(), to);
    return from_record<model::User>(record);
  };
  EXPECT_TRUE(with("Ann", "Bob"));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"username\"", "\"user_name\""},
           {"\"disabled\":true", "\"disabled\":1"},
           {"\"disabled\":true", "\"disabled\":true,\"new\":1"},
           {"[\"owner\"", "[1,\"owner\""},
           {"1700000000123", "\"1700000000123\""},
           {"1700000000123", "9300000000000000"},
           {"1700000000123", "null"},
           {"{", "["},
           {"}", ""}}) {
    const auto read = with(from, to);
    ASSERT_FALSE(read) << from << " -> " << to;
    EXPECT_EQ(read.error().code, ErrorCode::SealedDataUnreadable);
    EXPECT_THAT(read.error().context, HasSubstr("user u1"));
    EXPECT_THAT(read.error().context, Not(HasSubstr("argon2id")));
  }
  Record of_another_kind = to_record(user());
  of_another_kind.kind = Kind::Session;
  EXPECT_FALSE(from_record<model::User>(of_another_kind));
}

TEST(Records, AKeyWithABadElementIsRefused) {
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"10.0.0.0/8", "10.0.0.0/99"},
                                                        {"gateway:call", "gateway:fly"},
                                                        {"AAkS", "*AkS"},
                                                        {"\"last4\":\"abcd\"", "\"last4\":4"},
                                                        {"\"last4\":\"abcd\",", ""}}) {
    Record record = to_record(api_key());
    record.body.replace(record.body.find(from), from.size(), to);
    EXPECT_FALSE(from_record<model::ApiKey>(record)) << from << " -> " << to;
  }
}

TEST(Kinds, HaveNamesThatLeadBack) {
  for (std::size_t i = 0; i < kKindCount; ++i) {
    const auto kind = static_cast<Kind>(i);
    EXPECT_EQ(parse_kind(name_of(kind)), kind);
  }
  EXPECT_EQ(parse_kind("nothing"), std::nullopt);
}

}  // namespace
}  // namespace apiforge::storage
