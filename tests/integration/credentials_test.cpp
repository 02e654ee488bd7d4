// Credentials of callers: which ones open an API, and that no upstream ever sees one.
#include "base/rfc3339.hpp"
#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

constexpr const char* kClosed = "GET /proxy/desk/x";
constexpr const char* kPublic = "GET /proxy/open/x";

std::string everything_in(const HttpMessage& message) {
  std::string text = message.start_line + "\n";
  for (const auto* lines : {&message.fields, &message.trailers}) {
    for (const auto& [name, value] : *lines) text.append(name).append(": ").append(value) += '\n';
  }
  return text + message.body;
}

std::string altered(std::string key) {
  key.back() = key.back() == '0' ? '1' : '0';
  return key;
}

class CredentialsTest : public GatewayTest {
 protected:
  CredentialsTest() {
    given_administrator();
    given_api("desk", upstream_, {.is_public = false});
    given_api("open", upstream_);
  }

  const Tokens& administrator() {
    if (tokens_.access.empty()) tokens_ = control().log_in_as_administrator();
    return tokens_;
  }
  const std::string& key() {
    if (key_.empty()) key_ = control().make_key(administrator().access).text;
    return key_;
  }

  /// Whether the last request at the upstream has `secret` in any byte.
  bool upstream_saw(const std::string& secret) const {
    return everything_in(upstream_.last_request()).find(secret) != std::string::npos;
  }
  void expect_refused(std::string_view request, const std::string& fields, int status,
                      std::string_view code) {
    const std::size_t before = upstream_.requests().size();
    call(request, fields);
    EXPECT_EQ(last().status(), status) << fields << last().body;
    if (!code.empty()) expect_problem(code);
    EXPECT_EQ(upstream_.requests().size(), before) << fields;
  }
  void expect_served_without_showing(const std::string& secret, std::string_view request,
                                     const std::string& fields) {
    call(request, fields);
    EXPECT_EQ(last().status(), 200) << fields << last().body;
    EXPECT_FALSE(upstream_saw(secret)) << fields;
  }

  FakeUpstream upstream_{FakeUpstream::echoing()};

 private:
  Tokens tokens_;
  std::string key_;
};

TEST_F(CredentialsTest, WithoutOneAnApiThatIsNotPublicIsClosed) {
  expect_refused(kClosed, {}, 401, "authentication_required");
  EXPECT_TRUE(last().field("WWW-Authenticate").starts_with("Bearer")) << last().start_line;
  call(kPublic);
  expect_status(200);
}

TEST_F(CredentialsTest, OneThatIsNotValidIsToldNothingElse) {
  const std::string unknown = "afk_dev_" + std::string(38, 'A');
  std::string detail;
  for (const std::string& text :
       {altered(key()), unknown, administrator().refresh, altered(administrator().access),
        std::string("a.b.c"), std::string("guess")}) {
    for (const std::string& field : {bearer_field(text), api_key_field(text)}) {
      expect_refused(kClosed, field, 401, "invalid_credential");
      EXPECT_TRUE(last().has("WWW-Authenticate"));
      EXPECT_EQ(last().body.find(text), std::string::npos);
      if (detail.empty()) detail = json_text(last().body, "detail");
      EXPECT_EQ(json_text(last().body, "detail"), detail) << field;
    }
  }
}

