#include "auth/password_hasher.hpp"

#include <gtest/gtest.h>

namespace apiforge::auth {
namespace {

/// The least that Argon2 allows, so that the tests are quick.
PasswordParameters cheap() {
  return {.memory_kib = 8, .passes = 1, .max_wait = std::chrono::milliseconds(10'000)};
}

TEST(PasswordHasher, VerifiesThePasswordOfAHashAndNoOther) {
  const PasswordHasher hasher(cheap(), 1, 4);
  const auto hash = hasher.hash(Secret("correct horse"));
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->reveal().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
  EXPECT_TRUE(hasher.verify(*hash, Secret("correct horse")).value());
  EXPECT_FALSE(hasher.verify(*hash, Secret("correct horsf")).value());
  EXPECT_FALSE(hasher.verify(*hash, Secret("")).value());
}

TEST(PasswordHasher, SaltsEveryHash) {
  const PasswordHasher hasher(cheap(), 1, 4);
  EXPECT_NE(hasher.hash(Secret("the same")).value(), hasher.hash(Secret("the same")).value());
}

TEST(PasswordHasher, MatchesNothingWithATextThatIsNoHash) {
  const PasswordHasher hasher(cheap(), 1, 4);
  for (const auto* text : {"", "password", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$$"}) {
    EXPECT_FALSE(hasher.verify(Secret(text), Secret("password")).value()) << text;
  }
  EXPECT_FALSE(hasher.verify(Secret(std::string(5000, '$')), Secret("password")).value());
}

TEST(PasswordHasher, RefusesEveryoneWhoDoesNotExist) {
  const PasswordHasher hasher(cheap(), 1, 4);
  EXPECT_FALSE(hasher.verify_unknown(Secret("anything")).value());
  EXPECT_FALSE(hasher.verify_unknown(Secret("the password of nobody")).value());
}

TEST(PasswordHasher, TellsWhenAHashIsToBeReplaced) {
  const PasswordHasher weak(cheap(), 1, 4);
  const PasswordHasher more_passes({.memory_kib = 8, .passes = 2}, 1, 4);
  const PasswordHasher more_memory({.memory_kib = 16, .passes = 1}, 1, 4);
  const auto hash = weak.hash(Secret("correct horse")).value();
  EXPECT_FALSE(weak.needs_rehash(hash));
  EXPECT_TRUE(more_passes.needs_rehash(hash));
  EXPECT_TRUE(more_memory.needs_rehash(hash));
  EXPECT_TRUE(weak.needs_rehash(Secret("$2b$12$abcdefghijklmnopqrstuv")));
  EXPECT_TRUE(more_passes.verify(hash, Secret("correct horse")).value())
      << "an old hash counts until it is replaced";
}

TEST(PasswordHasher, HasTheParametersOfOwasp) {
  const PasswordHasher hasher({}, 1, 0);
  const auto hash = hasher.hash(Secret("correct horse")).value();
  EXPECT_TRUE(hash.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

}  // namespace
}  // namespace apiforge::auth
