// Framing of HTTP/1.1 in both directions: bodies of every kind arrive whole, in order and
// unchanged.
#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

class FramingTest : public GatewayTest {
 protected:
  /// An API "echo" whose upstream answers every request with `bytes` and closes.
  FakeUpstream& given_upstream_that_sends(std::string bytes) {
    upstream_ = std::make_unique<FakeUpstream>([bytes](UpstreamConnection& connection) {
      connection.next_request();
      connection.send(bytes);
    });
    given_api("echo", *upstream_);
    return *upstream_;
  }
  FakeUpstream& given_upstream_that_returns_the_body() {
    upstream_ = std::make_unique<FakeUpstream>(FakeUpstream::answering(
        [](const HttpMessage& request) { return reply(200, request.body); }));
    given_api("echo", *upstream_, {.more = "max_body_bytes: 100000000"});
    return *upstream_;
  }

 private:
  std::unique_ptr<FakeUpstream> upstream_;
};

TEST_F(FramingTest, PipelinedRequestsAreAnsweredInOrder) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  RawClient caller = connect();
  std::string all;
  for (int i = 0; i < 16; ++i) all += request("GET /proxy/echo/" + std::to_string(i));
  caller.send(all);
  for (int i = 0; i < 16; ++i) EXPECT_EQ(caller.read_reply().body, "GET /" + std::to_string(i));
}

TEST_F(FramingTest, PipeliningIsBoundedAndCallsInTurnAreNot) {
  constexpr int kPipelined = 4;
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  given_setting("MAX_PIPELINED_REQUESTS", std::to_string(kPipelined));
  RawClient patient = connect();
  for (int i = 0; i < 5 * kPipelined; ++i) {
    patient.send(request("GET /proxy/echo/x"));
    EXPECT_FALSE(patient.read_reply().has("Connection"));
  }
  const auto before = upstream.requests().size();
  RawClient hasty = connect();
  std::string all;
  for (int i = 0; i < 5 * kPipelined; ++i) all += request("GET /proxy/echo/x");
  hasty.send(all);
  // The first has waited for no other.
  for (int i = 0; i < kPipelined; ++i) EXPECT_FALSE(hasty.read_reply().has("Connection")) << i;
  EXPECT_EQ(hasty.read_reply().field("Connection"), "close");
  EXPECT_EQ(hasty.read_all(), "");
  EXPECT_EQ(upstream.requests().size() - before, kPipelined + 1u);
}

// Heads in two pieces were refused with 400 when the first piece held the whole request line.
TEST_F(FramingTest, AHeadMayArriveInPiecesCutAnywhere) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  const std::string whole = request("GET /proxy/echo/x", "X-Field: value\r\n");
  RawClient caller = connect();
  RawClient witness = connect();
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    caller.send(std::string_view(whole).substr(0, cut));
    // While this one is answered, the gateway has read the first piece.
    witness.send(whole);
    ASSERT_EQ(witness.read_reply().status(), 200);
    caller.send(std::string_view(whole).substr(cut));
    ASSERT_EQ(caller.read_reply().status(), 200) << "cut at " << cut;
  }
}

TEST_F(FramingTest, AReplyMayArriveInPiecesCutAnywhere) {
  const std::string whole =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
      "3\r\nabc\r\n0\r\nX-T: end\r\n\r\n";
  FakeUpstream upstream([&](UpstreamConnection& connection) {
    for (std::size_t cut = 1; cut < whole.size() && connection.next_request(); ++cut) {
      connection.send(std::string_view(whole).substr(0, cut));
      std::string nothing;
      connection.stream().receive(nothing, milliseconds(3));
      connection.send(std::string_view(whole).substr(cut));
    }
  });
  given_api("echo", upstream);
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    call("GET /proxy/echo/x");
    ASSERT_TRUE(last().complete) << "cut at " << cut;
    ASSERT_EQ(last().body, "abc") << "cut at " << cut;
  }
}

TEST_F(FramingTest, AChunkedRequestArrivesWithItsTrailers) {
  FakeUpstream& upstream = given_upstream_that_returns_the_body();
  RawClient caller = connect();
  caller.send(request("POST /proxy/echo/x", "Transfer-Encoding: chunked\r\n"));
  caller.send("5\r\nhello\r\n7;name=value\r\n, world\r\n0\r\nX-Checksum: 7\r\n\r\n");
  EXPECT_EQ(caller.read_reply().body, "hello, world");
  EXPECT_EQ(upstream.last_request().body, "hello, world");
  ASSERT_EQ(upstream.last_request().trailers.size(), 1u);
  EXPECT_EQ(upstream.last_request().trailers[0].first, "X-Checksum");
}

TEST_F(FramingTest, AChunkedReplyArrivesWithItsTrailers) {
  given_upstream_that_sends(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n");
  call("GET /proxy/echo/x");
  expect_status(200);
  EXPECT_EQ(last().body, "hello");
  ASSERT_EQ(last().trailers.size(), 1u);
  EXPECT_EQ(last().trailers[0].second, "7");
}

TEST_F(FramingTest, ACallerThatExpects100ContinueIsTold) {
  given_upstream_that_returns_the_body();
  RawClient caller = connect();
  caller.send(request("POST /proxy/echo/x", "Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_EQ(caller.read_reply().status(), 100);
  caller.send("hello");
  EXPECT_EQ(caller.read_reply().body, "hello");
}

TEST_F(FramingTest, ACallerThatExpects100ContinueIsRefusedBeforeItSends) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream, {.more = "max_body_bytes: 10"});
  RawClient caller = connect();
  caller.send(request("POST /proxy/echo/x", "Expect: 100-continue\r\nContent-Length: 11\r\n"));
  EXPECT_EQ(caller.read_reply().status(), 413);
  EXPECT_TRUE(upstream.requests().empty());
}

TEST_F(FramingTest, AReplyToHeadHasALengthAndNoBody) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  call("HEAD /proxy/echo/long");
  expect_status(200);
  EXPECT_EQ(last().field("Content-Length"), "10");
  call("GET /proxy/echo/next");
  EXPECT_EQ(last().body, "GET /next") << "the connection is out of step";
}

