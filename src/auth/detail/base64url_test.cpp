#include "auth/detail/base64url.hpp"

#include <gtest/gtest.h>

namespace apiforge::auth {
namespace {

TEST(Base64Url, HasNoPaddingAndTheSafeAlphabet) {
  EXPECT_EQ(base64url(bytes_of("")), "");
  EXPECT_EQ(base64url(bytes_of("f")), "Zg");
  EXPECT_EQ(base64url(bytes_of("fo")), "Zm8");
  EXPECT_EQ(base64url(bytes_of("foo")), "Zm9v");
  EXPECT_EQ(base64url(bytes_of("\xFB\xFF\xFE")), "-__-");
}

TEST(Base64Url, GivesBackWhatWentIn) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(base64url_decode(base64url(bytes_of(bytes))), bytes);
    bytes += static_cast<char>(i);
  }
}

TEST(Base64Url, HasOneSpellingForEachValue) {
  for (const auto* text : {"Z", "Zg==", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9", "Zm9v=", "Zm9v\n"}) {
    EXPECT_FALSE(base64url_decode(text)) << text;
  }
}

}  // namespace
}  // namespace apiforge::auth
