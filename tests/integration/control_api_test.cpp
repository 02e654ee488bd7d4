// The control API under callers and machines that misbehave: bodies, methods, full disks, crashes
// and two processes on one database.
#include <csignal>

#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

constexpr const char* kLogin = "POST /api/v1/auth/login";
constexpr const char* kNewKey = "POST /api/v1/auth/api-keys";
constexpr const char* kKeyBody = R"({"name":"a bot"})";

class ControlApiTest : public GatewayTest {
 protected:
  ControlApiTest() {
    given_administrator();
    given_api("desk", upstream_, {.is_public = false});
  }

  const std::string& token() {
    if (token_.empty()) token_ = control().log_in_as_administrator().access;
    return token_;
  }
  static std::string login_body() {
    return std::string(R"({"username":")") + kAdminName + R"(","password":")" + kAdminPassword +
           "\"}";
  }
  static int call_with_key(const GatewayProcess& process, const std::string& key) {
    RawClient caller(process.port());
    caller.send(request("GET /proxy/desk/x", api_key_field(key)));
    return caller.read_reply().status();
  }
  static std::string chunked(std::string_view text) {
    std::string chunks;
    for (const char c : text) chunks.append("1\r\n").append(1, c).append("\r\n");
    return chunks + "0\r\n\r\n";
  }

  FakeUpstream upstream_{FakeUpstream::echoing()};

 private:
  std::string token_;
};

constexpr std::string_view kJson = "Content-Type: application/json\r\n";

TEST_F(ControlApiTest, ABodyHasOneMebibyteAtMost) {
  constexpr std::size_t kMost = 1 << 20;
  const std::string fits = login_body() + std::string(kMost - login_body().size(), ' ');
  call(kLogin, kJson, fits);
  expect_status(200);
  call(kLogin, kJson, fits + " ");
  expect_status(413);
  expect_problem("body_too_large");
  RawClient caller = connect();
  caller.send(request(kLogin, std::string(kJson) + "Transfer-Encoding: chunked\r\n") +
              "100001\r\n" + fits + " \r\n0\r\n\r\n");
  EXPECT_EQ(caller.read_reply().status(), 413);
}

TEST_F(ControlApiTest, MethodsAndPathsThatAreNotThereAreNamed) {
  call("GET /api/v1/auth/login");
  expect_status(405);
  EXPECT_EQ(last().field("Allow"), "POST");
  for (const char* method : {"OPTIONS", "TRACE", "PUT", "DELETE", "ODD"}) {
    call(std::string(method) + " /api/v1/auth/api-keys");
    expect_status(405);
    EXPECT_EQ(last().field("Allow"), "GET, HEAD, POST") << method;
  }
  for (const char* path : {"/api/v1/auth", "/api/v1/auth/", "/api/v1/auth/nothing",
                           "/api/v1/auth/api-keys/", "/api/v1/auth/api-keys/a/b/c"}) {
    call("GET " + std::string(path), bearer_field(token()));
    expect_status(404);
    expect_problem("not_found");
  }
}

TEST_F(ControlApiTest, HeadIsGetWithoutItsBody) {
  for (const char* path : {"/openapi.json", "/api/v1/auth/health", "/api/v1/auth/api-keys"}) {
    const std::string fields = bearer_field(token());
    const std::string length = call("GET " + std::string(path), fields).field("Content-Length");
    call("HEAD " + std::string(path), fields);
    expect_status(200);
    EXPECT_EQ(last().body, "");
    if (std::string_view(path) != "/api/v1/auth/health") {
      EXPECT_EQ(last().field("Content-Length"), length);
    }
  }
}

TEST_F(ControlApiTest, BodiesComeInAnyFraming) {
  RawClient caller = connect();
  caller.send(request(kLogin, std::string(kJson) + "Transfer-Encoding: chunked\r\n") +
              chunked(login_body()));
  EXPECT_EQ(caller.read_reply().status(), 200);
  const std::string length = "Content-Length: " + std::to_string(login_body().size()) + "\r\n";
  caller.send(request(kLogin, std::string(kJson) + length + "Expect: 100-continue\r\n"));
  EXPECT_EQ(caller.read_reply_head().status(), 100);
  caller.send(login_body());
  EXPECT_EQ(caller.read_reply().status(), 200);
}

