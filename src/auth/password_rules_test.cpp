#include "auth/password_rules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apiforge::auth {
namespace {

bool accepted(std::string_view password) {
  return check_password(password, "marie.curie", "radium@example.org").has_value();
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(PasswordRules, AcceptLongTextsOfAnyCharacters) {
  EXPECT_TRUE(accepted("four glowing green tubes"));
  EXPECT_TRUE(accepted("tubesglowing"));
  EXPECT_TRUE(accepted("пароль из Варшавы"));
  EXPECT_TRUE(accepted("镭的发现者在巴黎工作"));
}

TEST(PasswordRules, CountCharactersAndNotBytes) {
  EXPECT_FALSE(accepted("镭的发现者在巴")) << "seven characters, 21 bytes";
  EXPECT_TRUE(accepted("镭的发现者在巴黎")) << "eight";
  EXPECT_FALSE(accepted("short 7"));
  EXPECT_TRUE(accepted(repeated("glow in the dark", 16)));
  EXPECT_FALSE(accepted(repeated("glow in the dark", 16) + "!")) << "257 characters";
  EXPECT_FALSE(accepted(std::string(1'000'000, 'x')));
}

TEST(PasswordRules, RefuseWhatIsNoUtf8) {
  for (const auto* tail : {"\xFF", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                           "\xC3", "\xE9\xAB", "\x80"}) {
    EXPECT_FALSE(accepted(std::string("glow in the dark") + tail));
  }
}

TEST(PasswordRules, RefuseTheCommonest) {
  for (const auto* password : {"password", "12345678", "Password1", "QWERTYUIOP", "iloveyou1"}) {
    EXPECT_FALSE(accepted(password)) << password;
  }
}

TEST(PasswordRules, RefuseTheNameAndTheAddress) {
  EXPECT_FALSE(accepted("Marie.Curie"));
  EXPECT_FALSE(accepted("RADIUM@example.org"));
  EXPECT_FALSE(check_password("poloniumlab", "marie", "PoloniumLab@example.org"));
}

TEST(PasswordRules, SayWhatToDoAndNeverThePassword) {
  const auto refused = check_password("iloveyou", "marie", "radium@example.org");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::InvalidValue);
  EXPECT_NE(refused.error().detail.find("choose"), std::string::npos);
  EXPECT_EQ(refused.error().detail.find("iloveyou"), std::string::npos);
}

}  // namespace
}  // namespace apiforge::auth