TEST_F(CredentialsTest, MalformedOnesAndThoseThatContradictEachOtherAreRefused) {
  const std::string mine = key();
  const std::string other = control().make_key(administrator().access).text;
  for (const std::string& fields :
       {bearer_field(mine) + bearer_field(mine), api_key_field(mine) + api_key_field(mine),
        bearer_field(mine) + bearer_field(other), bearer_field(mine) + api_key_field(other),
        "Authorization: Basic cm9vdDpyb290\r\n" + api_key_field(mine),
        bearer_field(mine) + "Authorization: Basic cm9vdDpyb290\r\n", bearer_field(""),
        std::string("Authorization: Bearer\r\n"), api_key_field(""),
        bearer_field(mine + " " + mine), bearer_field(mine + ", Bearer " + other),
        api_key_field(mine + "," + other), bearer_field("\"" + mine + "\""),
        api_key_field("Bearer " + mine), api_key_field(std::string(10'000, 'a')),
        bearer_field(mine + "\x80")}) {
    expect_refused(kClosed, fields, 400, "contradictory_credentials");
    EXPECT_EQ(last().body.find(mine), std::string::npos) << last().body;
  }
}

TEST_F(CredentialsTest, OtherPlacesAndSchemesOpenNothing) {
  const std::string mine = key();
  for (const std::string& fields :
       {"Authorization: Basic " + mine + "\r\n", "Authorization: " + mine + "\r\n",
        "Authorization: Bearer:" + mine + "\r\n", "Authorization: Digest username=" + mine + "\r\n",
        std::string("Authorization:\r\n"), "Proxy-Authorization: Bearer " + mine + "\r\n",
        "Cookie: x-api-key=" + mine + "\r\n", "X_API_Key: " + mine + "\r\n",
        "X-API-Keys: " + mine + "\r\n", "Api-Key: " + mine + "\r\n",
        "X-Forwarded-Authorization: Bearer " + mine + "\r\n",
        std::string("X-APIForge-User: root-of-all\r\nX-Forwarded-User: root-of-all\r\n")}) {
    expect_refused(kClosed, fields, 401, {});
  }
  for (const std::string name : {"api_key", "key", "access_token", "x-api-key", "Authorization"}) {
    expect_refused("GET /proxy/desk/x?" + name + "=" + mine, {}, 401, "authentication_required");
  }
}

TEST_F(CredentialsTest, BytesThatNoFieldMayHoldAreRefused) {
  const std::string mine = key();
  using std::string_literals::operator""s;
  for (const std::string& fields :
       {api_key_field(mine + "\x01"), api_key_field("\0"s + mine), bearer_field(mine + "\x7f"),
        "X-API-Key : " + mine + "\r\n", "X-API-Key: a\r\n " + mine + "\r\n",
        " X-API-Key: " + mine + "\r\n", "X-API-\0Key: "s + mine + "\r\n"}) {
    expect_refused(kClosed, fields, 400, {});
  }
}

TEST_F(CredentialsTest, HoweverOneIsSpeltTheUpstreamDoesNotSeeIt) {
  const std::string mine = key();
  for (const std::string& fields :
       {bearer_field(mine), api_key_field(mine), bearer_field(mine) + api_key_field(mine),
        "AUTHORIZATION: BEARER " + mine + "\r\n", "authorization:bearer " + mine + "\r\n",
        "aUtHoRiZaTiOn: \t bEaReR \t " + mine + " \t\r\n", "x-api-key:" + mine + "\r\n",
        "X-API-KEY: \t" + mine + "\t \r\n"}) {
    for (const char* request : {kClosed, kPublic}) {
      expect_served_without_showing(mine, request, fields);
    }
  }
  const std::string& token = administrator().access;
  expect_served_without_showing(token, kClosed, bearer_field(token));
  expect_served_without_showing(token, kClosed, api_key_field(token));
}

TEST_F(CredentialsTest, ConnectionDecidesNothingAboutThem) {
  const std::string mine = key();
  for (const std::string connection :
       {"x-api-key", "X-API-Key, close", "authorization", "keep-alive, Authorization, x-api-key",
        "x-api-key, x-api-key, x-api-key", "connection"}) {
    const std::string line = "Connection: " + connection + "\r\n";
    expect_served_without_showing(mine, kClosed, line + api_key_field(mine));
    expect_served_without_showing(mine, kClosed, bearer_field(mine) + line);
    expect_refused(kClosed, line + api_key_field(altered(mine)), 401, "invalid_credential");
  }
}

TEST_F(CredentialsTest, TrailersNeitherOpenAnApiNorCarryOneOn) {
  const std::string mine = key();
  const std::string chunked = "Transfer-Encoding: chunked\r\nTrailer: X-API-Key, Authorization\r\n";
  const std::string body = "1\r\nx\r\n0\r\n" + api_key_field(mine) + bearer_field(mine) + "\r\n";
  RawClient stranger = connect();
  stranger.send(request("POST /proxy/desk/x", chunked) + body);
  EXPECT_EQ(stranger.read_reply().status(), 401);
  RawClient caller = connect();
  caller.send(request("POST /proxy/desk/x", chunked + bearer_field(mine)) + body);
  EXPECT_EQ(caller.read_reply().status(), 200);
  EXPECT_FALSE(upstream_saw(mine)) << everything_in(upstream_.last_request());
}

TEST_F(CredentialsTest, APublicApiPassesOnWhatIsForItsUpstreamAndNothingOfOurs) {
  for (const std::string value :
       {"Bearer theirs", "Basic dGhlaXJzOng=", "Bearer e30.e30.c2ln", "Token token=\"theirs\""}) {
    call(kPublic, "Authorization: " + value + "\r\n");
    expect_status(200);
    EXPECT_EQ(upstream_.last_request().field("Authorization"), value);
  }
  const std::string mine = key();
  expect_served_without_showing(mine, kPublic, bearer_field(mine));
  for (const std::string& fields :
       {bearer_field(altered(mine)), api_key_field(altered(mine)), bearer_field("afk_guess"),
        "Authorization: Basic " + mine + "\r\n", "Authorization: Token token=" + mine + "\r\n",
        bearer_field(administrator().refresh), bearer_field(altered(administrator().access)),
        bearer_field(administrator().access + "="), bearer_field("theirs") + bearer_field(mine)}) {
    const std::size_t before = upstream_.requests().size();
    call(kPublic, fields);
    EXPECT_GE(last().status(), 400) << fields;
    EXPECT_EQ(upstream_.requests().size(), before) << fields;
  }
}

TEST_F(CredentialsTest, TheOneForTheUpstreamTakesItsPlace) {
  given_credential("team", "bearer", "token: theirs-1");
  given_credential("desk", "header", "name: x-api-key, value: theirs-2");
  given_api("openai", upstream_, {.more = "credential: team", .is_public = false});
  given_api("anthropic", upstream_, {.more = "credential: desk", .is_public = false});
  const std::string mine = key();
  expect_served_without_showing(mine, "POST /proxy/openai/v1/chat/completions", bearer_field(mine));
  EXPECT_EQ(upstream_.last_request().field("Authorization"), "Bearer theirs-1");
  expect_served_without_showing(mine, "POST /proxy/anthropic/v1/messages",
                                "x-api-key: " + mine + "\r\nanthropic-version: 2023-06-01\r\n");
  EXPECT_EQ(upstream_.last_request().field("x-api-key"), "theirs-2");
  EXPECT_FALSE(upstream_.last_request().has("Authorization"));
}

TEST_F(CredentialsTest, AWebSocketNeedsOneToo) {
  constexpr std::string_view kUpgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  FakeUpstream sockets([](UpstreamConnection& connection) {
    connection.next_request();
    connection.send(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nwelcome");
    connection.read_to_end();
  });
  given_api("ws", sockets, {.is_public = false});
  const auto answer_to = [&](const std::string& fields) {
    RawClient caller = connect();
    caller.send(request("GET /proxy/ws/x", std::string(kUpgrade) + fields));
    return caller.read_reply_head().status();
  };
  EXPECT_EQ(answer_to({}), 401);
  EXPECT_EQ(answer_to(api_key_field(altered(key()))), 401);
  EXPECT_EQ(sockets.connections(), 0u);
  EXPECT_EQ(answer_to(api_key_field(key())), 101);
  EXPECT_EQ(everything_in(sockets.last_request()).find("afk_"), std::string::npos);
}

TEST_F(CredentialsTest, EachOfPipelinedRequestsIsJudgedByItsOwn) {
  const std::string& token = administrator().access;
  const std::string elsewhere = control().make_key(token, R"("apis":["open"],)").text;
  RawClient caller = connect();
  const std::string mine = key();
  caller.send(request(kClosed, api_key_field(mine)) + request(kClosed) +
              request(kClosed, bearer_field(mine)) + request(kClosed, api_key_field(elsewhere)) +
              request(kClosed, bearer_field(altered(mine))) + request(kPublic) +
              request(kClosed, bearer_field(mine) + api_key_field(elsewhere)) +
              request(kClosed, bearer_field(token)));
  for (const int status : {200, 401, 200, 403, 401, 200, 400, 200}) {
    EXPECT_EQ(caller.read_reply().status(), status);
  }
  for (const HttpMessage& seen : upstream_.requests()) {
    EXPECT_EQ(everything_in(seen).find("afk_"), std::string::npos);
  }
}

TEST_F(CredentialsTest, ARevokedOneIsRefusedAtTheNextRequestOfEveryConnection) {
  given_setting("WORKERS", "2");
  const ApiKey key = control().make_key(administrator().access);
  const std::string asking = request(kClosed, api_key_field(key.text));
  std::vector<RawClient> callers;
  for (int i = 0; i < 16; ++i) {
    callers.push_back(connect());
    callers.back().send(asking);
    EXPECT_EQ(callers.back().read_reply().status(), 200);
  }
  control().revoke_key(administrator().access, key);
  for (RawClient& caller : callers) {
    caller.send(asking);
    EXPECT_EQ(caller.read_reply().status(), 401);
  }
}

TEST_F(CredentialsTest, AnExpiredOneStopsToWork) {
  using std::chrono::system_clock;
  const WallTime expiry = system_clock::now() + milliseconds(1'500);
  const std::string more = "\"expires_at\":\"" + format_rfc3339(expiry) + "\",";
  const std::string text = control().make_key(administrator().access, more).text;
  call(kClosed, api_key_field(text));
  expect_status(200);
  while (last().status() == 200 && system_clock::now() < expiry + kPatience) {
    call(kClosed, api_key_field(text));
  }
  expect_status(401);
  expect_problem("invalid_credential");
  EXPECT_GE(system_clock::now(), expiry - milliseconds(2));
}

}  // namespace
}  // namespace apiforge::testing_support
