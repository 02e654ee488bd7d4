#include "net/http1_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "net/parsed_message.hpp"

namespace apiforge::net {
namespace {

Parsed parse_request(std::string_view wire, std::size_t first = std::string_view::npos,
                     const Http1Limits& limits = {}) {
  Http1RequestParser parser(limits);
  return parse_message(parser, wire, std::min(first, wire.size()));
}

std::string request_with(std::string_view lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(lines) + "\r\n";
}

// ---------------------------------------------------------------------------------- strictness

struct Refusal {
  std::string wire;
  ErrorCode code;
};

void expect_refusals(const std::vector<Refusal>& refusals) {
  for (const auto& [wire, code] : refusals) {
    const Parsed parsed = parse_request(wire);
    ASSERT_TRUE(parsed.error) << escaped(wire.substr(0, 200));
    EXPECT_EQ(*parsed.error, code) << escaped(wire.substr(0, 200));
  }
}

TEST(Http1RequestParser, refuses_every_ambiguous_framing) {
  constexpr auto kCode = ErrorCode::AmbiguousFraming;
  expect_refusals({
      {request_with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), kCode},
      {request_with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), kCode},
      {request_with("Content-Length: 3\r\nContent-Length: 3\r\n"), kCode},
      {request_with("Content-Length: 3\r\nContent-Length: 4\r\n"), kCode},
      {request_with("Content-Length: 5,5\r\n"), kCode},
      {request_with("Content-Length: +5\r\n"), kCode},
      {request_with("Content-Length: -5\r\n"), kCode},
      {request_with("Content-Length: 0x5\r\n"), kCode},
      {request_with("Content-Length: 5 5\r\n"), kCode},
      {request_with("Content-Length: \r\n"), kCode},
      {request_with("Content-Length: 18446744073709551616\r\n"), kCode},
      {request_with("Transfer-Encoding: xchunked\r\n"), kCode},
      {request_with("Transfer-Encoding: chunked;q=1\r\n"), kCode},
      {request_with("Transfer-Encoding: gzip, chunked\r\n"), kCode},
      {request_with("Transfer-Encoding: chunked, identity\r\n"), kCode},
      {request_with("Transfer-Encoding: chunked, chunked\r\n"), kCode},
      {request_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), kCode},
      {request_with("Transfer-Encoding: \r\n"), kCode},
      {request_with("Transfer-Encoding: \x0b"
                    "chunked\r\n"),
       ErrorCode::MalformedRequest},
      {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", kCode},
  });
}

TEST(Http1RequestParser, refuses_malformed_heads) {
  constexpr auto kCode = ErrorCode::MalformedRequest;
  expect_refusals({
      {request_with("X: a\r\n b\r\n"), kCode},
      {request_with("X: a\r\n\tb\r\n"), kCode},
      {request_with("X:\r\n \r\n"), kCode},
      {request_with("X:\r\n b\r\n"), kCode},
      {request_with("X: a\nY: b\r\n"), kCode},
      {request_with("X: a\rY: b\r\n"), kCode},
      {request_with("X : a\r\n"), kCode},
      {request_with("X\t: a\r\n"), kCode},
      {request_with(" X: a\r\n"), kCode},
      {request_with(": a\r\n"), kCode},
      {request_with("X\r\n"), kCode},
      {request_with("X y: a\r\n"), kCode},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", kCode},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", kCode},
      {"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", kCode},
      {"GET / HTTP/1.2\r\nHost: a\r\n\r\n", kCode},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", kCode},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", kCode},
      {"GET /\r\nHost: a\r\n\r\n", kCode},
      {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", kCode},
      {"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", kCode},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", kCode},
      {"GET / HTTP/1.1\nHost: a\r\n\r\n", kCode},
      {"GET / HTT\r\n\r\n", kCode},
      {"GET\r\n\r\n", kCode},
      {"\r\n\r\n", kCode},
  });
}

TEST(Http1RequestParser, refuses_credentials_given_twice) {
  constexpr auto kCode = ErrorCode::ContradictoryCredentials;
  expect_refusals({
      {request_with("Authorization: a\r\nAuthorization: b\r\n"), kCode},
      {request_with("X-API-Key: a\r\nx-api-key: a\r\n"), kCode},
  });
}

