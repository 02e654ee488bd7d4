#include <vector>

#include "shared_state/redis/redis_fixture.hpp"

namespace apiforge::shared_state {
namespace {

class RedisHintsTest : public RedisTest {
 protected:
  void listen(Redis& redis) {
    redis.hints().listen([this](std::uint64_t revision) { heard.push_back(revision); });
    ASSERT_TRUE(becomes_listener());
  }
  bool becomes_listener() {
    return on.becomes(
        [&] { return server->run({"PUBSUB", "NUMSUB", "apiforge:changes"}).ends_with(":1\r\n"); });
  }
  std::vector<std::uint64_t> heard;
};

TEST_F(RedisHintsTest, what_one_node_announces_another_one_hears) {
  const auto speaker = open_node("speaker");
  const auto listener = open_node("listener");
  listen(*listener);
  speaker->hints().announce(41);
  speaker->hints().announce(42);
  ASSERT_TRUE(on.becomes([&] { return heard.size() == 2; }));
  EXPECT_EQ(heard, (std::vector<std::uint64_t>{41, 42}));
}

TEST_F(RedisHintsTest, listens_again_after_redis_was_away) {
  const auto redis = open_node("listener");
  redis->start();
  listen(*redis);
  server->kill();
  server->start();
  ASSERT_TRUE(becomes_listener());
  server->run({"PUBLISH", "apiforge:changes", "43"});
  ASSERT_TRUE(on.becomes([&] { return !heard.empty(); }));
  EXPECT_EQ(heard, (std::vector<std::uint64_t>{43}));
}

TEST_F(RedisHintsTest, does_not_hear_what_is_no_revision) {
  const auto redis = open_node("listener");
  listen(*redis);
  server->run({"PUBLISH", "apiforge:changes", "what?"});
  server->run({"PUBLISH", "apiforge:changes", "7"});
  ASSERT_TRUE(on.becomes([&] { return !heard.empty(); }));
  EXPECT_EQ(heard, (std::vector<std::uint64_t>{7}));
}

}  // namespace
}  // namespace apiforge::shared_state
