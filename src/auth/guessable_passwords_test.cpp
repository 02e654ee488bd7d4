#include "auth/guessable_passwords.hpp"

#include <gtest/gtest.h>

namespace apiforge::auth {
namespace {

TEST(GuessablePassword, IsAWordHoweverItIsDressed) {
  for (const char* password :
       {"password", "Password1", "P@ssw0rd", "passw0rd!", "Welcome2026!", "123qwerty", "Admin123",
        "@dmin1234", "letmein!!", "iloveyou12", "Summer2025", "Tr@ding1", "$ecret99"}) {
    EXPECT_TRUE(is_guessable_password(password)) << password;
  }
}

TEST(GuessablePassword, IsARunARepetitionOrADate) {
  for (const char* password :
       {"12345678", "87654321", "abcdefgh", "qwertyuiop", "asdfghjkl", "1qaz2wsx", "qwer4321",
        "abc123456", "aaaaaaaa", "abcabcabc", "12121212", "24121987", "19871224", "12311999"}) {
    EXPECT_TRUE(is_guessable_password(password)) << password;
  }
}

TEST(GuessablePassword, IsNotWhatHasMoreInIt) {
  for (const char* password :
       {"correct horse battery", "gT7#kQ2!vZ", "my dragon eats 4 sheep", "passwordless-door",
        "qwertnotaword", "20261399", "x", "Ahm2Ohz5eeph", "0fb1c3a9"}) {
    EXPECT_FALSE(is_guessable_password(password)) << password;
  }
  EXPECT_FALSE(is_guessable_password(""));
}

}  // namespace
}  // namespace apiforge::auth
