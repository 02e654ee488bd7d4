// What tests of the vault share: a store in memory, master keys, and verbs. One thread; for tests.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "auth/vault/vault.hpp"
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::auth {

class VaultFixture : public testing::Test {
 protected:
  using Transaction = std::unique_ptr<storage::Transaction>;

  /// A line of a master key file; equal seeds give equal keys.
  static std::string key_line(std::string_view id, char seed) {
    std::string bytes(SecretKey::kBytes, seed);
    bytes[0] = '!';
    return std::string(id) + ":" + base64(bytes_of(bytes)) + "\n";
  }
  static Vault vault_with(const std::string& lines) {
    auto keys = MasterKeys::parse(lines);
    EXPECT_TRUE(keys) << keys.error().detail;
    return Vault(*std::move(keys));
  }
  Transaction begin_write() {
    return *store.begin(storage::Scope::platform(), storage::Mode::Write);
  }
  Transaction begin_read() { return *store.begin(storage::Scope::platform(), storage::Mode::Read); }
  std::string sealed_in(const Vault& by, const model::TenantId& tenant, std::string_view row,
                        std::string_view plain) {
    const Transaction transaction = begin_write();
    auto sealed = by.seal(*transaction, tenant, row, plain);
    EXPECT_TRUE(sealed) << sealed.error().detail;
    EXPECT_TRUE(transaction->commit());
    return *sealed;
  }
  /// The plain text, or the code and detail of the error.
  std::string opened_in(const Vault& by, const model::TenantId& tenant, std::string_view row,
                        std::string_view sealed) {
    const Transaction transaction = begin_read();
    const auto plain = by.open(*transaction, tenant, row, sealed);
    if (plain) return std::string(plain->reveal());
    return std::string(plain.error().info().name) + ": " + plain.error().detail;
  }

  const model::TenantId acme{"acme"};
  const model::TenantId globex{"globex"};
  const std::string old_line = key_line("old", 'o');
  const std::string new_line = key_line("new", 'n');
  SimulatedClock clock;
  storage::MemoryStore store{clock};
  Vault vault = vault_with(old_line);
};

}  // namespace apiforge::auth
