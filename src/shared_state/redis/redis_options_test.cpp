#include "shared_state/redis/redis_options.hpp"

#include <gtest/gtest.h>

namespace apiforge::shared_state {
namespace {

TEST(RedisUrlTest, has_defaults_for_all_but_the_host) {
  const auto options = parse_redis_url("redis://Redis.Example");
  ASSERT_TRUE(options) << options.error().detail;
  EXPECT_EQ(options->host, "redis.example");
  EXPECT_EQ(options->port, 6379);
  EXPECT_EQ(options->database, 0);
  EXPECT_TRUE(options->user.empty());
  EXPECT_TRUE(options->password.empty());
  EXPECT_FALSE(options->tls);
}

TEST(RedisUrlTest, tells_all_that_it_may) {
  const auto options = parse_redis_url("rediss://gate%40way:p%3Ass%2Fw@rd@10.0.0.7:6380/15");
  ASSERT_TRUE(options) << options.error().detail;
  EXPECT_TRUE(options->tls);
  EXPECT_EQ(options->user, "gate@way");
  EXPECT_EQ(options->password.reveal(), "p:ss/w@rd");
  EXPECT_EQ(options->host, "10.0.0.7");
  EXPECT_EQ(options->port, 6380);
  EXPECT_EQ(options->database, 15);
}

TEST(RedisUrlTest, takes_a_password_without_a_user_and_an_ipv6_address) {
  const auto options = parse_redis_url("redis://:secret@[::1]:7000/");
  ASSERT_TRUE(options) << options.error().detail;
  EXPECT_TRUE(options->user.empty());
  EXPECT_EQ(options->password.reveal(), "secret");
  EXPECT_EQ(options->host, "::1");
  EXPECT_EQ(options->port, 7000);
}

class BadRedisUrl : public testing::TestWithParam<std::string_view> {};

TEST_P(BadRedisUrl, is_refused_without_being_repeated) {
  const auto options = parse_redis_url(GetParam());
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().code, ErrorCode::InvalidValue);
  EXPECT_EQ(options.error().detail.find("secret"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadRedisUrl,
    testing::Values("", "redis", "redis:", "http://secret", "redis://", "redis://:secret@",
                    "redis://secret@host", "redis://user:@host", "redis://host:0",
                    "redis://host:65536", "redis://host:port", "redis://host:", "redis://host/one",
                    "redis://host/0/1", "redis://host/-1", "redis://host?db=1", "redis://host#1",
                    "redis://ho st", "redis://[::1", "redis://[::1]6379", "redis://[secret]",
                    "redis://u:secret%zz@host", "redis://host\r\n"));

}  // namespace
}  // namespace apiforge::shared_state
