#include "auth/api_key_text.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "auth/opaque_token.hpp"

namespace apiforge::auth {
namespace {

const model::ApiKeyId kId{"0123456789ABCDEFGHIJ"};

TEST(ApiKeyText, HasTheFormThatIsDescribed) {
  for (const auto* environment : {"live", "test", "dev"}) {
    const auto key = make_api_key(environment, kId);
    const std::string text(key.text.reveal());
    const std::string head = std::string("afk_") + environment + "_" + kId.value + "_";
    EXPECT_TRUE(text.starts_with(head)) << text;
    EXPECT_EQ(text.size(), head.size() + 36);
    EXPECT_EQ(key.last4, text.substr(head.size() + 26, 4));
    EXPECT_TRUE(is_well_formed_api_key(text));
    EXPECT_EQ(api_key_id(text), kId.value);
  }
}

// The checksum is what zlib.crc32 says of the text before it, in base62.
TEST(ApiKeyText, ChecksumIsTheCrc32OfZlib) {
  EXPECT_TRUE(
      is_well_formed_api_key("afk_test_0123456789ABCDEFGHIJ_abcdefghijklmnopqrstuvwxyz01231F6PqO"));
}

TEST(ApiKeyText, IsNewEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.emplace(make_api_key("live", kId).text.reveal());
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(ApiKeyText, NoticesEveryChangedCharacter) {
  const std::string text(make_api_key("live", kId).text.reveal());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const char other : {'0', 'z', '_', '-', ' ', '\0', '\xFF'}) {
      std::string changed = text;
      if (changed[i] == other) continue;
      changed[i] = other;
      EXPECT_FALSE(is_well_formed_api_key(changed)) << i << " " << other;
      EXPECT_FALSE(api_key_id(changed));
    }
  }
}

TEST(ApiKeyText, RefusesWhatIsCutOrExtended) {
  const std::string text(make_api_key("live", kId).text.reveal());
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(is_well_formed_api_key(text.substr(0, size)));
  }
  EXPECT_FALSE(is_well_formed_api_key(text + "0"));
  EXPECT_FALSE(is_well_formed_api_key(" " + text));
  EXPECT_FALSE(is_well_formed_api_key(std::string(100'000, 'a')));
  EXPECT_FALSE(is_well_formed_api_key("afk_prod_" + text.substr(9)));
}

}  // namespace
}  // namespace apiforge::auth
