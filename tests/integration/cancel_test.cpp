// When the caller goes away, the upstream must hear of it at once: what nobody waits for any more
// is not worth computing.
#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

constexpr milliseconds kAtOnce{100};

class CancelTest : public GatewayTest {
 protected:
  /// Milliseconds until the upstream's connection ends, from the moment the caller closes.
  static milliseconds time_to_cancel(RawClient& caller, FakeUpstream& upstream) {
    return time_of([&] {
      caller.stream().close();
      EXPECT_TRUE(upstream.wait_for_ended_scripts(1));
    });
  }
};

TEST_F(CancelTest, BeforeTheFirstByteOfTheReply) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.read_to_end();
  });
  given_api("echo", upstream);
  RawClient caller = connect();
  caller.send(request("GET /proxy/echo/x"));
  ASSERT_TRUE(upstream.wait_for_requests(1));
  EXPECT_LE(time_to_cancel(caller, upstream), kAtOnce);
  EXPECT_TRUE(gateway().log_comes_to_have("error=caller_gone"));
}

TEST_F(CancelTest, InTheMiddleOfAStreamThatIsQuiet) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    connection.read_to_end();
  });
  given_api("echo", upstream);
  RawClient caller = connect();
  caller.send(request("GET /proxy/echo/x"));
  caller.read_until("hello");
  EXPECT_LE(time_to_cancel(caller, upstream), kAtOnce);
}

TEST_F(CancelTest, InTheMiddleOfAStreamThatFlows) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string chunk = "2000\r\n" + std::string(0x2000, 'x') + "\r\n";
    while (connection.send(chunk)) {
    }
  });
  given_api("echo", upstream);
  RawClient caller = connect();
  caller.send(request("GET /proxy/echo/x"));
  caller.read_until("xxxx");
  EXPECT_LE(time_to_cancel(caller, upstream), kAtOnce);
}

TEST_F(CancelTest, DuringTheUpload) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_head();
    connection.read_to_end();
  });
  given_api("echo", upstream);
  RawClient caller = connect();
  caller.send(request("POST /proxy/echo/x", "Content-Length: 1000000\r\n") +
              std::string(1000, 'x'));
  ASSERT_TRUE(upstream.wait_for_requests(1));
  EXPECT_LE(time_to_cancel(caller, upstream), kAtOnce);
}

TEST_F(CancelTest, WithAResetInsteadOfAnEnd) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.read_to_end();
  });
  given_api("echo", upstream);
  RawClient caller = connect();
  caller.send(request("GET /proxy/echo/x"));
  ASSERT_TRUE(upstream.wait_for_requests(1));
  const milliseconds taken = time_of([&] {
    caller.stream().reset();
    EXPECT_TRUE(upstream.wait_for_ended_scripts(1));
  });
  EXPECT_LE(taken, kAtOnce);
}

TEST_F(CancelTest, ManyCancelledCallsLeaveNothingBehind) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.read_to_end();
  });
  given_api("echo", upstream, {.upstream = "max_connections: 4"});
  for (std::size_t i = 1; i <= 40; ++i) {
    RawClient caller = connect();
    caller.send(request("GET /proxy/echo/x"));
    ASSERT_TRUE(upstream.wait_for_requests(i)) << "a slot was lost after " << i << " calls";
    caller.stream().close();
    ASSERT_TRUE(upstream.wait_for_ended_scripts(i));
  }
}

}  // namespace
}  // namespace apiforge::testing_support