TEST_F(FramingTest, StatusesWithoutBodyHaveNone) {
  FakeUpstream upstream(FakeUpstream::answering([&](const HttpMessage& request) {
    return "HTTP/1.1 " + request.target().substr(1) + " None\r\nETag: \"x\"\r\n\r\n";
  }));
  given_api("echo", upstream);
  for (const int status : {204, 304, 204}) {
    call("GET /proxy/echo/" + std::to_string(status));
    expect_status(status);
    EXPECT_FALSE(last().has("Transfer-Encoding"));
  }
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST_F(FramingTest, ACallerOfHttp10GetsABodyThatEndsWithTheConnection) {
  given_upstream_that_sends(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  RawClient caller = connect();
  caller.send("GET /proxy/echo/x HTTP/1.0\r\n\r\n");
  const std::string all = caller.read_all();
  EXPECT_TRUE(all.ends_with("\r\n\r\nhello")) << all;
  EXPECT_EQ(all.find("chunked"), std::string::npos) << all;
  EXPECT_EQ(caller.stream().end(), Stream::End::Closed);
}

TEST_F(FramingTest, ABodyThatEndsWithTheUpstreamConnectionGetsChunks) {
  given_upstream_that_sends("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end");
  call("GET /proxy/echo/x");
  expect_status(200);
  EXPECT_EQ(last().body, "until the end");
  EXPECT_EQ(last().field("Transfer-Encoding"), "chunked");
}

TEST_F(FramingTest, EarlyHintsArePassedOn) {
  given_upstream_that_sends("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" +
                            reply(200, "page"));
  RawClient caller = connect();
  caller.send(request("GET /proxy/echo/x"));
  const HttpMessage hints = caller.read_reply();
  EXPECT_EQ(hints.status(), 103);
  EXPECT_EQ(hints.field("Link"), "</a.css>");
  EXPECT_EQ(caller.read_reply().body, "page");
}

TEST_F(FramingTest, AnUpstreamThatIsNotHttpIsA502) {
  given_upstream_that_sends("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  call("GET /proxy/echo/x");
  expect_status(502);
  expect_problem("upstream_protocol_error");
}

TEST_F(FramingTest, LargeBodiesPassInBothDirections) {
  given_upstream_that_returns_the_body();
  std::string body(5 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2654435761u >> 13);
  RawClient caller = connect();
  caller.send(request("PUT /proxy/echo/x", {}, body));
  const HttpMessage echoed = caller.read_reply();
  EXPECT_TRUE(echoed.complete);
  EXPECT_TRUE(echoed.body == body);
}

// Scenario 21 of the reliability list: slow readers must not fill the gateway's memory.
// The address sanitizer keeps freed memory for a while and puts zones around all of it.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kBytesHeldForAReader = 1024 * 1024;
#else
constexpr std::size_t kBytesHeldForAReader = 256 * 1024;
#endif

TEST_F(FramingTest, SlowReadersHoldTheUpstreamBack) {
  constexpr std::size_t kReaders = 20;
  constexpr std::size_t kBytes = 32 << 20;
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kBytes) + "\r\n\r\n");
    const std::string piece(64 * 1024, 'x');
    for (std::size_t sent = 0; sent < kBytes; sent += piece.size()) {
      if (!connection.stream().send(piece, milliseconds(300))) break;
    }
  });
  given_api("echo", upstream);
  const std::size_t before = gateway().resident_bytes();
  std::vector<RawClient> readers;
  for (std::size_t i = 0; i < kReaders; ++i) {
    readers.push_back(connect(8 * 1024));
    readers.back().send(request("GET /proxy/echo/x"));
  }
  // Every upstream has sent what the kernel and the gateway took, and gave up.
  ASSERT_TRUE(upstream.wait_for_ended_scripts(kReaders, milliseconds(20'000)));
  EXPECT_LE(gateway().resident_bytes() - before, kReaders * kBytesHeldForAReader);
}

TEST_F(FramingTest, AnEarlyReplyReachesACallerThatStillSends) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_head();
    connection.send(reply(413, "enough", "Connection: close\r\n"));
    connection.read_to_end();
  });
  given_api("echo", upstream);
  RawClient caller = connect();
  caller.send(request("POST /proxy/echo/x", "Content-Length: 50000000\r\n"));
  caller.send(std::string(1 << 16, 'x'));
  const HttpMessage refused = caller.read_reply();
  EXPECT_EQ(refused.status(), 413);
  EXPECT_EQ(refused.body, "enough");
  EXPECT_TRUE(caller.closed_within(kPatience)) << "the rest of the body would be read as requests";
}

TEST_F(FramingTest, ABodyThatGrowsBeyondTheLimitIsRefused) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_head();
    connection.read_to_end();
  });
  given_api("echo", upstream, {.more = "max_body_bytes: 1000"});
  RawClient caller = connect();
  caller.send(request("POST /proxy/echo/x", "Transfer-Encoding: chunked\r\n"));
  const std::string chunk = "1f4\r\n" + std::string(500, 'x') + "\r\n";
  for (int i = 0; i < 3; ++i) caller.send(chunk);
  EXPECT_EQ(caller.read_reply().status(), 413);
}

}  // namespace
}  // namespace apiforge::testing_support
