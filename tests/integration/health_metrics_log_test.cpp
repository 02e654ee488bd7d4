// What operators see: health, metrics and the log.
#include <csignal>
#include <filesystem>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

class OperatorViewTest : public GatewayTest {
 protected:
  /// The first log line of a call with `mark` in it.
  std::string call_line(const std::string& mark) {
    EXPECT_TRUE(gateway().log_comes_to_have(mark)) << gateway().log();
    const std::string log = gateway().log();
    const auto at = log.find(mark);
    if (at == std::string::npos) return {};
    const auto begin = log.rfind('\n', at) + 1;
    return log.substr(begin, log.find('\n', at) - begin);
  }

  static std::size_t series_of(const std::string& page) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < page.size(); at = page.find('\n', at) + 1) {
      count += page[at] != '#';
    }
    return count;
  }
};

TEST_F(OperatorViewTest, HealthAnswersInThreeForms) {
  call("GET /health");
  expect_status(200);
  for (const std::string part :
       {"status", "configuration", "database", "redis", "zmq", "upstreams", "disk"}) {
    EXPECT_NE(last().body.find('"' + part + "\":"), std::string::npos) << last().body;
  }
  EXPECT_TRUE(last().body.starts_with("{\"status\":\"ok\"")) << last().body;
  call("GET /health/live");
  expect_status(200);
  call("GET /health/ready");
  expect_status(200);
  call("POST /health", {}, "x");
  expect_status(405);
  EXPECT_EQ(last().field("Allow"), "GET, HEAD");
}

TEST_F(OperatorViewTest, MetricsCountCalls) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  for (int i = 0; i < 7; ++i) call("GET /proxy/echo/x");
  const std::string page = call("GET /metrics").body;
  EXPECT_NE(page.find("apiforge_requests_total{api=\"echo\",version=\"v1\",method=\"GET\","
                      "code_class=\"2xx\"} 7"),
            std::string::npos)
      << page;
}

TEST_F(OperatorViewTest, SeriesDoNotGrowWithTraffic) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  const auto traffic = [&](int from) {
    for (int i = from; i < from + 50; ++i) {
      const std::string any = std::to_string(i);
      call("GET /proxy/echo/" + any + "?q=" + any, "X-Request-ID: id-" + any + "\r\n");
      call("GET /nowhere/" + any);
      call("ODD" + any + " /proxy/echo/x");
    }
  };
  traffic(0);
  const std::size_t before = series_of(call("GET /metrics").body);
  traffic(1'000);
  EXPECT_EQ(series_of(call("GET /metrics").body), before);
}

TEST_F(OperatorViewTest, EachCallHasALineWithItsFields) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  call("GET /proxy/echo/some/path?secret=1", "X-Request-ID: line-1\r\n");
  const std::string line = call_line("request_id=line-1");
  for (const std::string part :
       {" INFO API_CALL echo status=200 method=GET path=/proxy/echo/some/path latency_ms=",
        " tenant=", " key=", " attempts=1 ", " client=127.0.0.1"}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
  }
  EXPECT_NE(line.find("endpoint=" + upstream.url()), std::string::npos) << line;
  EXPECT_EQ(line.find("secret"), std::string::npos) << line;
}

// Probes every few seconds filled the log with lines of no Api.
TEST_F(OperatorViewTest, AnsweredProbesAndScrapesHaveNoLine) {
  for (const std::string path : {"/health", "/health/live", "/health/ready", "/metrics"}) {
    call("GET " + path, "X-Request-ID: probe\r\n");
    expect_status(200);
  }
  call("POST /health", "X-Request-ID: wrong-1\r\n", "x");
  call("GET /nowhere", "X-Request-ID: lost-1\r\n");
  EXPECT_NE(call_line("request_id=wrong-1").find("API_CALL - status=405 "), std::string::npos);
  EXPECT_NE(call_line("request_id=lost-1").find("API_CALL - status=404 "), std::string::npos);
  EXPECT_EQ(gateway().log().find("request_id=probe"), std::string::npos);
}

