#include "auth/vault/system_secrets.hpp"

#include <gmock/gmock.h>

#include <set>
#include <thread>
#include <vector>

#include "auth/vault/vault_fixture.hpp"
#include "storage/faulty/faulty_store.hpp"

namespace apiforge::auth {
namespace {

using testing::HasSubstr;

class SystemSecretsTest : public VaultFixture {};

TEST_F(SystemSecretsTest, gives_the_same_secret_each_time) {
  const auto first = SystemSecrets::get_or_create(store, vault, "audit-signing", 32);
  const auto second = SystemSecrets::get_or_create(store, vault, "audit-signing", 32);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->reveal().size(), 32u);
  EXPECT_EQ(first->reveal(), second->reveal());
}

TEST_F(SystemSecretsTest, gives_each_name_its_own) {
  const auto one = SystemSecrets::get_or_create(store, vault, "audit-signing", 32);
  const auto other = SystemSecrets::get_or_create(store, vault, "credential-digest", 32);
  EXPECT_NE(one->reveal(), other->reveal());
}

TEST_F(SystemSecretsTest, never_replaces_one_that_it_cannot_open) {
  const auto before = SystemSecrets::get_or_create(store, vault, "audit-signing", 32);
  const auto unreadable =
      SystemSecrets::get_or_create(store, vault_with(new_line), "audit-signing", 32);
  ASSERT_FALSE(unreadable);
  EXPECT_EQ(unreadable.error().code, ErrorCode::SealedDataUnreadable);
  EXPECT_THAT(unreadable.error().detail, HasSubstr("system.audit-signing"));
  const auto after = SystemSecrets::get_or_create(store, vault, "audit-signing", 32);
  EXPECT_EQ(before->reveal(), after->reveal());
}

TEST_F(SystemSecretsTest, refuses_one_of_another_length) {
  ASSERT_TRUE(SystemSecrets::get_or_create(store, vault, "audit-signing", 32));
  const auto longer = SystemSecrets::get_or_create(store, vault, "audit-signing", 64);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, ErrorCode::SealedDataUnreadable);
}

TEST_F(SystemSecretsTest, outlives_a_rotation_of_the_master_key) {
  const auto before = SystemSecrets::get_or_create(store, vault, "audit-signing", 32);
  {
    const Transaction transaction = begin_write();
    ASSERT_TRUE(vault_with(new_line + old_line).rotate(*transaction));
    ASSERT_TRUE(transaction->commit());
  }
  const auto after = SystemSecrets::get_or_create(store, vault_with(new_line), "audit-signing", 32);
  ASSERT_TRUE(after) << after.error().detail;
  EXPECT_EQ(before->reveal(), after->reveal());
}

TEST_F(SystemSecretsTest, gives_one_secret_wherever_the_database_fails) {
  for (const auto fault : {storage::Fault::NotDone, storage::Fault::DoneUnreported}) {
    std::size_t struck = 1;
    for (std::size_t n = 1; struck > 0; ++n) {
      storage::MemoryStore fresh(clock);
      storage::FaultyStore faulty(fresh);
      faulty.fail_nth(n, fault);
      const auto first = SystemSecrets::get_or_create(faulty, vault, "audit-signing", 32);
      struck = faulty.faults();
      const auto second = SystemSecrets::get_or_create(fresh, vault, "audit-signing", 32);
      ASSERT_TRUE(second) << second.error().detail;
      if (first) {
        EXPECT_EQ(first->reveal(), second->reveal());
      }
    }
  }
}

TEST_F(SystemSecretsTest, gives_all_that_start_at_the_same_time_the_same) {
  constexpr std::size_t kProcesses = 8;
  std::vector<std::string> secrets(kProcesses);
  {
    std::vector<std::jthread> processes;
    for (std::string& secret : secrets) {
      processes.emplace_back([&] {
        const Vault own = vault_with(old_line);
        const auto got = SystemSecrets::get_or_create(store, own, "audit-signing", 32);
        secret = got ? std::string(got->reveal()) : got.error().detail;
      });
    }
  }
  EXPECT_EQ(std::set<std::string>(secrets.begin(), secrets.end()).size(), 1u);
  EXPECT_EQ(secrets[0].size(), 32u);
}

}  // namespace
}  // namespace apiforge::auth
