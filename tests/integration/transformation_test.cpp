// Requests and replies are changed on their way, as an Api's transformation says.
#include <gmock/gmock.h>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

using testing::HasSubstr;

constexpr std::string_view kJson = "Content-Type: application/json\r\n";

class TransformationTest : public GatewayTest {
 protected:
  /// An upstream that answers everything with these fields and this body.
  void given_reply(std::string body, std::string fields = std::string(kJson)) {
    upstream_ = std::make_unique<FakeUpstream>(FakeUpstream::answering(
        [body = std::move(body), fields = std::move(fields)](const HttpMessage& request) {
          std::string whole = reply(200, body, fields);
          if (request.method() == "HEAD") whole.resize(whole.size() - body.size());
          return whole;
        }));
  }
  /// Operations in YAML's flow style.
  void given_operations(const std::string& request, const std::string& response,
                        const std::string& more = {}) {
    if (!upstream_) upstream_ = std::make_unique<FakeUpstream>(FakeUpstream::echoing());
    given_api("shop", *upstream_,
              {.more = "transform: {request: [" + request + "], response: [" + response +
                       "], max_body_bytes: 65536}" + more});
  }
  HttpMessage seen() const { return upstream_->last_request(); }

  std::unique_ptr<FakeUpstream> upstream_;
};

TEST_F(TransformationTest, TheUpstreamGetsAnotherHeadAndTarget) {
  given_operations(R"-({op: rewrite_path, pattern: "/v1/(.*)", value: "/v2/\\1"}, )-"
                   R"({op: set_query, name: via, value: "{{api.name}} {{client}}"}, )"
                   R"({op: remove_query, name: debug}, )"
                   R"({op: set_header, name: X-Color, value: "{{request.query.color}}"}, )"
                   R"({op: remove_header, name: X-Inner})",
                   "");
  call("GET /proxy/shop/v1/orders?color=dark%20blue&debug=1", "X-Color: forged\r\nX-Inner: 1\r\n");
  expect_status(200);
  EXPECT_EQ(seen().target(), "/v2/orders?color=dark%20blue&via=shop%20127.0.0.1");
  EXPECT_EQ(seen().field("X-Color"), "dark blue");
  EXPECT_FALSE(seen().has("X-Inner"));
  EXPECT_TRUE(seen().has("X-Request-ID"));
}

TEST_F(TransformationTest, TheUpstreamGetsAnotherBodyWithItsLength) {
  given_operations(R"({op: remove_json, pointer: /admin}, )"
                   R"({op: set_json, pointer: /meta/client, json: "{{client}}"})",
                   "");
  call("POST /proxy/shop/orders", kJson, R"({"amount": 1.50, "admin": true})");
  expect_status(200);
  EXPECT_EQ(seen().body, R"({"amount":1.50,"meta":{"client":"127.0.0.1"}})");
  call("POST /proxy/shop/orders", "Content-Type: text/csv\r\n", "a,b");
  expect_status(200);
  EXPECT_EQ(seen().body, "a,b");
}

TEST_F(TransformationTest, ABodyInChunksIsReadWholeBeforeItIsChanged) {
  given_operations(R"({op: remove_json, pointer: /a})", "");
  RawClient client = connect();
  ASSERT_TRUE(
      client.send(request("POST /proxy/shop/x", std::string("Host: gateway.test\r\n")
                                                    .append(kJson)
                                                    .append("Transfer-Encoding: chunked\r\n"))));
  ASSERT_TRUE(client.send("5\r\n{\"a\":\r\n"));
  ASSERT_TRUE(client.send("8\r\n1,\"b\":2}\r\n0\r\n\r\n"));
  EXPECT_EQ(client.read_reply().status(), 200);
  EXPECT_EQ(seen().body, R"({"b":2})");
  EXPECT_EQ(seen().field("Content-Length"), "7");
}

