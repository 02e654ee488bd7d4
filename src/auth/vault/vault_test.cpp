#include "auth/vault/vault.hpp"

#include <gmock/gmock.h>

#include "auth/vault/vault_fixture.hpp"

namespace apiforge::auth {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kUnreadable = "sealed_data_unreadable";

class VaultTest : public VaultFixture {};

TEST_F(VaultTest, opens_what_it_sealed) {
  for (const std::string_view plain : {"", "a", "sk-secret-of-the-upstream"}) {
    const std::string sealed = sealed_in(vault, acme, "row", plain);
    EXPECT_EQ(opened_in(vault, acme, "row", sealed), plain);
  }
}

TEST_F(VaultTest, opens_bytes_of_any_value_and_length) {
  std::string plain;
  for (int i = 0; i < 70'000; ++i) plain += static_cast<char>(i * 31);
  EXPECT_EQ(opened_in(vault, acme, "row", sealed_in(vault, acme, "row", plain)), plain);
}

TEST_F(VaultTest, seals_the_same_text_differently_each_time) {
  EXPECT_NE(sealed_in(vault, acme, "row", "same"), sealed_in(vault, acme, "row", "same"));
}

TEST_F(VaultTest, writes_the_documented_form) {
  EXPECT_THAT(sealed_in(vault, acme, "row", "plain"), StartsWith("v1:1:"));
}

TEST_F(VaultTest, refuses_a_text_with_any_byte_altered) {
  const std::string sealed = sealed_in(vault, acme, "row", "sk-secret-of-the-upstream");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    for (const int flipped : {0x01, 0x02, 0x20, 0x80}) {
      std::string altered = sealed;
      altered[at] = static_cast<char>(altered[at] ^ flipped);
      ASSERT_THAT(opened_in(vault, acme, "row", altered), StartsWith(kUnreadable))
          << "byte " << at << " flipped by " << flipped;
    }
  }
}

TEST_F(VaultTest, refuses_a_text_that_was_cut_or_prolonged) {
  const std::string sealed = sealed_in(vault, acme, "row", "sk-secret");
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    ASSERT_THAT(opened_in(vault, acme, "row", sealed.substr(0, size)), StartsWith(kUnreadable));
  }
  EXPECT_THAT(opened_in(vault, acme, "row", sealed + "AAAA"), StartsWith(kUnreadable));
  EXPECT_THAT(opened_in(vault, acme, "row", "v1:01:" + sealed.substr(5)), StartsWith(kUnreadable));
}

TEST_F(VaultTest, refuses_a_text_moved_to_another_row) {
  const std::string sealed =
      sealed_in(vault, acme, sealed_row(storage::Kind::Credential, "a", "f"), "sk-secret");
  for (const std::string& row : {sealed_row(storage::Kind::Credential, "b", "f"),
                                 sealed_row(storage::Kind::Credential, "a", "g"),
                                 sealed_row(storage::Kind::SigningKey, "a", "f"),
                                 sealed_row(storage::Kind::Credential, "", "af")}) {
    EXPECT_THAT(opened_in(vault, acme, row, sealed), StartsWith(kUnreadable)) << row;
  }
}

TEST_F(VaultTest, refuses_a_text_moved_to_another_tenant) {
  const std::string sealed = sealed_in(vault, acme, "row", "sk-secret");
  EXPECT_THAT(opened_in(vault, globex, "row", sealed), StartsWith(kUnreadable));
  sealed_in(vault, globex, "row", "so that it has a data key");
  EXPECT_THAT(opened_in(vault, globex, "row", sealed), StartsWith(kUnreadable));
}

TEST_F(VaultTest, refuses_a_data_key_moved_to_another_tenant) {
  const std::string sealed = sealed_in(vault, acme, "row", "sk-secret");
  sealed_in(vault, globex, "row", "other");
  const Transaction transaction = begin_write();
  const auto from = transaction->find(storage::Kind::DataKey, "acme.1");
  auto to = transaction->find(storage::Kind::DataKey, "globex.1");
  ASSERT_TRUE(*from && *to);
  (*to)->body = (*from)->body;
  ASSERT_TRUE(transaction->update(**to));
  ASSERT_TRUE(transaction->commit());
  EXPECT_THAT(opened_in(vault, globex, "row", sealed), StartsWith(kUnreadable));
}

TEST_F(VaultTest, names_the_master_key_that_is_missing_and_how_to_mend_it) {
  const std::string sealed = sealed_in(vault, acme, "row", "sk-secret");
  const std::string error = opened_in(vault_with(new_line), acme, "row", sealed);
  EXPECT_THAT(error, StartsWith(kUnreadable));
  EXPECT_THAT(error, HasSubstr("`old`"));
  EXPECT_THAT(error, HasSubstr("given: new"));
  EXPECT_THAT(error, HasSubstr("MASTER_KEY_FILE"));
}

