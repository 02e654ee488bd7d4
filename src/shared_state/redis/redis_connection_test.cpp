#include "shared_state/redis/redis_fixture.hpp"
#include "support/certificates.hpp"

namespace apiforge::shared_state {
namespace {

using testing_support::RedisServer;

class RedisConnectionTest : public RedisTest {
 protected:
  void given_server(std::vector<std::string> server_options) {
    server = std::make_unique<RedisServer>(std::move(server_options));
  }
};

TEST_F(RedisConnectionTest, enters_with_a_password) {
  given_server({"--requirepass", "correct horse"});
  RedisOptions with_password = options();
  with_password.password = Secret("correct horse");
  const auto redis = open(std::move(with_password));
  EXPECT_EQ(units(*redis, slow, 3), 3);
}

TEST_F(RedisConnectionTest, enters_as_a_user_of_its_own) {
  given_server({"--user", "gateway", "on", ">battery", "~apiforge:*", "&apiforge:*", "+@all",
                "--user", "default", "off"});
  RedisOptions as_user = options();
  as_user.user = "gateway";
  as_user.password = Secret("battery");
  const auto redis = open(std::move(as_user));
  EXPECT_EQ(units(*redis, slow, 3), 3);
}

TEST_F(RedisConnectionTest, tells_why_it_is_not_let_in) {
  given_server({"--requirepass", "correct horse"});
  RedisOptions wrong = options();
  wrong.password = Secret("wrong");
  const auto redis = open(std::move(wrong));
  EXPECT_FALSE(lease(*redis, slow, 3));
  EXPECT_FALSE(redis->counters().reachable());
  EXPECT_NE(redis->health().last_error.find("WRONGPASS"), std::string::npos)
      << redis->health().last_error;
}

TEST_F(RedisConnectionTest, uses_the_database_that_it_is_told) {
  RedisOptions in_database = options();
  in_database.database = 3;
  const auto redis = open(std::move(in_database));
  ASSERT_EQ(units(*redis, slow, 3), 3);
  EXPECT_EQ(server->run({"DBSIZE"}), ":0\r\n");
}

TEST_F(RedisConnectionTest, counts_what_it_does) {
  const auto redis = open(options());
  ASSERT_EQ(units(*redis, slow, 3), 3);
  ASSERT_EQ(units(*redis, slow, 3), 3);
  const RedisHealth health = redis->health();
  EXPECT_TRUE(health.reachable);
  EXPECT_EQ(health.commands, 3U);  // the first one twice: its script was new to Redis
  EXPECT_EQ(health.errors + health.timeouts + health.refused, 0U);
  EXPECT_GT(health.last_latency.count(), 0);
}

TEST_F(RedisConnectionTest, answers_many_leases_that_were_asked_for_at_once) {
  const auto redis = open(options());
  const SharedRate many{
      .key = "many", .amount = 1'000, .per = std::chrono::hours(1), .burst = 1'000};
  std::int64_t granted = 0;
  int answered = 0;
  for (int i = 0; i < 500; ++i) {
    redis->counters().lease(many, 3, false, [&](auto lease) {
      ++answered;
      if (lease) granted += lease->units;
    });
  }
  ASSERT_TRUE(on.becomes([&] { return answered == 500; }));
  EXPECT_EQ(granted, 1'000);
}

class RedisTlsTest : public RedisConnectionTest {
 protected:
  /// With a certificate for `subject`, and no port without TLS.
  RedisOptions given_tls_server(const std::string& subject) {
    const auto files = authority.issue(subject, "redis");
    given_server({"--tls-port", "0"});
    const std::string port = std::to_string(server->port());
    server->stop();
    // Its plain port stays, for the fixture; TLS has another one, which was free a moment ago.
    given_server({"--tls-port", port, "--tls-cert-file", files.certificate, "--tls-key-file",
                  files.key, "--tls-ca-cert-file", authority.file(), "--tls-auth-clients", "no"});
    RedisOptions with_tls = options();
    with_tls.port = static_cast<std::uint16_t>(std::stoi(port));
    with_tls.tls = true;
    with_tls.ca_file = authority.file();
    return with_tls;
  }
  testing_support::TemporaryFolder folder;
  testing_support::CertificateAuthority authority{folder, "authority"};
};

TEST_F(RedisTlsTest, speaks_tls_with_a_server_that_it_can_verify) {
  const auto redis = open(given_tls_server("IP:127.0.0.1"));
  EXPECT_EQ(units(*redis, slow, 3), 3);
}

TEST_F(RedisTlsTest, refuses_a_server_with_another_name) {
  const auto redis = open(given_tls_server("elsewhere.example"));
  EXPECT_FALSE(lease(*redis, slow, 3));
  EXPECT_NE(redis->health().last_error.find("TLS"), std::string::npos)
      << redis->health().last_error;
}

}  // namespace
}  // namespace apiforge::shared_state
