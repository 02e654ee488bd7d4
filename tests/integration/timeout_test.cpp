// Deadlines: every wait on either side ends when it should, and the caller can tell how.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

class TimeoutTest : public GatewayTest {
 protected:
  static void expect_about(milliseconds taken, milliseconds expected) {
    EXPECT_GE(taken, expected - milliseconds(100));
    EXPECT_LE(taken, expected + milliseconds(100));
  }
};

void never_answer(UpstreamConnection& connection) {
  connection.next_request();
  connection.read_to_end();
}

TEST_F(TimeoutTest, TheFirstByteIsLate) {
  FakeUpstream upstream(never_answer);
  given_api("slow", upstream, {.upstream = "first_byte_timeout_ms: 300, retry: {attempts: 1}"});
  gateway();
  expect_about(time_of([&] { call("GET /proxy/slow/x"); }), milliseconds(300));
  expect_status(504);
  expect_problem("upstream_timeout");
}

TEST_F(TimeoutTest, TheWholeCallHasOneDeadlineOverAllAttempts) {
  FakeUpstream upstream(never_answer);
  given_api("slow", upstream,
            {.upstream = "timeout_ms: 500, first_byte_timeout_ms: 300, retry: {attempts: 5}"});
  gateway();
  expect_about(time_of([&] { call("GET /proxy/slow/x"); }), milliseconds(500));
  expect_status(504);
}

// A listener whose queue of pending connections is full drops what comes next, as a black hole
// does.
class FullListener {
 public:
  FullListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(socket_, 0);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    filler_ = Stream::connect(port_);
  }
  ~FullListener() { ::close(socket_); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Stream> filler_;
};

TEST_F(TimeoutTest, ConnectingIsLate) {
  const FullListener full;
  given_api("far", {full.url()}, {.upstream = "connect_timeout_ms: 300, retry: {attempts: 1}"});
  gateway();
  expect_about(time_of([&] { call("GET /proxy/far/x"); }), milliseconds(300));
  expect_status(504);
  expect_problem("upstream_connect_timeout");
}

TEST_F(TimeoutTest, AStreamThatFallsSilentIsCutVisibly) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    connection.read_to_end();
  });
  given_api("slow", upstream, {.upstream = "idle_timeout_ms: 300"});
  RawClient caller = connect();
  caller.send(request("GET /proxy/slow/x"));
  caller.read_until("hello");
  std::string rest;
  expect_about(time_of([&] { rest = caller.read_all(); }), milliseconds(300));
  EXPECT_NE(caller.stream().end(), Stream::End::TimedOut);
  EXPECT_EQ(rest.find("0\r\n\r\n"), std::string::npos) << "the reply looks complete";
}

TEST_F(TimeoutTest, AReplyWithALengthThatFallsSilentIsCutVisibly) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
    connection.read_to_end();
  });
  given_api("slow", upstream, {.upstream = "idle_timeout_ms: 300"});
  EXPECT_FALSE(call("GET /proxy/slow/x").complete);
  EXPECT_EQ(last().body, "hello");
}

TEST_F(TimeoutTest, AStreamThatKeepsTalkingIsNotCut) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::string nothing;
    for (int i = 0; i < 8; ++i) {
      connection.stream().receive(nothing, milliseconds(100));
      connection.send("1\r\nx\r\n");
    }
    connection.send("0\r\n\r\n");
  });
  given_api("slow", upstream,
            {.upstream = "idle_timeout_ms: 300, timeout_ms: 300, first_byte_timeout_ms: 300"});
  call("GET /proxy/slow/x");
  expect_status(200);
  EXPECT_EQ(last().body, "xxxxxxxx");
}

TEST_F(TimeoutTest, AHeadThatTricklesInIsCutOff) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  given_setting("HEAD_TIMEOUT_MS", "300");
  RawClient caller = connect();
  caller.send("GET /proxy/echo/x HTTP/1.1\r\n");
  bool closed = false;
  expect_about(time_of([&] {
                 // Bytes that keep coming do not move the deadline of a head.
                 for (int i = 0; i < 40 && !closed; ++i) {
                   caller.send("x");
                   closed = caller.closed_within(milliseconds(20));
                 }
               }),
               milliseconds(300));
  EXPECT_TRUE(closed);
  EXPECT_TRUE(upstream.requests().empty());
}

TEST_F(TimeoutTest, AConnectionWithoutRequestsIsClosed) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  given_setting("IDLE_TIMEOUT_MS", "300");
  RawClient caller = connect();
  caller.send(request("GET /proxy/echo/x"));
  EXPECT_EQ(caller.read_reply().status(), 200);
  expect_about(time_of([&] { EXPECT_TRUE(caller.closed_within(kPatience)); }), milliseconds(300));
}

TEST_F(TimeoutTest, AnUnusedUpstreamConnectionIsClosed) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream, {.upstream = "keepalive_timeout_ms: 300"});
  call("GET /proxy/echo/x");
  expect_about(time_of([&] { EXPECT_TRUE(upstream.wait_for_ended_scripts(1)); }),
               milliseconds(300));
}

}  // namespace
}  // namespace apiforge::testing_support
