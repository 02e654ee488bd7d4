#include "shared_state/redis/redis_routes.hpp"

#include "shared_state/redis/redis_fixture.hpp"

namespace apiforge::shared_state {
namespace {

using testing_support::RedisServer;

RedisReply error(std::string text) {
  return {.kind = RedisReply::Kind::Error, .integer = 0, .text = std::move(text), .items = {}};
}

// ------------------------------------------------------------------------------------------- text

TEST(RedisSlotTest, is_that_of_the_specification) {
  EXPECT_EQ(redis_slot("123456789"), 0x31C3);
  EXPECT_EQ(redis_slot(""), 0);
  EXPECT_EQ(redis_slot("foo"), 12'182);
}

TEST(RedisSlotTest, counts_the_hash_tag_alone_when_there_is_one) {
  EXPECT_EQ(redis_slot("apiforge:rate:{foo}"), redis_slot("foo"));
  EXPECT_EQ(redis_slot("{foo}{bar}"), redis_slot("foo"));
  EXPECT_EQ(redis_slot("{}foo"), redis_slot("{}foo"));
  EXPECT_NE(redis_slot("{}foo"), redis_slot(""));
  EXPECT_NE(redis_slot("{foo"), redis_slot("foo"));
}

TEST(RedisRedirectionTest, is_read_from_the_error) {
  const auto moved = redirection_of(error("MOVED 3999 127.0.0.1:6381"));
  ASSERT_TRUE(moved);
  EXPECT_TRUE(moved->is_lasting);
  EXPECT_EQ(moved->slot, 3'999);
  EXPECT_EQ(moved->to.host, "127.0.0.1");
  EXPECT_EQ(moved->to.port, 6'381);
  const auto ask = redirection_of(error("ASK 0 2001:db8::7:7000"));
  ASSERT_TRUE(ask);
  EXPECT_FALSE(ask->is_lasting);
  EXPECT_EQ(ask->to.host, "2001:db8::7");
  EXPECT_TRUE(redirection_of(error("MOVED 1 :7000"))->to.host.empty());
  EXPECT_TRUE(redirection_of(error("MOVED 1 ?:7000"))->to.host.empty());
}

TEST(RedisRedirectionTest, is_nothing_else) {
  for (const char* text : {"ERR", "MOVED", "MOVED ", "MOVED 1", "MOVED x a:1", "MOVED 16384 a:1",
                           "MOVED 1 a:0", "MOVED 1 a:65536", "MOVED 1 a", "MOVED 1:2 a"}) {
    EXPECT_FALSE(redirection_of(error(text))) << text;
  }
}

// ---------------------------------------------------------------------------------------- cluster

/// Two servers, of which each has half of the slots.
class RedisClusterTest : public RedisTest {
 protected:
  void SetUp() override {
    server = make_server();
    other = make_server();
    server->run({"CLUSTER", "ADDSLOTSRANGE", "0", "8191"});
    other->run({"CLUSTER", "ADDSLOTSRANGE", "8192", "16383"});
    server->run({"CLUSTER", "MEET", "127.0.0.1", std::to_string(other->port()),
                 std::to_string(bus_ports.back())});
    ASSERT_TRUE(on.becomes([&] { return knows_all(*server) && knows_all(*other); }));
  }
  std::unique_ptr<RedisServer> make_server() {
    // A port that was free a moment ago.
    bus_ports.push_back(RedisServer().port());
    return std::make_unique<RedisServer>(std::vector<std::string>{
        "--cluster-enabled", "yes", "--cluster-port", std::to_string(bus_ports.back()),
        "--cluster-require-full-coverage", "no"});
  }
  static bool knows_all(const RedisServer& one) {
    const std::string info = one.run({"CLUSTER", "INFO"});
    return info.find("cluster_slots_ok:16384") != std::string::npos &&
           info.find("cluster_state:ok") != std::string::npos;
  }
  static SharedRate rate(const std::string& key) {
    return {.key = key, .amount = 10, .per = std::chrono::hours(1), .burst = 10};
  }

  std::vector<std::uint16_t> bus_ports;
  std::unique_ptr<RedisServer> other;
};

TEST_F(RedisClusterTest, follows_the_servers_to_the_one_that_has_the_key) {
  const auto redis = open(options());
  for (int i = 0; i < 20; ++i) {
    const std::string key = "key " + std::to_string(i);
    EXPECT_EQ(units(*redis, rate(key), 7), 7) << key;
    EXPECT_EQ(units(*redis, rate(key), 7), 3) << key;
  }
  EXPECT_NE(server->run({"DBSIZE"}), ":0\r\n");
  EXPECT_NE(other->run({"DBSIZE"}), ":0\r\n");
  EXPECT_EQ(redis->health().errors, 0U);
}

TEST_F(RedisClusterTest, follows_a_slot_while_it_moves_and_afterwards) {
  const std::string slot = std::to_string(redis_slot("foo"));  // one of the other server's
  const auto id_of = [](const RedisServer& one) {
    const std::string reply = one.run({"CLUSTER", "MYID"});  // $40, and 40 digits
    return reply.substr(reply.find('\n') + 1, 40);
  };
  const auto redis = open(options());
  server->run({"CLUSTER", "SETSLOT", slot, "IMPORTING", id_of(*other)});
  other->run({"CLUSTER", "SETSLOT", slot, "MIGRATING", id_of(*server)});
  EXPECT_EQ(units(*redis, rate("foo"), 4), 4);
  server->run({"CLUSTER", "SETSLOT", slot, "NODE", id_of(*server)});
  other->run({"CLUSTER", "SETSLOT", slot, "NODE", id_of(*server)});
  EXPECT_EQ(units(*redis, rate("foo"), 10), 6);
}

}  // namespace
}  // namespace apiforge::shared_state
