// Requests are held to the OpenAPI document of their Api, when that is enforced.
#include <gmock/gmock.h>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

using testing::HasSubstr;

constexpr std::string_view kDocument =
    R"({"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/orders":{)"
    R"("get":{"parameters":[{"name":"limit","in":"query","schema":{"type":"integer"}}]},)"
    R"("post":{"requestBody":{"required":true,"content":{"application/json":{"schema":)"
    R"({"type":"object","required":["symbol"],"properties":{"symbol":{"type":"string"}}}}}}}}}})";

class ValidationTest : public GatewayTest {
 protected:
  void given_checked_api(const std::string& name, bool enforce) {
    given_api(name, upstream_,
              {.more = std::string("validation: {enforce: ") + (enforce ? "true" : "false") +
                       ", document: " + std::string(kDocument) + "}"});
  }
  static constexpr std::string_view kJson = "Content-Type: application/json\r\n";

  FakeUpstream upstream_{FakeUpstream::echoing()};
};

TEST_F(ValidationTest, WhatTheDocumentAllowsPasses) {
  given_checked_api("api", true);
  call("GET /proxy/api/orders?limit=7&other=x");
  expect_status(200);
  call("POST /proxy/api/orders", kJson, R"({"symbol":"BTC"})");
  expect_status(200);
  EXPECT_EQ(upstream_.last_request().body, R"({"symbol":"BTC"})");
}

TEST_F(ValidationTest, FaultsAreToldWithPointersAndTheUpstreamHearsNothing) {
  given_checked_api("api", true);
  call("GET /proxy/api/orders?limit=many");
  expect_status(400);
  expect_problem("invalid_parameter");
  EXPECT_THAT(last().body, HasSubstr(R"("pointer":"/query/limit")"));
  call("POST /proxy/api/orders", kJson, R"({"symbol":7})");
  expect_status(422);
  expect_problem("invalid_body");
  EXPECT_THAT(last().body, HasSubstr(R"("pointer":"/symbol")"));
  call("POST /proxy/api/orders", kJson);
  expect_status(422);
  call("POST /proxy/api/orders", "Content-Type: text/plain\r\n", "BTC");
  expect_status(415);
  call("DELETE /proxy/api/orders");
  expect_status(405);
  EXPECT_EQ(last().field("Allow"), "GET, POST");
  call("GET /proxy/api/unknown");
  expect_status(404);
  call("POST /api/v1/gateway/call/api", kJson,
       R"({"method":"POST","path":"/orders","body":{"symbol":1}})");
  expect_status(422);
  EXPECT_TRUE(upstream_.requests().empty());
}

TEST_F(ValidationTest, ALargeBodyIsCheckedWhole) {
  given_checked_api("api", true);
  const std::string filler(200'000, 'x');
  call("POST /proxy/api/orders", kJson, R"({"symbol":"A","more":")" + filler + "\"}");
  expect_status(200);
  call("POST /proxy/api/orders", kJson, R"({"symbol":1,"more":")" + filler + "\"}");
  expect_status(422);
}

TEST_F(ValidationTest, WithoutEnforcementEverythingPasses) {
  given_checked_api("api", false);
  call("POST /proxy/api/unknown", kJson, "{");
  expect_status(200);
}

}  // namespace
}  // namespace apiforge::testing_support
