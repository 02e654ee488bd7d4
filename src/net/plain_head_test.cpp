#include "net/detail/plain_head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/http1_parser.hpp"
#include "net/told_head.hpp"

namespace apiforge::net {
namespace {

/// The names and values of a request's head, when the scan takes all of it.
std::string scanned(std::string_view wire) {
  detail::PlainHead head(wire);
  std::string_view method;
  std::string_view target;
  if (!head.take_request_line(method, target)) return "left";
  std::string text = std::string(method) + " " + std::string(target);
  while (!head.take_end()) {
    std::string_view name;
    std::string_view value;
    if (!head.take_field(name, value)) return "left";
    text.append("|").append(name).append("=").append(value);
  }
  return text + "|" + std::to_string(wire.size() - head.taken());
}

std::string request_of(std::string_view lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}

TEST(PlainHead, takes_heads_as_nearly_all_are) {
  EXPECT_EQ(scanned("POST /a?b=c HTTP/1.1\r\nHost: a.example\r\nX-Long-Name:a value of many words, "
                    "and more  \r\nEmpty:\r\n\r\nbody"),
            "POST /a?b=c|Host=a.example|X-Long-Name=a value of many words, and more|Empty=|4");
  EXPECT_EQ(scanned(request_of("N: \xC3\xA4\r\n")), "GET /|Host=a|N=\xC3\xA4|0");
}

TEST(PlainHead, leaves_whatever_is_not_plain) {
  for (const std::string_view lines :
       {"A: b\tc\r\n", "A: b\r\n c\r\n", "A : b\r\n", ": b\r\n", "A\r\n", "A: b\n", "A: b\r",
        "A: \x01\r\n", "A: \x7f\r\n", "A(: b\r\n", "A: b\r\n\t\r\n"}) {
    EXPECT_EQ(scanned(request_of(lines)), "left") << lines;
  }
  for (const std::string_view line :
       {"GET  / HTTP/1.1", "GET / HTTP/1.0", "GET / http/1.1", "GET /a b HTTP/1.1", " / HTTP/1.1",
        "GET HTTP/1.1", "GET / HTTP/1.1 ", "GET /\x80 HTTP/1.1", "GET / HTTP/1.1\n",
        "G\0T / HTTP/1.1"}) {
    EXPECT_EQ(scanned(std::string(line) + "\r\nHost: a\r\n\r\n"), "left") << line;
  }
}

TEST(PlainHead, leaves_a_head_that_is_cut_off_anywhere) {
  const std::string whole = request_of("Accept: */*\r\nX: a value of more than sixteen bytes\r\n");
  ASSERT_NE(scanned(whole), "left");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(scanned(whole.substr(0, size)), "left") << size;
  }
}

TEST(PlainHead, finds_a_control_byte_at_any_place_of_a_value) {
  for (std::size_t size = 1; size < 70; ++size) {
    for (std::size_t place = 0; place < size; ++place) {
      std::string value(size, 'v');
      value[place] = '\x1f';
      EXPECT_EQ(scanned(request_of("A: " + value + "\r\n")), "left") << size << " " << place;
    }
  }
}

TEST(PlainHead, takes_status_lines_with_a_reason_or_none) {
  int status = 0;
  std::string_view reason;
  EXPECT_TRUE(detail::PlainHead("HTTP/1.1 404 Not Found\r\n").take_status_line(status, reason));
  EXPECT_EQ(status, 404);
  EXPECT_EQ(reason, "Not Found");
  EXPECT_TRUE(detail::PlainHead("HTTP/1.1 204 \r\n").take_status_line(status, reason));
  EXPECT_EQ(reason, "");
  for (const std::string_view line :
       {"HTTP/1.1 200\r\n", "HTTP/1.0 200 OK\r\n", "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 2000 OK\r\n",
        "HTTP/1.1  200 OK\r\n", "HTTP/1.1 200 \t\r\n", "HTTP/1.1 200 OK\n", "HTTP/1.1 20", ""}) {
    EXPECT_FALSE(detail::PlainHead(line).take_status_line(status, reason)) << line;
  }
}

// --------------------------------------------------------------------- the same as Beast reads

/// A head that comes in two parts is not scanned.
template <class Parser>
std::string read_in_parts(Parser& parser, std::string_view wire, bool in_parts) {
  if (in_parts) {
    EXPECT_EQ(parser.parse_head(wire.substr(0, 1)).value_or(1), 0U);
  }
  const auto taken = parser.parse_head(wire);
  if (!taken) return "refused: " + taken.error().detail;
  return *taken == 0 ? "more" : std::to_string(*taken) + " " + told(parser.head());
}

TEST(PlainHead, says_of_requests_what_the_parser_says) {
  const Http1Limits limits{.head_bytes = 300, .fields = 4, .target_bytes = 50};
  const std::vector<std::string> heads = {
      request_of(""),
      request_of("Connection: close\r\n"),
      request_of("Connection: Keep-Alive\r\n"),
      request_of("Connection: close, upgrade\r\n"),
      request_of("Connection: \r\n"),
      request_of("Connection: upgrade\r\nUpgrade: websocket\r\n"),
      request_of("Upgrade: h2c\r\n"),
      request_of("Proxy-Connection: close\r\n"),
      request_of("Content-Length: 5\r\n"),
      request_of("Content-Length: 005\r\n"),
      request_of("Content-Length: 5, 5\r\n"),
      request_of("Content-Length: +5\r\n"),
      request_of("Content-Length: 5\r\nContent-Length: 5\r\n"),
      request_of("Content-Length: 99999999999999999999\r\n"),
      request_of("Transfer-Encoding: chunked\r\n"),
      request_of("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
      request_of("Content-Length: 5\r\nExpect: 100-continue\r\n"),
      request_of("Authorization: a\r\nAuthorization: b\r\n"),
      request_of("X-API-Key: a\r\nx-api-key: b\r\n"),
      request_of("Host: b\r\n"),
      request_of("A: 1\r\nB: 2\r\nC: 3\r\n"),
      request_of("A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n"),
      request_of("A: " + std::string(400, 'a') + "\r\n"),
      "GET / HTTP/1.1\r\n\r\n",
      "PURGE /x HTTP/1.1\r\nHost: a\r\n\r\n",
      "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /" + std::string(60, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
      "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
  };
  for (const std::string& head : heads) {
    Http1RequestParser at_once(limits);
    Http1RequestParser in_parts(limits);
    EXPECT_EQ(read_in_parts(at_once, head, false), read_in_parts(in_parts, head, true)) << head;
  }
}

TEST(PlainHead, says_of_replies_what_the_parser_says) {
  const Http1Limits limits;
  for (const std::string_view rest :
       {"200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n",
        "200 OK\r\nConnection: close\r\n", "200 OK\r\n", "204 \r\n",
        "304 Not Modified\r\nContent-Length: 7\r\n", "100 Continue\r\n", "099 Low\r\n",
        "200 OK\r\nTransfer-Encoding: chunked\r\n", "200 OK\r\nContent-Length: x\r\n",
        "101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n",
        "200 \xC3\x96K\r\nServer: \xE4\r\n"}) {
    const std::string head = "HTTP/1.1 " + std::string(rest) + "\r\n";
    for (const bool to_head : {false, true}) {
      Http1ResponseParser at_once(limits);
      Http1ResponseParser in_parts(limits);
      at_once.restart(to_head);
      in_parts.restart(to_head);
      EXPECT_EQ(read_in_parts(at_once, head, false), read_in_parts(in_parts, head, true)) << head;
    }
  }
}

}  // namespace
}  // namespace apiforge::net
