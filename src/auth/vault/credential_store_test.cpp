#include "auth/vault/credential_store.hpp"

#include <gmock/gmock.h>

#include "auth/vault/vault_fixture.hpp"

namespace apiforge::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Field = MaskedCredential::Field;

constexpr std::string_view kSecret = "very-secret-signing-key-9876";

model::Credential hmac(std::string name, std::string_view secret = kSecret) {
  return {std::move(name),
          "hmac",
          {{"key", Secret("public-part-of-it-1234")}, {"secret", Secret(std::string(secret))}},
          {"acme"}};
}

class CredentialStoreTest : public VaultFixture {
 protected:
  MaskedCredential given(const model::TenantId& tenant, const model::Credential& credential) {
    const Transaction transaction = begin_write();
    auto created = credentials.create(*transaction, tenant, credential);
    EXPECT_TRUE(created) << created.error().detail;
    EXPECT_TRUE(transaction->commit());
    return *std::move(created);
  }

  const CredentialStore credentials{vault};
};

TEST_F(CredentialStoreTest, opens_what_was_created_with_the_tenant_that_has_it) {
  given(acme, hmac("binance-main"));
  const auto opened = credentials.open(*begin_read(), acme, "binance-main");
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(*opened, hmac("binance-main"));
}

TEST_F(CredentialStoreTest, keeps_every_byte_of_a_field) {
  model::Credential odd{
      "odd", "header", {{"value", Secret(std::string("3:a\0\n\xFF:7", 8))}}, {"acme"}};
  odd.fields.emplace("empty", Secret());
  given(acme, odd);
  EXPECT_EQ(*credentials.open(*begin_read(), acme, "odd"), odd);
}

TEST_F(CredentialStoreTest, shows_at_most_the_last_four_characters) {
  const MaskedCredential created = given(acme, hmac("binance-main"));
  EXPECT_THAT(created.fields, ElementsAre(Field{"key", "***1234"}, Field{"secret", "***9876"}));
  const auto found = credentials.find(*begin_read(), acme, "binance-main");
  EXPECT_EQ(found->fields, created.fields);
  EXPECT_EQ(found->revision, created.revision);
  EXPECT_EQ(found->kind, "hmac");
}

TEST_F(CredentialStoreTest, shows_nothing_of_short_values_and_of_keys_in_pem_form) {
  EXPECT_EQ(masked("short"), "***");
  EXPECT_EQ(masked(""), "***");
  EXPECT_EQ(masked("fifteen-letters"), "***");
  EXPECT_EQ(masked("sixteen-letters!"), "***ers!");
  EXPECT_EQ(masked("-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n"), "***");
}

TEST_F(CredentialStoreTest, stores_no_secret_in_the_clear) {
  given(acme, hmac("binance-main"));
  const auto record = begin_read()->find(storage::Kind::Credential, "acme.binance-main");
  ASSERT_TRUE(*record);
  EXPECT_THAT((*record)->body, Not(HasSubstr(kSecret)));
  EXPECT_THAT((*record)->body, Not(HasSubstr("signing-key")));
}

TEST_F(CredentialStoreTest, lists_a_tenants_own_in_the_order_of_names) {
  for (const char* name : {"c", "a", "b"}) given(acme, hmac(name));
  given(globex, hmac("foreign"));
  const auto names = [&](std::string_view after, std::uint32_t limit) {
    std::vector<std::string> listed;
    const auto page = credentials.list(*begin_read(), acme, after, limit);
    for (const MaskedCredential& credential : *page) listed.push_back(credential.name);
    return listed;
  };
  EXPECT_THAT(names("", 10), ElementsAre("a", "b", "c"));
  EXPECT_THAT(names("", 2), ElementsAre("a", "b"));
  EXPECT_THAT(names("b", 10), ElementsAre("c"));
}

TEST_F(CredentialStoreTest, keeps_tenants_apart) {
  given(acme, hmac("main", "secret-of-acme"));
  given(globex, hmac("main", "secret-of-globex"));
  EXPECT_EQ(credentials.open(*begin_read(), acme, "main")->fields.at("secret").reveal(),
            "secret-of-acme");
  given(acme, hmac("only-acme"));
  EXPECT_EQ(credentials.open(*begin_read(), globex, "only-acme").error().code, ErrorCode::NotFound);
}

TEST_F(CredentialStoreTest, refuses_a_second_one_of_the_same_name) {
  given(acme, hmac("main"));
  const auto second = credentials.create(*begin_write(), acme, hmac("main"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::AlreadyExists);
}

TEST_F(CredentialStoreTest, replaces_the_fields_of_the_revision_that_was_read) {
  const MaskedCredential created = given(acme, hmac("main"));
  {
    const Transaction transaction = begin_write();
    const auto replaced =
        credentials.replace(*transaction, acme, hmac("main", "newer"), created.revision);
    ASSERT_TRUE(replaced) << replaced.error().detail;
    EXPECT_GT(replaced->revision, created.revision);
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(credentials.open(*begin_read(), acme, "main")->fields.at("secret").reveal(), "newer");
  const auto late = credentials.replace(*begin_write(), acme, hmac("main"), created.revision);
  EXPECT_EQ(late.error().code, ErrorCode::VersionConflict);
}

TEST_F(CredentialStoreTest, removes_one) {
  given(acme, hmac("main"));
  const Transaction transaction = begin_write();
  ASSERT_TRUE(credentials.remove(*transaction, acme, "main", std::nullopt));
  EXPECT_EQ(credentials.find(*transaction, acme, "main").error().code, ErrorCode::NotFound);
  EXPECT_EQ(credentials.remove(*transaction, acme, "main", std::nullopt).error().code,
            ErrorCode::NotFound);
}

TEST_F(CredentialStoreTest, refuses_names_and_fields_that_are_not_allowed) {
  const Transaction transaction = begin_write();
  const auto code = [&](const model::Credential& credential) {
    return credentials.create(*transaction, acme, credential).error().code;
  };
  EXPECT_EQ(code(hmac("")), ErrorCode::InvalidValue);
  EXPECT_EQ(code(hmac("a/b")), ErrorCode::InvalidValue);
  EXPECT_EQ(code(hmac(std::string(65, 'a'))), ErrorCode::InvalidValue);
  EXPECT_EQ(code({"main", "hmac", {}}), ErrorCode::InvalidValue);
  EXPECT_EQ(code(hmac("main", std::string(70'000, 'x'))), ErrorCode::InvalidValue);
}

TEST_F(CredentialStoreTest, seals_all_anew_under_a_new_data_key) {
  given(acme, hmac("a"));
  given(acme, hmac("b"));
  const Transaction transaction = begin_write();
  ASSERT_TRUE(vault.new_data_key(*transaction, acme));
  EXPECT_EQ(*credentials.reseal(*transaction, acme), 2u);
  const auto record = transaction->find(storage::Kind::Credential, "acme.a");
  EXPECT_THAT((*record)->body, HasSubstr("v1:2:"));
  EXPECT_EQ(*credentials.open(*transaction, acme, "a"), hmac("a"));
}

}  // namespace
}  // namespace apiforge::auth
