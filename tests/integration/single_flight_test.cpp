// Equal cold requests, on two workers: one upstream call, and nobody waits without need.
#include <deque>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

constexpr const char* kRequest = "GET /proxy/prices/btc";

class SingleFlightTest : public GatewayTest {
 protected:
  static constexpr std::size_t kCallers = 200;

  SingleFlightTest() { given_setting("WORKERS", "2"); }

  void given_prices(const FakeUpstream& upstream) {
    given_api("prices", upstream, {.more = "cache: {}"});
  }
  /// Sends the request on connections of their own, and lets the upstream answer when all have
  /// gone.
  void send_all(std::string_view request_line) {
    for (std::size_t i = 0; i < kCallers; ++i) {
      clients_.push_back(connect());
      clients_.back().send(request(request_line));
    }
  }
  void expect_all(const std::string& body) {
    for (RawClient& client : clients_) {
      const HttpMessage reply = client.read_reply();
      ASSERT_EQ(reply.status(), 200);
      ASSERT_EQ(reply.body, body);
    }
  }
  std::deque<RawClient> clients_;
};

TEST_F(SingleFlightTest, EqualColdRequestsMakeOneUpstreamCall) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    while (connection.next_request()) {
      // Long enough for all the others to arrive.
      connection.next_request(milliseconds(700));
      connection.send(reply(200, "the reply", "Cache-Control: max-age=60\r\n"));
    }
  });
  given_prices(upstream);
  call("GET /proxy/prices/warm-up");
  send_all(kRequest);
  expect_all("the reply");
  EXPECT_EQ(upstream.requests().size(), 2u);
}

TEST_F(SingleFlightTest, RequestsWhoseReplyIsNotForOthersDoNotWaitForEachOther) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    while (connection.next_request()) {
      connection.next_request(milliseconds(100));
      connection.send(reply(200, "the reply", "Cache-Control: no-store\r\n"));
    }
  });
  given_prices(upstream);
  call("GET /proxy/prices/warm-up");
  const milliseconds taken = time_of([this] {
    send_all(kRequest);
    expect_all("the reply");
  });
  EXPECT_EQ(upstream.requests().size(), kCallers + 1);
  EXPECT_LT(taken, milliseconds(100) * kCallers / 4) << "one after the other";
}

TEST_F(SingleFlightTest, AnotherGoesWhenTheFirstCallerLeaves) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    if (!connection.next_request()) return;
    if (connection.number() == 0) {
      connection.read_to_end();  // never answers
      return;
    }
    connection.send(reply(200, "the reply", "Cache-Control: max-age=60\r\n"));
  });
  given_prices(upstream);
  auto first = std::make_unique<RawClient>(gateway().port());
  first->send(request(kRequest));
  ASSERT_TRUE(upstream.wait_for_requests(1));
  RawClient second = connect();
  second.send(request(kRequest));
  EXPECT_EQ(second.read_reply(MessageKind::Reply, milliseconds(200)).status(), 0) << "it waits";
  first.reset();
  EXPECT_EQ(second.read_reply().body, "the reply");
}

}  // namespace
}  // namespace apiforge::testing_support
