#include <gtest/gtest.h>

#include <string>

#include "net/http1_parser.hpp"
#include "net/parsed_message.hpp"

namespace apiforge::net {
namespace {

Parsed parse_reply(std::string_view wire, bool to_head = false,
                   std::size_t first = std::string_view::npos) {
  const Http1Limits limits;
  Http1ResponseParser parser(limits);
  parser.restart(to_head);
  return parse_message(parser, wire, std::min(first, wire.size()));
}

TEST(Http1ResponseParser, knows_which_replies_have_no_body) {
  const std::string fields = "Content-Length: 5\r\n\r\nNEXT";
  for (const std::string_view status : {"100 Continue", "103 Early Hints", "204 No Content",
                                        "304 Not Modified", "101 Switching Protocols"}) {
    const Parsed parsed = parse_reply("HTTP/1.1 " + std::string(status) + "\r\n" + fields);
    EXPECT_FALSE(parsed.error) << status;
    EXPECT_TRUE(parsed.complete) << status;
    EXPECT_EQ(parsed.unused, 4U) << status;
  }
  const Parsed to_head = parse_reply("HTTP/1.1 200 OK\r\n" + fields, true);
  EXPECT_TRUE(to_head.complete);
  EXPECT_EQ(to_head.unused, 4U);
  EXPECT_TRUE(parse_reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true).complete);
}

TEST(Http1ResponseParser, reads_a_body_until_the_stream_ends) {
  const Http1Limits limits;
  Http1ResponseParser parser(limits);
  const std::string wire = "HTTP/1.1 200 OK\r\n\r\nall of this";
  const Parsed parsed = parse_message(parser, wire, wire.size());
  EXPECT_EQ(parsed.body, "all of this");
  EXPECT_FALSE(parsed.complete);
  EXPECT_FALSE(parser.head().keep_alive);
  EXPECT_TRUE(parser.end_of_stream());
  EXPECT_TRUE(parser.complete());
}

TEST(Http1ResponseParser, an_early_end_of_the_stream_does_not_complete_a_counted_body) {
  for (const std::string_view framing : {"Content-Length: 9", "Transfer-Encoding: chunked"}) {
    const Http1Limits limits;
    Http1ResponseParser parser(limits);
    const std::string wire = "HTTP/1.1 200 OK\r\n" + std::string(framing) + "\r\n\r\n3\r\nabc";
    EXPECT_FALSE(parse_message(parser, wire, wire.size()).complete);
    EXPECT_FALSE(parser.end_of_stream());
  }
}

TEST(Http1ResponseParser, refuses_what_could_be_read_in_two_ways) {
  for (const std::string_view head :
       {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", "HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
        "HTTP/1.1 099 Low\r\n\r\n", "HTTP/1.1 000 None\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 200 O\x01K\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\x7f\r\n\r\n"}) {
    EXPECT_EQ(parse_reply(head).error, ErrorCode::UpstreamProtocolError) << escaped(head);
  }
}

TEST(Http1ResponseParser, tells_whether_the_connection_stays) {
  const Http1Limits limits;
  const auto stays = [&limits](const std::string& head, bool to_head = false) {
    Http1ResponseParser parser(limits);
    parser.restart(to_head);
    EXPECT_TRUE(parser.parse_head(head).value_or(0) > 0) << head;
    return parser.head().keep_alive;
  };
  EXPECT_TRUE(stays("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_TRUE(stays("HTTP/1.1 200 OK\r\n\r\n", true));
  EXPECT_FALSE(stays("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(stays("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_TRUE(stays("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST(Http1ResponseParser, gives_the_same_result_wherever_the_stream_is_split) {
  for (const std::string& wire :
       {std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP"),
        std::string(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nT: 1\r\n\r\nX"),
        std::string("HTTP/1.1 200\r\n\r\nuntil close")}) {
    const Parsed whole = parse_reply(wire);
    for (std::size_t split = 1; split < wire.size(); ++split) {
      EXPECT_EQ(parse_reply(wire, false, split), whole) << escaped(wire) << " split at " << split;
    }
  }
}

}  // namespace
}  // namespace apiforge::net