TEST_F(TransformationTest, WhatCannotBeChangedIsRefusedAndTheUpstreamHearsNothing) {
  given_operations(R"({op: remove_json, pointer: /a}, )"
                   R"({op: set_header, name: X-Q, value: "{{request.query.q}}"})",
                   "");
  call("POST /proxy/shop/x", kJson, R"({"a":1,})");
  expect_status(400);
  expect_problem("malformed_request");
  EXPECT_THAT(last().body, HasSubstr("byte 7"));
  call("POST /proxy/shop/x", kJson, "\"" + std::string(70'000, 'x') + "\"");
  expect_status(413);
  call("POST /proxy/shop/x", std::string(kJson) + "Content-Encoding: gzip\r\n", "x");
  expect_status(415);
  call("GET /proxy/shop/x?q=a%0d%0aX-Admin:%201");
  expect_status(400);
  EXPECT_TRUE(upstream_->requests().empty());
}

TEST_F(TransformationTest, TheCallerGetsAnotherReply) {
  given_reply(R"({"data": {"price": 0.10}})",
              std::string(kJson) + "ETag: \"1\"\r\nX-Inner: 1\r\nContent-Digest: x\r\n");
  given_operations("", R"({op: move_json, from: /data, pointer: ""}, )"
                       R"({op: rename_header, name: X-Inner, to: X-Outer}, )"
                       R"({op: set_header, name: X-Status, value: "{{response.status}}"})");
  call("GET /proxy/shop/x", "Accept-Encoding: gzip\r\nRange: bytes=0-3\r\n");
  expect_status(200);
  EXPECT_EQ(last().body, R"({"price": 0.10})");
  EXPECT_EQ(last().field("Content-Length"), "15");
  EXPECT_EQ(last().field("ETag"), "W/\"1\"");
  EXPECT_EQ(last().field("X-Outer"), "1");
  EXPECT_EQ(last().field("X-Status"), "200");
  EXPECT_FALSE(last().has("X-Inner"));
  EXPECT_FALSE(last().has("Content-Digest"));
  EXPECT_EQ(seen().field("Accept-Encoding"), "identity");
  EXPECT_FALSE(seen().has("Range"));
}

TEST_F(TransformationTest, AnEnvelopeHoldsTheChangedReply) {
  given_reply(R"({"data":1})");
  given_operations(R"({op: set_header, name: X-A, value: "1"})",
                   R"({op: move_json, from: /data, pointer: /value})");
  call("POST /api/v1/gateway/call/shop", kJson, R"({"path":"/x"})");
  expect_status(200);
  EXPECT_THAT(last().body, HasSubstr(R"("body":{"value":1})"));
  EXPECT_EQ(seen().field("X-A"), "1");
}

TEST_F(TransformationTest, AReplyToHeadHasNoLengthOfAnotherBody) {
  given_reply(R"({"a":1})");
  given_operations("", R"({op: remove_json, pointer: /a})");
  RawClient client = connect();
  ASSERT_TRUE(client.send(request("HEAD /proxy/shop/x")));
  const HttpMessage head = client.read_reply(MessageKind::ReplyToHead);
  EXPECT_EQ(head.status(), 200);
  EXPECT_NE(head.field("Content-Length"), "7");
}

TEST_F(TransformationTest, AReplyThatCannotBeChangedIsAnErrorOfTheUpstream) {
  given_reply("<html>");
  given_operations("", R"({op: remove_json, pointer: /a})");
  call("GET /proxy/shop/x");
  expect_status(502);
  expect_problem("transform_failed");
}

TEST_F(TransformationTest, ACompressedReplyIsAnErrorOfTheUpstream) {
  given_reply("x", std::string(kJson) + "Content-Encoding: gzip\r\n");
  given_operations("", R"({op: remove_json, pointer: /a})");
  call("GET /proxy/shop/x");
  expect_status(502);
  expect_problem("transform_failed");
}

TEST_F(TransformationTest, AReplyAboveTheBoundIsRefused) {
  given_reply("\"" + std::string(70'000, 'x') + "\"");
  given_operations("", R"({op: remove_json, pointer: /a})");
  call("GET /proxy/shop/x");
  expect_status(502);
  expect_problem("reply_too_large");
}

TEST_F(TransformationTest, AStreamOfEventsPassesEventByEvent) {
  upstream_ = std::make_unique<FakeUpstream>([](UpstreamConnection& connection) {
    if (!connection.next_request()) return;
    connection.send(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        "8\r\ndata: 1\n\r\n");
    connection.read_to_end();
  });
  given_operations("", R"({op: remove_json, pointer: /a}, {op: set_header, name: X-A, value: b})");
  RawClient client = connect();
  ASSERT_TRUE(client.send(request("GET /proxy/shop/x")));
  EXPECT_THAT(client.read_until("data: 1\n"), HasSubstr("X-A: b\r\n"));
}

TEST_F(TransformationTest, AReplyFromTheCacheIsChangedForEachCaller) {
  given_reply("{}", std::string(kJson) + "Cache-Control: max-age=60\r\n");
  given_operations("", R"({op: set_json, pointer: /color, json: "{{request.header.x-color}}"})",
                   ", cache: {scope: shared}");
  call("GET /proxy/shop/x", "X-Color: blue\r\n");
  EXPECT_EQ(last().body, R"({"color":"blue"})");
  call("GET /proxy/shop/x", "X-Color: red\r\n");
  EXPECT_EQ(last().body, R"({"color":"red"})");
  EXPECT_EQ(upstream_->requests().size(), 1u);
}

}  // namespace
}  // namespace apiforge::testing_support
