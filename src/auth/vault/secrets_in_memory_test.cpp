// Searches the whole memory of the test's process for secrets that the vault should have wiped.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "auth/vault/credential_store.hpp"
#include "auth/vault/vault_fixture.hpp"

namespace apiforge::auth {
namespace {

constexpr char kDisguise = 0x55;

/// A secret that stands nowhere in memory but where it is revealed.
class PlantedSecret {
 public:
  explicit PlantedSecret(char seed) {
    for (int i = 0; i < 32; ++i) disguised_ += static_cast<char>((seed + i * 7) ^ kDisguise);
  }
  Secret reveal() const {
    std::string text;
    text.reserve(64);
    for (const char c : disguised_) text += static_cast<char>(c ^ kDisguise);
    return Secret(std::move(text));
  }
  bool is_at(const char* place) const {
    for (std::size_t i = 0; i < disguised_.size(); ++i) {
      if ((place[i] ^ kDisguise) != disguised_[i]) return false;
    }
    return true;
  }
  std::size_t size() const { return disguised_.size(); }

 private:
  std::string disguised_;
};

/// How often a secret stands in the writable memory of this process. Mappings above 64 MiB are not
/// memory but reservations: of thread stacks, or of a sanitizer.
std::size_t places_of(const PlantedSecret& secret) {
  constexpr std::size_t kLargest = 64 << 20;
  std::vector<char> copy(kLargest);
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  EXPECT_GE(memory, 0);
  std::size_t places = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::size_t dash = 0;
    const std::size_t begin = std::stoull(line, &dash, 16);
    const std::size_t end = std::stoull(line.substr(dash + 1), nullptr, 16);
    const bool is_writable = line.find(" rw") != std::string::npos;
    if (!is_writable || end - begin > kLargest) continue;
    const auto address = reinterpret_cast<std::size_t>(copy.data());
    if (begin <= address && address < end) continue;
    const ssize_t got = pread(memory, copy.data(), end - begin, static_cast<off_t>(begin));
    for (ssize_t i = 0; i + static_cast<ssize_t>(secret.size()) <= got; ++i) {
      if (secret.is_at(copy.data() + i)) ++places;
    }
  }
  close(memory);
  return places;
}

class SecretsInMemoryTest : public VaultFixture {};

TEST_F(SecretsInMemoryTest, are_found_while_they_are_there) {
  const PlantedSecret planted('a');
  const Secret revealed = planted.reveal();
  EXPECT_EQ(places_of(planted), 1u);
}

TEST_F(SecretsInMemoryTest, are_gone_after_sealing_and_opening) {
  const PlantedSecret planted('b');
  const std::string sealed = sealed_in(vault, acme, "row", planted.reveal().reveal());
  {
    const Transaction transaction = begin_read();
    const auto plain = vault.open(*transaction, acme, "row", sealed);
    ASSERT_TRUE(plain);
    EXPECT_EQ(places_of(planted), 1u);
  }
  EXPECT_EQ(places_of(planted), 0u);
}

TEST_F(SecretsInMemoryTest, are_gone_after_a_credential_was_stored_and_used) {
  const PlantedSecret planted('c');
  const CredentialStore credentials(vault);
  {
    const Transaction transaction = begin_write();
    model::Credential credential{"main", "bearer", {}};
    credential.fields.emplace("token", planted.reveal());
    ASSERT_TRUE(credentials.create(*transaction, acme, credential));
    ASSERT_TRUE(transaction->commit());
  }
  {
    const auto opened = credentials.open(*begin_read(), acme, "main");
    ASSERT_TRUE(opened);
    EXPECT_TRUE(planted.is_at(opened->fields.at("token").reveal().data()));
  }
  EXPECT_EQ(places_of(planted), 0u);
}

TEST_F(SecretsInMemoryTest, are_gone_with_the_master_keys) {
  const PlantedSecret planted('d');
  {
    const SecretKey key = SecretKey::copy_of(bytes_of(planted.reveal().reveal()));
    EXPECT_EQ(places_of(planted), 1u);
  }
  EXPECT_EQ(places_of(planted), 0u);
  {
    std::string line;
    line.reserve(64);
    append_hex(line, bytes_of(planted.reveal().reveal()));
    const Secret text(std::move(line));
    const auto keys = MasterKeys::parse(text.reveal());
    ASSERT_TRUE(keys);
    EXPECT_EQ(places_of(planted), 1u);
  }
  EXPECT_EQ(places_of(planted), 0u);
}

}  // namespace
}  // namespace apiforge::auth
