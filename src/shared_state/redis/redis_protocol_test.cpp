#include "shared_state/redis/redis_protocol.hpp"

#include <gtest/gtest.h>

namespace apiforge::shared_state {
namespace {

using Kind = RedisReply::Kind;

RedisReply integer(std::int64_t value) {
  return {.kind = Kind::Integer, .integer = value, .text = {}, .items = {}};
}

RedisReply text(std::string value, Kind kind = Kind::Text) {
  return {.kind = kind, .integer = 0, .text = std::move(value), .items = {}};
}

/// The only reply in the bytes.
RedisReply read(std::string_view bytes) {
  RedisReader reader;
  EXPECT_TRUE(reader.feed(bytes));
  auto reply = reader.next();
  EXPECT_TRUE(reply && *reply) << bytes;
  const auto more = reader.next();
  EXPECT_TRUE(more && !*more) << bytes;
  return reply && *reply ? **std::move(reply) : RedisReply{};
}

bool is_refused(std::string_view bytes) {
  RedisReader reader;
  return !reader.feed(bytes) || !reader.next();
}

TEST(RedisProtocolTest, writes_words_of_any_bytes) {
  EXPECT_EQ(command({"PING"}), "*1\r\n$4\r\nPING\r\n");
  using namespace std::string_view_literals;
  EXPECT_EQ(command({"SET", "k\r\n", "\0x"sv, ""}),
            "*4\r\n$3\r\nSET\r\n$3\r\nk\r\n\r\n$2\r\n\0x\r\n$0\r\n\r\n"sv);
}

TEST(RedisProtocolTest, reads_each_kind_of_reply) {
  EXPECT_EQ(read("+OK\r\n"), text("OK", Kind::Status));
  EXPECT_EQ(read("-ERR no\r\n"), text("ERR no", Kind::Error));
  EXPECT_EQ(read(":-42\r\n"), integer(-42));
  EXPECT_EQ(read("$5\r\na\r\nbc\r\n"), text("a\r\nbc"));
  EXPECT_EQ(read("$-1\r\n"), RedisReply{});
  EXPECT_EQ(read("*-1\r\n"), RedisReply{});
  EXPECT_EQ(read("*0\r\n").kind, Kind::List);
}

TEST(RedisProtocolTest, reads_lists_of_lists) {
  const RedisReply reply = read("*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n:1760000000000000\r\n");
  ASSERT_EQ(reply.items.size(), 3U);
  EXPECT_EQ(reply.items[0], integer(1));
  ASSERT_EQ(reply.items[1].items.size(), 2U);
  EXPECT_EQ(reply.items[1].items[0], text("x"));
  EXPECT_EQ(reply.items[1].items[1], RedisReply{});
  EXPECT_EQ(reply.items[2], integer(1'760'000'000'000'000));
}

TEST(RedisProtocolTest, reads_the_same_wherever_the_bytes_are_split) {
  const std::string_view bytes = "*2\r\n$5\r\nhello\r\n*1\r\n:7\r\n+OK\r\n";
  RedisReader whole;
  ASSERT_TRUE(whole.feed(bytes));
  const auto first = whole.next();
  const auto second = whole.next();
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    RedisReader reader;
    std::vector<RedisReply> replies;
    for (const auto part : {bytes.substr(0, split), bytes.substr(split)}) {
      ASSERT_TRUE(reader.feed(part));
      while (true) {
        auto reply = reader.next();
        ASSERT_TRUE(reply);
        if (!*reply) break;
        replies.push_back(**std::move(reply));
      }
    }
    ASSERT_EQ(replies.size(), 2U) << split;
    EXPECT_EQ(replies[0], **first) << split;
    EXPECT_EQ(replies[1], **second) << split;
  }
}

TEST(RedisProtocolTest, names_the_class_of_an_error) {
  const RedisReply moved = read("-MOVED 3999 127.0.0.1:6381\r\n");
  EXPECT_TRUE(moved.is_error("MOVED"));
  EXPECT_FALSE(moved.is_error("MOVE"));
  EXPECT_FALSE(read("+MOVED 1 x:1\r\n").is_error("MOVED"));
}

TEST(RedisProtocolTest, refuses_what_is_no_reply) {
  EXPECT_TRUE(is_refused("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_TRUE(is_refused("*x\r\n"));
  EXPECT_TRUE(is_refused(":12a\r\n"));
  EXPECT_TRUE(is_refused("*-2\r\n"));
}

TEST(RedisProtocolTest, bounds_what_a_reply_may_hold) {
  EXPECT_TRUE(is_refused("*17\r\n"));
  EXPECT_TRUE(is_refused("*2147483647\r\n"));
  EXPECT_TRUE(is_refused("*4294967297\r\n"));
  RedisReader reader;
  ASSERT_TRUE(reader.feed("$1000000\r\n"));
  EXPECT_FALSE(reader.feed(std::string(RedisReader::kMaxReplyBytes, 'x')));
}

TEST(RedisProtocolTest, any_number_of_short_replies_may_follow_each_other) {
  RedisReader reader;
  const std::string reply = "$1000\r\n" + std::string(1'000, 'x') + "\r\n";
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_TRUE(reader.feed(reply));
    const auto read = reader.next();
    ASSERT_TRUE(read && *read);
  }
}

}  // namespace
}  // namespace apiforge::shared_state