TEST_F(ControlApiTest, PipelinedRequestsAreAnsweredInTheirOrder) {
  RawClient caller = connect();
  const std::string mine = bearer_field(token());
  caller.send(request(kNewKey, mine + std::string(kJson), kKeyBody) +
              request("GET /api/v1/auth/profile") + request("GET /proxy/desk/x", mine) +
              request("GET /api/v1/auth/nothing", mine) + request("GET /health") +
              request(kLogin, kJson, login_body()));
  for (const int status : {201, 401, 200, 404, 200, 200}) {
    EXPECT_EQ(caller.read_reply().status(), status);
  }
}

TEST_F(ControlApiTest, CallersThatGoAwayLeaveNothingBehind) {
  const std::string asking = request(kNewKey, bearer_field(token()) + std::string(kJson), kKeyBody);
  for (std::size_t i = 0; i < 60; ++i) {
    RawClient caller = connect();
    caller.send(asking.substr(0, asking.size() - i % 2));
    if (i % 3 == 0) caller.stream().reset();
  }
  EXPECT_NE(control().make_key(token()).text, "");
  EXPECT_EQ(gateway().stop(), 0);  // a debug build would tell of what was leaked
}

// The signal of a file that may not grow would end the process.
TEST_F(ControlApiTest, AFullDiskEndsChangesAndNothingElse) {
  const std::string key = control().make_key(token()).text;
  gateway().limit_files(gateway().log().size() + 16'384);
  HttpMessage refused;
  for (int i = 0; i < 200 && refused.status() != 503; ++i) {
    refused = control().ask(kNewKey, token(), kKeyBody);
  }
  EXPECT_EQ(refused.status(), 503) << refused.body;
  EXPECT_NE(refused.body.find("\"code\":\"storage_unavailable\""), std::string::npos)
      << refused.body;
  EXPECT_EQ(refused.body.find(folder().path()), std::string::npos) << refused.body;
  EXPECT_TRUE(refused.has("Retry-After"));
  EXPECT_TRUE(gateway().log_comes_to_have("storage_unavailable")) << gateway().log();
  EXPECT_EQ(call_with_key(gateway(), key), 200);
  EXPECT_EQ(control().ask("GET /api/v1/auth/api-keys", token()).status(), 200);

  gateway().limit_files(std::nullopt);
  const std::string later = control().make_key(token()).text;
  EXPECT_EQ(call_with_key(gateway(), later), 200);
  EXPECT_EQ(gateway().stop(), 0);
}

TEST_F(ControlApiTest, WhatWasAcknowledgedOutlivesACrash) {
  const ApiKey gone = control().make_key(token());
  const std::string kept = control().make_key(token()).text;
  control().revoke_key(token(), gone);
  gateway().kill();
  restarted_gateway();
  EXPECT_EQ(call_with_key(gateway(), kept), 200);
  EXPECT_EQ(call_with_key(gateway(), gone.text), 401);
  EXPECT_EQ(control().ask("GET /api/v1/auth/profile", token()).status(), 200);
}

TEST_F(ControlApiTest, OneOfTwoProcessesWritesAndBothServe) {
  const std::string key = control().make_key(token()).text;
  const GatewayProcess next(folder(), configuration(), settings());
  const ControlClient control_of_next(next.port());
  EXPECT_EQ(call_with_key(gateway(), key), 200);
  EXPECT_EQ(call_with_key(next, key), 200);
  EXPECT_EQ(control_of_next.ask("GET /api/v1/auth/profile", token()).status(), 200);
  const HttpMessage refused = control_of_next.ask(kNewKey, token(), kKeyBody);
  EXPECT_EQ(refused.status(), 503);
  EXPECT_NE(refused.body.find("another apiforge process"), std::string::npos) << refused.body;

  const std::string latest = control().make_key(token()).text;
  const std::string access = token();
  int status = 401;  // until the change has come, at most two seconds
  const auto deadline = TestClock::now() + kPatience;
  while (status != 200 && TestClock::now() < deadline) status = call_with_key(next, latest);
  EXPECT_EQ(status, 200);
  EXPECT_EQ(gateway().stop(), 0);
  EXPECT_EQ(call_with_key(next, control_of_next.make_key(access).text), 200);
}

}  // namespace
}  // namespace apiforge::testing_support