// What was read of the control API had no line, and what was refused of it neither.
TEST_F(OperatorViewTest, CallsOfTheControlApiHaveALine) {
  call("GET /openapi.json", "X-Request-ID: read-1\r\n");
  call("GET /api/v1/auth/users", "X-Request-ID: refused-1\r\n");
  call("GET /api/v1/auth/nothing", "X-Request-ID: nothing-1\r\n");
  EXPECT_NE(call_line("request_id=read-1").find("API_CALL - status=200 "), std::string::npos);
  EXPECT_NE(call_line("request_id=refused-1").find("API_CALL - status=401 "), std::string::npos);
  EXPECT_NE(call_line("request_id=nothing-1").find("API_CALL - status=404 "), std::string::npos);
}

// A head that could not be read was answered with `X-Request-ID: -`, which is in no line of the
// log.
TEST_F(OperatorViewTest, WhatIsNoRequestHasAnIdToo) {
  call("GET /health", "Authorization: Bearer one\r\nAuthorization: Bearer two\r\n");
  expect_status(400);
  const std::string id = last().field("X-Request-ID");
  EXPECT_EQ(id.size(), 32U) << id;
  EXPECT_NE(call_line("request_id=" + id).find("API_CALL - status=400 "), std::string::npos);
}

TEST_F(OperatorViewTest, CallsThatFailHaveAnErrorLine) {
  FakeUpstream upstream([](UpstreamConnection& connection) { connection.next_request(); });
  given_api("echo", upstream);
  call("POST /proxy/echo/x", "X-Request-ID: broken-1\r\n", "order");
  expect_status(502);
  const std::string line = call_line("request_id=broken-1");
  EXPECT_NE(line.find(" ERROR API_CALL echo status=502 "), std::string::npos) << line;
  EXPECT_NE(line.find("error=upstream_broke source=upstream"), std::string::npos) << line;
}

TEST_F(OperatorViewTest, SlowCallsAreMarked) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    std::string nothing;
    connection.stream().receive(nothing, milliseconds(80));
    connection.send(reply(200, "late"));
  });
  given_api("echo", upstream, {.more = "slow_threshold_ms: 50"});
  call("GET /proxy/echo/x", "X-Request-ID: late-1\r\n");
  EXPECT_NE(call_line("request_id=late-1").find("slow"), std::string::npos);
}

TEST_F(OperatorViewTest, ALineCannotBeForgedThroughAPath) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  call("GET /proxy/echo/x%0aAPI_CALL%20forged%20status=200", "X-Request-ID: forged-1\r\n");
  const std::string line = call_line("request_id=forged-1");
  EXPECT_EQ(gateway().log().find("API_CALL forged"), std::string::npos) << line;
}

TEST_F(OperatorViewTest, AHangupOpensTheLogAnew) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("echo", upstream);
  call("GET /proxy/echo/x", "X-Request-ID: before\r\n");
  call_line("request_id=before");
  std::filesystem::rename(folder().file("gateway.log"), folder().file("gateway.log.1"));
  gateway().signal(SIGHUP);
  EXPECT_TRUE(gateway().log_comes_to_have("configuration reloaded"));
  call("GET /proxy/echo/x", "X-Request-ID: after\r\n");
  EXPECT_FALSE(call_line("request_id=after").empty());
  EXPECT_EQ(gateway().log().find("request_id=before"), std::string::npos);
}

TEST_F(OperatorViewTest, AnEndInOrderFinishesTheCallsUnderWay) {
  FakeUpstream upstream([](UpstreamConnection& connection) {
    connection.next_request();
    std::string nothing;
    connection.stream().receive(nothing, milliseconds(300));
    connection.send(reply(200, "finished"));
  });
  given_api("echo", upstream);
  given_setting("DRAIN_TIMEOUT_MS", "5000");
  RawClient caller = connect();
  caller.send(request("GET /proxy/echo/x"));
  ASSERT_TRUE(upstream.wait_for_requests(1));
  gateway().signal(SIGTERM);
  const HttpMessage finished = caller.read_reply();
  EXPECT_EQ(finished.body, "finished");
  EXPECT_EQ(finished.field("Connection"), "close");
  EXPECT_EQ(gateway().stop(), 0);
}

}  // namespace
}  // namespace apiforge::testing_support
