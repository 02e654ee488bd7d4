// Request smuggling: what could be read in two ways is refused together with its connection, and
// what stands behind it never reaches an upstream. Scenario 24 of the reliability list.
#include "support/gateway_fixture.hpp"
#include "support/smuggling_cases.hpp"

namespace apiforge::testing_support {
namespace {

using namespace std::string_literals;

class SmugglingTest : public GatewayTest {};

bool mentions_sentinel(const FakeUpstream& upstream) {
  for (const HttpMessage& request : upstream.requests()) {
    if (request.target().find("sentinel") != std::string::npos) return true;
  }
  return false;
}

TEST_F(SmugglingTest, AmbiguousRequestsAreRefusedAndNothingBehindThemIsServed) {
  const auto cases = smuggling_cases();
  EXPECT_GE(cases.size(), 200u);
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream, {.upstream = "max_idle_connections: 0"});
  const std::string sentinel = request("GET /proxy/echo/sentinel");
  for (const SmugglingCase& smuggling : cases) {
    SCOPED_TRACE(smuggling.name);
    RawClient caller = connect();
    caller.send(smuggling.bytes + sentinel);
    const int status = caller.read_reply(MessageKind::Reply, milliseconds(1'000)).status();
    EXPECT_TRUE((status >= 400 && status < 500) || status == 501) << status;
    EXPECT_TRUE(caller.closed_within(milliseconds(2'000)));
    EXPECT_FALSE(mentions_sentinel(upstream));
    if (HasFailure()) return;
  }
}

// The control of the test above: without a fault in front of it, the sentinel is served.
TEST_F(SmugglingTest, ASoundRequestInFrontLetsTheSentinelThrough) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  RawClient caller = connect();
  caller.send(request("POST /proxy/echo/victim", {}, "hello") +
              request("GET /proxy/echo/sentinel"));
  EXPECT_EQ(caller.read_reply().status(), 200);
  EXPECT_EQ(caller.read_reply().body, "GET /sentinel");
}

// What several implementations read differently but the RFC allows has one reading on both sides.
TEST_F(SmugglingTest, UnusualButSoundFramingIsReadTheSameOnBothSides) {
  FakeUpstream upstream(
      FakeUpstream::answering([](const HttpMessage& request) { return reply(200, request.body); }));
  given_api("echo", upstream);
  const std::string chunks = "5;a=b;c=\"d;e\"\r\nhello\r\n000\r\nX-T: 1\r\n\r\n";
  for (const std::string fields :
       {"Transfer-Encoding: Chunked\r\n", "TRANSFER-ENCODING:chunked\r\n",
        "Transfer-Encoding: \t chunked \t \r\n", "transfer-encoding:\tchunked\r\n"}) {
    RawClient caller = connect();
    caller.send(request("POST /proxy/echo/x", fields) + chunks + request("GET /proxy/echo/next"));
    EXPECT_EQ(caller.read_reply().body, "hello") << fields;
    EXPECT_EQ(caller.read_reply().status(), 200) << fields;
  }
  for (const std::string fields :
       {"Content-Length: 005\r\n", "content-length:5\r\n", "Content-Length: \t5 \r\n"}) {
    RawClient caller = connect();
    caller.send(request("POST /proxy/echo/x", fields) + "hello" + request("GET /proxy/echo/next"));
    EXPECT_EQ(caller.read_reply().body, "hello") << fields;
    EXPECT_EQ(caller.read_reply().status(), 200) << fields;
  }
}

// CVE-2021-40346 of HAProxy: the length of a name that overflows changed where the body ended.
TEST_F(SmugglingTest, TheLengthOfANameDoesNotMoveTheBody) {
  FakeUpstream upstream(
      FakeUpstream::answering([](const HttpMessage& request) { return reply(200, request.body); }));
  given_api("echo", upstream);
  for (const std::size_t length : {255u, 256u, 270u, 4'096u, 16'384u}) {
    const std::string field = "Content-Length0" + std::string(length, 'a') + ":\r\n";
    RawClient caller = connect();
    caller.send(request("POST /proxy/echo/x", field, "hello") + request("GET /proxy/echo/next"));
    EXPECT_EQ(caller.read_reply().body, "hello") << length;
    EXPECT_EQ(caller.read_reply().status(), 200) << length;
  }
  RawClient caller = connect();
  caller.send(request("GET /proxy/echo/x", std::string(65'536, 'a') + ": b\r\n"));
  EXPECT_EQ(caller.read_reply().status(), 431);
  EXPECT_TRUE(caller.closed_within(kPatience));
}

TEST_F(SmugglingTest, AnUpstreamConnectionIsNotUsedAgainAfterABrokenExchange) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    while (const auto request = connection.next_head()) {
      connection.send(reply(200, request->target()));
    }
  });
  given_api("echo", upstream);
  RawClient caller = connect();
  caller.send(request("POST /proxy/echo/broken", "Transfer-Encoding: chunked\r\n"));
  ASSERT_TRUE(upstream.wait_for_requests(1));
  caller.send("not a chunk\r\n\r\n");
  caller.closed_within(kPatience);
  ASSERT_TRUE(upstream.wait_for_ended_scripts(1));
  EXPECT_EQ(call("GET /proxy/echo/next").body, "/next");
  EXPECT_EQ(upstream.connections(), 2u);
}

TEST_F(SmugglingTest, AmbiguousRepliesAreRefused) {
  const std::vector<std::string> replies = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
      "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: y\r\n folded\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n: y\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/3.1 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n"s};
  FakeUpstream upstream([&](UpstreamConnection& connection) {
    const auto request = connection.next_request();
    if (!request) return;
    connection.send(replies[static_cast<std::size_t>(std::stoi(request->target().substr(1)))]);
    connection.read_to_end();
  });
  given_api("echo", upstream, {.upstream = "retry: {attempts: 1}"});
  for (std::size_t i = 0; i < replies.size(); ++i) {
    EXPECT_EQ(call("GET /proxy/echo/" + std::to_string(i)).status(), 502) << replies[i];
  }
}

}  // namespace
}  // namespace apiforge::testing_support
