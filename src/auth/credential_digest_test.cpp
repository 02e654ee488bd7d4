#include "auth/credential_digest.hpp"

#include <gtest/gtest.h>

#include "base/encoding.hpp"

namespace apiforge::auth {
namespace {

TEST(CredentialDigest, IsTheSameForTheSameTextAndKey) {
  const CredentialHasher one(Secret("0123456789abcdef0123456789abcdef"));
  const CredentialHasher same(Secret("0123456789abcdef0123456789abcdef"));
  EXPECT_EQ(one.digest("afk_live_x"), same.digest("afk_live_x"));
  EXPECT_NE(one.digest("afk_live_x"), one.digest("afk_live_y"));
}

TEST(CredentialDigest, CannotBeMadeWithoutTheKey) {
  const CredentialHasher one(Secret("0123456789abcdef0123456789abcdef"));
  const CredentialHasher other(Secret("0123456789abcdef0123456789abcdeF"));
  const auto digest = one.digest("afk_live_x");
  EXPECT_NE(digest, other.digest("afk_live_x"));
  EXPECT_NE(hex(digest), unkeyed_digest_hex("afk_live_x"));
}

// Python: hashlib.blake2b(b"abc", digest_size=32)
TEST(CredentialDigest, WithoutAKeyIsBlake2b256) {
  EXPECT_EQ(unkeyed_digest_hex("abc"),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  EXPECT_EQ(unkeyed_digest_hex("").size(), 64U);
}

}  // namespace
}  // namespace apiforge::auth