TEST(Http1RequestParser, refuses_every_control_byte_in_names_values_and_targets) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte >= 0x20 && byte != 0x7f) continue;
    const char c = static_cast<char>(byte);
    SCOPED_TRACE(testing::Message() << "byte " << byte);
    EXPECT_TRUE(parse_request(request_with("X" + std::string(1, c) + "Y: a\r\n")).error);
    EXPECT_TRUE(parse_request("GET /" + std::string(1, c) + " HTTP/1.1\r\nHost: a\r\n\r\n").error);
    if (c == '\t') continue;
    EXPECT_TRUE(parse_request(request_with("X: a" + std::string(1, c) + "b\r\n")).error);
    EXPECT_TRUE(parse_request(request_with("X: " + std::string(1, c) + "b\r\n")).error);
    EXPECT_TRUE(parse_request(request_with("X: a" + std::string(1, c) + "\r\n")).error);
  }
}

TEST(Http1RequestParser, wants_exactly_one_host) {
  expect_refusals({
      {"GET / HTTP/1.1\r\n\r\n", ErrorCode::MissingHost},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", ErrorCode::MissingHost},
      {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", ErrorCode::MissingHost},
  });
  EXPECT_FALSE(parse_request("GET / HTTP/1.0\r\n\r\n").error);
}

TEST(Http1RequestParser, keeps_its_limits) {
  const std::string long_name =
      "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(65'536, 'n') + ": v\r\n\r\n";
  EXPECT_EQ(parse_request(long_name).error, ErrorCode::HeadTooLarge);
  const std::string endless = "GET / HTTP/1.1\r\nX: " + std::string(40'000, 'v');
  EXPECT_EQ(parse_request(endless).error, ErrorCode::HeadTooLarge);
  const std::string target = "GET /" + std::string(9'000, 't') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(parse_request(target).error, ErrorCode::TargetTooLong);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "X: y\r\n";
  EXPECT_EQ(parse_request(request_with(many)).error, ErrorCode::HeadTooLarge);
  many.erase(0, 6);
  EXPECT_FALSE(parse_request(request_with(many)).error);
}

// CVE-2021-40346: a name of 256 bytes and more was taken for a shorter one.
TEST(Http1RequestParser, takes_long_names_for_what_they_are) {
  for (const std::size_t length : {255U, 256U, 270U, 511U, 4'096U}) {
    const std::string name(length, 'n');
    EXPECT_EQ(parse_request(request_with(name + ": v\r\n")).text, "GET / Host=a;" + name + "=v;");
    const std::string prefixed = "content-length" + std::string(length - 14, 'n');
    EXPECT_EQ(parse_request(request_with(prefixed + ": 5\r\n")).text,
              "GET / Host=a;" + prefixed + "=5;");
  }
}

TEST(Http1RequestParser, keeps_bytes_above_ascii_and_tabs_within_values) {
  EXPECT_EQ(parse_request(request_with("X: \t a\tb\xc3\xa9 \t\r\n")).text,
            "GET / Host=a;X=a\tb\xc3\xa9;");
  EXPECT_EQ(parse_request(request_with("X:\r\n")).text, "GET / Host=a;X=;");
  EXPECT_EQ(parse_request(request_with("X: \t\r\n")).text, "GET / Host=a;X=;");
}

// --------------------------------------------------------------------------------------- meaning

const RequestHead& head_of(Http1RequestParser& parser, std::string_view wire) {
  parser.restart();
  const auto taken = parser.parse_head(wire);
  EXPECT_TRUE(taken && *taken > 0) << wire;
  return parser.head();
}

TEST(Http1RequestParser, tells_what_a_request_wants) {
  const Http1Limits limits;
  Http1RequestParser parser(limits);
  const std::string plain = request_with("");
  EXPECT_TRUE(head_of(parser, plain).keep_alive);
  EXPECT_EQ(parser.head().method, Method::Get);
  EXPECT_EQ(parser.head().framing, BodyFraming::None);
  EXPECT_TRUE(parser.complete());
  EXPECT_FALSE(head_of(parser, request_with("Connection: close\r\n")).keep_alive);
  EXPECT_FALSE(head_of(parser, "GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(head_of(parser, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_TRUE(head_of(parser, request_with("Content-Length: 1\r\nExpect: 100-Continue\r\n"))
                  .expects_continue);
  EXPECT_FALSE(head_of(parser, request_with("Expect: 100-continue\r\n")).expects_continue);
  EXPECT_TRUE(
      head_of(parser, request_with("Connection: Upgrade\r\nUpgrade: websocket\r\n")).wants_upgrade);
  EXPECT_FALSE(head_of(parser, request_with("Upgrade: websocket\r\n")).wants_upgrade);
  EXPECT_EQ(head_of(parser, "PURGE / HTTP/1.1\r\nHost: a\r\n\r\n").method, Method::Other);
  EXPECT_EQ(parser.head().method_text, "PURGE");
}

TEST(Http1RequestParser, tolerates_one_empty_line_before_a_request) {
  const std::string wire = "\r\n" + request_with("");
  EXPECT_EQ(parse_request(wire).head_bytes, wire.size());
  EXPECT_TRUE(parse_request("\r\n\r\n" + request_with("")).error);
}

// ---------------------------------------------------------------------------------------- bodies

TEST(Http1RequestParser, leaves_the_next_message_untouched) {
  const std::string next = "GET /next HTTP/1.1\r\n";
  EXPECT_EQ(parse_request(request_with("") + next).unused, next.size());
  EXPECT_EQ(parse_request(request_with("Content-Length: 3\r\n") + "abc" + next).unused,
            next.size());
  EXPECT_EQ(
      parse_request(request_with("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n" + next).unused,
      next.size());
}

TEST(Http1RequestParser, reads_chunks_extensions_and_trailers) {
  const Parsed parsed = parse_request(request_with("Transfer-Encoding: chunked\r\n") +
                                      "4;name=value;flag\r\nabcd\r\nA\r\n0123456789\r\n0\r\n"
                                      "X-Checksum: 9\r\n\r\nNEXT");
  EXPECT_EQ(parsed.body, "abcd0123456789");
  EXPECT_EQ(parsed.trailers, "X-Checksum=9;");
  EXPECT_TRUE(parsed.complete);
  EXPECT_EQ(parsed.unused, 4U);
}

// Forwarded trailers must not smuggle what the gateway removes from heads (RFC 9110 6.5.1).
TEST(Http1RequestParser, drops_trailers_that_only_mean_something_in_a_head) {
  const Parsed parsed = parse_request(request_with("Transfer-Encoding: chunked\r\n") +
                                      "0\r\nAuthorization: Bearer x\r\nX-API-Key: k\r\nHost: b\r\n"
                                      "X-Forwarded-For: 1.1.1.1\r\nX-Sum: 1\r\n\r\n");
  EXPECT_TRUE(parsed.complete);
  EXPECT_EQ(parsed.trailers, "X-Sum=1;");
}

TEST(Http1RequestParser, refuses_malformed_chunks) {
  const std::string head = request_with("Transfer-Encoding: chunked\r\n");
  for (const std::string_view chunks :
       {"x\r\n", "-1\r\n", "+1\r\na\r\n", "0x1\r\na\r\n0\r\n\r\n", " 1\r\na\r\n", "\r\n",
        "1\nab\r\n0\r\n\r\n", "1\r\nab\r\n0\r\n\r\n", "11111111111111111\r\n", "1\r\na\n0\r\n\r\n",
        "ffffffffffffffffff\r\n", "0\r\nX: a\r\n b\r\n\r\n", "0\r\nContent-Length: 3\r\n\r\n",
        "0\r\nTransfer-Encoding: chunked\r\n\r\n", "1;a\nb\r\na\r\n0\r\n\r\n"}) {
    const Parsed parsed = parse_request(head + std::string(chunks));
    EXPECT_TRUE(parsed.error) << escaped(chunks) << " gave " << testing::PrintToString(parsed);
  }
}

// A chunk of 2^64 - 1 bytes was waited for until the caller's time was over.
TEST(Http1RequestParser, refuses_chunks_larger_than_any_body_at_once) {
  const std::string head = request_with("Transfer-Encoding: chunked\r\n");
  for (const std::string_view size : {"ffffffffffffffff", "8000000000000000", "4000000000000001",
                                      "fffffffffffffff", "10000000001"}) {
    const Parsed parsed = parse_request(head + std::string(size) + "\r\nhello");
    EXPECT_EQ(parsed.error, ErrorCode::MalformedRequest) << size;
    EXPECT_EQ(parsed.body, "") << size;
  }
  EXPECT_FALSE(parse_request(head + "10000000000\r\nhello").error) << "1 TiB";
}

TEST(Http1RequestParser, bounds_chunk_lines_and_trailers) {
  const std::string head = request_with("Transfer-Encoding: chunked\r\n");
  EXPECT_TRUE(parse_request(head + "1;" + std::string(20'000, 'x')).error);
  EXPECT_TRUE(parse_request(head + "0\r\nX: " + std::string(20'000, 'x')).error);
}

TEST(Http1RequestParser, gives_the_same_result_wherever_the_stream_is_split) {
  const std::string chunked = request_with("Transfer-Encoding: chunked\r\nX: y\r\n");
  for (const std::string& wire :
       {request_with("") + "GET ", "\r\n" + request_with("A: b\r\n"),
        request_with("Content-Length: 11\r\n") + "hello world" + "rest",
        chunked + "4;e=1\r\nabcd\r\n3\r\nefg\r\n0\r\nT: 1\r\nU: 2\r\n\r\nrest",
        chunked + "0\r\n\r\n", chunked + "3\r\nabcX\r\n", chunked + "zz\r\n",
        request_with("X : y\r\n"), request_with("Content-Length: 1\r\nContent-Length: 1\r\n")}) {
    const Parsed whole = parse_request(wire);
    for (std::size_t split = 1; split < wire.size(); ++split) {
      const Parsed parts = parse_request(wire, split);
      if (whole.error) {
        EXPECT_EQ(parts.error, whole.error) << escaped(wire) << " split at " << split;
      } else {
        EXPECT_EQ(parts, whole) << escaped(wire) << " split at " << split;
      }
    }
  }
}

TEST(Http1RequestParser, reads_the_end_of_a_body_without_chunks_byte_by_byte) {
  const Http1Limits limits;
  Http1RequestParser parser(limits);
  const std::string head = request_with("Transfer-Encoding: chunked\r\n");
  for (const std::string_view end : {"0\r\n\r\n", "0\r\nT: 1\r\n\r\n", "00\r\n\r\n"}) {
    parser.restart();
    ASSERT_TRUE(parser.parse_head(head));
    for (std::size_t come = 1; come < end.size(); ++come) {
      const auto step = parser.next(end.substr(0, come));
      ASSERT_TRUE(step && step->need_more && step->consumed == 0) << escaped(end) << " at " << come;
    }
    const auto last = parser.next(end);
    ASSERT_TRUE(last && last->end) << escaped(end);
    EXPECT_EQ(last->consumed, end.size());
  }
}

TEST(Http1RequestParser, can_be_used_for_one_message_after_another) {
  const Http1Limits limits;
  Http1RequestParser parser(limits);
  const std::string chunked =
      request_with("Transfer-Encoding: chunked\r\n") + "1\r\na\r\n0\r\nT: 1\r\n\r\n";
  const std::string plain = request_with("Content-Length: 2\r\n") + "xy";
  for (int round = 0; round < 3; ++round) {
    parser.restart();
    EXPECT_EQ(parse_message(parser, chunked, chunked.size()).body, "a");
    parser.restart();
    const Parsed second = parse_message(parser, plain, plain.size());
    EXPECT_EQ(second.body, "xy");
    EXPECT_EQ(second.trailers, "");
  }
}

}  // namespace
}  // namespace apiforge::net
