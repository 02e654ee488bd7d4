// An upstream may close an idle connection at any moment, also while the next request is on its
// way. Callers must not notice, and a POST must never be executed twice.
#include <map>

#include "base/random.hpp"
#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

class KeepaliveRaceTest : public GatewayTest {
 protected:
  // How many of `count` calls were not answered with 200. Each has its number in its path.
  int failures_of(std::string_view method, int count) {
    int failures = 0;
    for (int i = 0; i < count; ++i) {
      const std::string target = std::string(method) + " /proxy/echo/" + std::to_string(i);
      failures += call(target, {}, method == "POST" ? "order" : "").status() != 200;
    }
    return failures;
  }

  static int most_executions_of_one(const FakeUpstream& upstream) {
    std::map<std::string, int> executions;
    int most = 0;
    for (const HttpMessage& request : upstream.requests()) {
      most = std::max(most, ++executions[request.target()]);
    }
    return most;
  }
};

// Closes after each reply without having said so.
void close_after_each_reply(UpstreamConnection& connection) {
  if (connection.next_request()) connection.send(reply(200, "done"));
}

TEST_F(KeepaliveRaceTest, ReadsSurviveAnUpstreamThatClosesAfterEachReply) {
  FakeUpstream upstream(close_after_each_reply);
  given_api("echo", upstream);
  EXPECT_EQ(failures_of("GET", 500), 0);
}

TEST_F(KeepaliveRaceTest, OrdersSurviveAnUpstreamThatClosesAfterEachReply) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    if (!connection.next_request()) return;
    // The end is on its way before the caller has the reply, and so before the next order is sent.
    connection.send(reply(200, "done"));
  });
  given_api("echo", upstream);
  int failures = 0;
  for (int i = 0; i < 200; ++i) {
    failures += call("POST /proxy/echo/" + std::to_string(i), {}, "order").status() != 200;
    ASSERT_TRUE(upstream.wait_for_ended_scripts(upstream.connections()));
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(most_executions_of_one(upstream), 1);
}

TEST_F(KeepaliveRaceTest, ReadsSurviveAnUpstreamThatClosesIdleConnectionsAtRandomTimes) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    // Only idle connections are closed: the first request of each is always answered.
    Random random(connection.number() + 1);
    milliseconds patience(60'000);
    while (connection.next_request(patience)) {
      connection.send(reply(200, "done"));
      patience = milliseconds(random.below(3));
    }
  });
  given_api("echo", upstream);
  EXPECT_EQ(failures_of("GET", 500), 0);
}

// Reads the second request of a connection and closes without an answer, as a server does whose
// idle timer fires in that moment.
void close_on_the_second_request(UpstreamConnection& connection) {
  if (!connection.next_request()) return;
  connection.send(reply(200, "done"));
  std::string unread;
  connection.stream().receive(unread, milliseconds(60'000));
}

TEST_F(KeepaliveRaceTest, ReadsSurviveAnEndThatMeetsTheNextRequest) {
  FakeUpstream upstream(close_on_the_second_request);
  given_api("echo", upstream);
  EXPECT_EQ(failures_of("GET", 500), 0);
}

TEST_F(KeepaliveRaceTest, AnOrderThatMeetsAnEndIsNotSentAgain) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    if (!connection.next_request()) return;
    connection.send(reply(200, "done"));
    connection.next_request();  // executed, but never answered
  });
  given_api("echo", upstream);
  for (int i = 0; i < 100; ++i) {
    const int status = call("POST /proxy/echo/" + std::to_string(i), {}, "order").status();
    EXPECT_TRUE(status == 200 || status == 502) << status;
  }
  EXPECT_EQ(most_executions_of_one(upstream), 1);
}

TEST_F(KeepaliveRaceTest, ConnectionsAreReusedWhileTheUpstreamKeepsThem) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  EXPECT_EQ(failures_of("GET", 50), 0);
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST_F(KeepaliveRaceTest, AConnectionThatSaysCloseIsNotUsedAgain) {
  FakeUpstream upstream(FakeUpstream::answering(
      [](const HttpMessage&) { return reply(200, "done", "Connection: close\r\n"); }));
  given_api("echo", upstream);
  EXPECT_EQ(failures_of("GET", 5), 0);
  EXPECT_EQ(upstream.connections(), 5u);
}

TEST_F(KeepaliveRaceTest, BytesBehindAReplyAreNeverTakenForTheNextOne) {
  FakeUpstream upstream(FakeUpstream::answering(
      [](const HttpMessage&) { return reply(200, "first") + reply(200, "poison"); }));
  given_api("echo", upstream);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(call("GET /proxy/echo/x").body, "first");
}

}  // namespace
}  // namespace apiforge::testing_support