TEST_F(VaultTest, says_when_a_master_key_has_the_right_id_and_other_bytes) {
  const std::string sealed = sealed_in(vault, acme, "row", "sk-secret");
  const std::string error = opened_in(vault_with(key_line("old", 'x')), acme, "row", sealed);
  EXPECT_THAT(error, StartsWith(kUnreadable));
  EXPECT_THAT(error, HasSubstr("not the one that wrapped it"));
}

TEST_F(VaultTest, puts_no_plain_text_into_records_or_errors) {
  const std::string sealed = sealed_in(vault, acme, "row", "sk-secret-of-the-upstream");
  EXPECT_THAT(sealed, Not(HasSubstr("sk-secret")));
  EXPECT_THAT(opened_in(vault, acme, "elsewhere", sealed), Not(HasSubstr("sk-secret")));
}

TEST_F(VaultTest, needs_the_old_master_key_no_longer_after_a_rotation) {
  std::vector<std::string> sealed;
  for (int i = 0; i < 50; ++i) {
    const model::TenantId tenant{"tenant-" + std::to_string(i)};
    sealed.push_back(sealed_in(vault, tenant, "row", "secret-" + std::to_string(i)));
  }
  const Vault both = vault_with(new_line + old_line);
  const Transaction transaction = begin_write();
  const auto rotated = both.rotate(*transaction);
  ASSERT_TRUE(rotated) << rotated.error().detail;
  EXPECT_EQ(*rotated, 50u);
  ASSERT_TRUE(transaction->commit());

  const Vault only_new = vault_with(new_line);
  for (int i = 0; i < 50; ++i) {
    const model::TenantId tenant{"tenant-" + std::to_string(i)};
    EXPECT_EQ(opened_in(only_new, tenant, "row", sealed[static_cast<std::size_t>(i)]),
              "secret-" + std::to_string(i));
  }
  EXPECT_THAT(opened_in(vault, {"tenant-0"}, "row", sealed[0]), HasSubstr("`new`"));
}

TEST_F(VaultTest, rotates_nothing_the_second_time) {
  sealed_in(vault, acme, "row", "secret");
  EXPECT_EQ(*vault.rotate(*begin_write()), 0u);
}

TEST_F(VaultTest, leaves_all_as_it_was_when_a_rotation_cannot_be_completed) {
  const std::string readable = sealed_in(vault, acme, "row", "secret");
  sealed_in(vault_with(key_line("lost", 'l')), globex, "row", "secret");
  {
    const Transaction transaction = begin_write();
    EXPECT_FALSE(vault_with(new_line + old_line).rotate(*transaction));
  }
  EXPECT_EQ(opened_in(vault, acme, "row", readable), "secret");
}

TEST_F(VaultTest, keeps_old_texts_readable_under_a_new_data_key) {
  const std::string before = sealed_in(vault, acme, "row", "before");
  {
    const Transaction transaction = begin_write();
    ASSERT_TRUE(vault.new_data_key(*transaction, acme));
    ASSERT_TRUE(transaction->commit());
  }
  const std::string after = sealed_in(vault, acme, "row", "after");
  EXPECT_THAT(after, StartsWith("v1:2:"));
  EXPECT_EQ(opened_in(vault, acme, "row", before), "before");
  EXPECT_EQ(opened_in(vault, acme, "row", after), "after");
}

TEST_F(VaultTest, takes_the_highest_version_and_not_the_last_in_the_order_of_texts) {
  for (int version = 1; version < 12; ++version) {
    const Transaction transaction = begin_write();
    ASSERT_TRUE(vault.new_data_key(*transaction, acme));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_THAT(sealed_in(vault, acme, "row", "plain"), StartsWith("v1:12:"));
}

TEST_F(VaultTest, forgets_a_data_key_whose_transaction_was_rolled_back) {
  EXPECT_TRUE(vault.seal(*begin_write(), acme, "row", "never committed"));
  const std::string sealed = sealed_in(vault, acme, "row", "committed");
  EXPECT_EQ(opened_in(vault_with(old_line), acme, "row", sealed), "committed");
}

TEST_F(VaultTest, works_in_a_transaction_that_sees_one_tenant_only) {
  const auto transaction = *store.begin(storage::Scope::of("acme"), storage::Mode::Write);
  const auto sealed = vault.seal(*transaction, acme, "row", "secret");
  ASSERT_TRUE(sealed) << sealed.error().detail;
  EXPECT_EQ(vault.open(*transaction, acme, "row", *sealed)->reveal(), "secret");
}

}  // namespace
}  // namespace apiforge::auth
