#include "app/redis_settings.hpp"

#include <gtest/gtest.h>

namespace apiforge::app {
namespace {

shared_state::RedisOptions options_of(const RedisSettings& settings) {
  const auto options = redis_options(settings, "node-1");
  EXPECT_TRUE(options && *options);
  return options && *options ? **options : shared_state::RedisOptions{};
}

TEST(RedisSettingsTest, without_an_address_there_is_no_redis) {
  const auto options = redis_options({}, "node-1");
  ASSERT_TRUE(options);
  EXPECT_FALSE(*options);
}

TEST(RedisSettingsTest, a_private_authority_verifies_redis) {
  // There was no way to name one, so that rediss:// worked with public certificates only.
  RedisSettings settings;
  settings.url = "rediss://cache.example";
  EXPECT_EQ(options_of(settings).ca_file, std::nullopt) << "those of the system";
  settings.ca_file = "/etc/redis/ca.pem";
  EXPECT_EQ(options_of(settings).ca_file, "/etc/redis/ca.pem");
  EXPECT_TRUE(options_of(settings).tls);
}

TEST(RedisSettingsTest, the_password_of_the_url_wins) {
  RedisSettings settings;
  settings.url = "redis://:inside@cache.example";
  settings.password = Secret("beside");
  EXPECT_EQ(options_of(settings).password.reveal(), "inside");
  settings.url = "redis://cache.example";
  EXPECT_EQ(options_of(settings).password.reveal(), "beside");
}

TEST(RedisSettingsTest, a_wrong_url_is_told_of_the_setting) {
  RedisSettings settings;
  settings.url = "redis://cache.example/two";
  const auto options = redis_options(settings, "node-1");
  ASSERT_FALSE(options);
  EXPECT_TRUE(options.error().detail.starts_with("REDIS_URL "));
}

}  // namespace
}  // namespace apiforge::app
