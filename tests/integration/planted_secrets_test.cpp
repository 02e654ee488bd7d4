// Recognisable secrets everywhere, and a search for them in all that the gateway shows or keeps.
#include <csignal>
#include <filesystem>

#include "base/encoding.hpp"
#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

constexpr const char* kMasterKey =
    "5f6d61737465725f6b65795f6f665f7468655f76617ac375dd98e8117fd0a001";
constexpr const char* kTokenKey = "planted-token-key-of-thirty-two-bytes-or-more";

/// A secret in the forms in which it could be written down.
std::vector<std::string> forms_of(const std::string& secret) {
  const ByteView bytes = bytes_of(secret);
  // Base64 without what depends on the end, as it has no padding in URLs.
  std::string coded = base64(bytes.first(bytes.size() / 3 * 3));
  return {secret, hex(bytes), std::move(coded), percent_encode(secret)};
}

class PlantedSecretsTest : public GatewayTest, public testing::WithParamInterface<const char*> {
 protected:
  PlantedSecretsTest() {
    given_setting("LOG_FORMAT", GetParam());
    given_setting("LOG_LEVEL", "DEBUG");
    given_setting("DEBUG", "true");  // the log goes to stdout as well
    given_administrator();
    planted_ = {kAdminPassword};
    given_secret_setting("MASTER_KEY", kMasterKey);
    given_secret_setting("JWT_SECRET_KEY", kTokenKey);
    given_secret_setting("JWT_PREVIOUS_SECRET_KEY", "planted-token-key-before-that-one-of-old");
    given_upstream_secret("team", "bearer", "token", "planted-bearer-token");
    given_upstream_secret("desk", "header", "name: X-Desk, value", "planted-header-value");
    given_upstream_secret("pair", "basic", "username: u, password", "planted-basic-password");
    given_upstream_secret("query", "query_key", "name: key, value", "planted-query-value");
    given_upstream_secret("orders", "hmac", "key: k, secret", "planted-hmac-secret");
    given_api("orders", dead_, {.more = "credential: orders, connector: binance, kind: exchange"});
  }

  void given_secret_setting(const std::string& name, const std::string& value) {
    given_setting(name, value);
    planted_.push_back(value);
  }
  /// A credential of each kind, with an API that answers and one whose upstream breaks.
  void given_upstream_secret(const std::string& name, const std::string& kind,
                             const std::string& members, const std::string& value) {
    given_secret_setting("PLANTED_" + name, value);
    given_credential(name, kind, members + ": \"${env:PLANTED_" + name + "}\"");
    if (kind == "hmac") return;
    const std::string more = "credential: " + name;
    given_api(name, upstream_, {.more = more, .is_public = false});
    given_api("broken-" + name, dead_, {.more = more, .is_public = false});
  }
  void plant(const std::string& secret) {
    ASSERT_GT(secret.size(), 8u);
    planted_.push_back(secret);
  }

  void expect_clean(const std::string& text, const std::string& where) const {
    for (const std::string& secret : planted_) {
      for (const std::string& form : forms_of(secret)) {
        const auto at = text.find(form);
        EXPECT_EQ(at, std::string::npos)
            << where << " has " << form << ": " << text.substr(at < 200 ? 0 : at - 200, 400);
      }
    }
  }
  /// A control request whose reply must hold no secret, whatever it is.
  HttpMessage ask(std::string_view request, std::string_view token = {}, std::string_view body = {},
                  std::string_view fields = {}) {
    HttpMessage reply = control().ask(request, token, body, fields);
    EXPECT_NE(reply.status(), 0) << request;
    std::string text = reply.start_line + "\n" + reply.body;
    for (const auto& [name, value] : reply.fields) text += "\n" + name + ": " + value;
    expect_clean(text, std::string(request) + " " + std::string(body));
    return reply;
  }

  void log_in_and_fail();
  void make_and_use_keys();
  void let_accounts_be_made();
  void look_everywhere();
  void reload_with_faults();

  FakeUpstream upstream_{
      FakeUpstream::answering([](const HttpMessage&) { return reply(200, "served"); })};
  FakeUpstream dead_{[](UpstreamConnection& connection) { connection.next_request(); }};
  std::vector<std::string> planted_;
  Tokens administrator_;
};

void PlantedSecretsTest::log_in_and_fail() {
  administrator_ = control().log_in_as_administrator();
  plant(administrator_.access);
  plant(administrator_.refresh);
  const std::string password = kAdminPassword;
  const std::string wrong = "planted wrong password";
  plant(wrong);
  const auto login = [&](const std::string& body) { ask("POST /api/v1/auth/login", {}, body); };
  login(R"({"username":"root-of-all","password":")" + wrong + "\"}");
  login(R"({"username":")" + password + R"(","password":")" + wrong + "\"}");
  login(R"({"username":"root-of-all","password":")" + password + R"(")");
  login(R"({"username":"root-of-all","pass":")" + password + "\"}");
  login(R"({"username":7,"password":[")" + password + "\"]}");
  login("\"" + password + "\"");
  login(R"({"username":"root-of-all","password":")" + password + "\\q\"}");
  ask("POST /api/v1/auth/login?password=" + percent_encode(password), {}, "{}");
  ask("POST /api/v1/auth/refresh", {}, R"({"refresh_token":")" + administrator_.access + "\"}");
  ask("POST /api/v1/auth/refresh", {}, R"({"token":")" + administrator_.refresh + "\"}");
  ask("GET /api/v1/auth/profile", administrator_.refresh);
  ask("GET /api/v1/auth/profile", administrator_.access + "x");
  ask("GET /api/v1/auth/profile?access_token=" + administrator_.access);
  ask("GET /api/v1/auth/api-keys?cursor=" + administrator_.refresh, administrator_.access);
}

void PlantedSecretsTest::make_and_use_keys() {
  const std::string fields = "Idempotency-Key: planted-once\r\n";
  const std::string make = "POST /api/v1/auth/api-keys";
  const std::string body = R"({"name":"a bot"})";
  const auto made = control().ask(make, administrator_.access, body, fields);
  const std::string key = json_text(made.body, "key");
  const std::string id = json_text(made.body, "id");
  const auto again = control().ask(make, administrator_.access, body, fields);
  EXPECT_EQ(again.body, made.body);
  plant(key);
  ask(make, administrator_.access, R"({"name":"another"})", fields);
  ask("GET /api/v1/auth/api-keys", administrator_.access);
  ask("GET /api/v1/auth/api-keys/" + id, administrator_.access);
  ask(make, administrator_.access, R"({"name":"a","key":")" + key + "\"}");
  ask(make, key, R"({"name":"a","scopes":["auth:manage"]})");
  const auto rotated =
      control().ask("POST /api/v1/auth/api-keys/" + id + "/rotate", administrator_.access, "{}");
  plant(json_text(rotated.body, "key"));
  for (const std::string name : {"team", "desk", "pair", "query"}) {
    for (const std::string& api : {name, "broken-" + name}) {
      const std::string call = "GET /proxy/" + api + "/x";
      const int status = api == name ? 200 : 502;
      EXPECT_EQ(ask(call, key).status(), status) << api;
      EXPECT_EQ(ask(call + "?mine=" + key, administrator_.access).status(), status) << api;
      EXPECT_EQ(ask(call, {}, {}, api_key_field(key)).status(), status) << api;
      EXPECT_EQ(ask(call, key + "0").status(), 401) << api;
    }
  }
  EXPECT_EQ(ask("POST /proxy/orders/api/v3/order?symbol=BTCUSDT").status(), 502);
  ask("DELETE /api/v1/auth/api-keys/" + id, administrator_.access);
}

void PlantedSecretsTest::let_accounts_be_made() {
  const std::string password = "planted mule of a new user";
  const std::string next = "planted horse of a new user";
  plant(password);
  plant(next);
  const std::string account = R"({"username":"ada","email":"ada@example.com","password":")";
  ask("POST /api/v1/auth/register", {}, account + password + "\"}");
  ask("POST /api/v1/auth/register", {}, account + password + "\"}");
  ask("POST /api/v1/auth/register", {}, account + password + R"(","extra":1})");
  const Tokens ada = control().log_in("ada", password);
  plant(ada.access);
  plant(ada.refresh);
  ask("POST /api/v1/auth/password", ada.access,
      R"({"current_password":")" + next + R"(","new_password":")" + password + "\"}");
  ask("POST /api/v1/auth/password", ada.access,
      R"({"current_password":")" + password + R"(","new_password":")" + next + "\"}");
  const std::string access = control().log_in("ada", next).access;
  plant(access);
  const auto invitation = control().ask("POST /api/v1/auth/invitations", access,
                                        R"({"email":"b@example.com","roles":["viewer"]})");
  EXPECT_EQ(invitation.status(), 201) << invitation.body;
  plant(json_text(invitation.body, "token"));
  ask("GET /api/v1/auth/invitations", access);
  ask("GET /api/v1/auth/users", administrator_.access);
  ask("POST /api/v1/auth/users", administrator_.access, account + password + "\"}");
  const auto refreshed = control().ask("POST /api/v1/auth/refresh", {},
                                       R"({"refresh_token":")" + administrator_.refresh + "\"}");
  plant(json_text(refreshed.body, "access_token"));
  plant(json_text(refreshed.body, "refresh_token"));
  ask("POST /api/v1/auth/refresh", {}, R"({"refresh_token":")" + administrator_.refresh + "\"}");
  administrator_ = control().log_in_as_administrator();
}

// A fault beside each secret, so that its message could quote its surroundings.
void PlantedSecretsTest::reload_with_faults() {
  const auto reload = [&](const std::string& text) {
    const std::size_t before = gateway().log().size();
    folder().write("apiforge.yaml", text);
    gateway().signal(SIGHUP);
    const auto come = [&] { return gateway().log().substr(before); };
    const auto deadline = TestClock::now() + kPatience;
    while (come().find("configuration") == std::string::npos && TestClock::now() < deadline) {
    }
    EXPECT_NE(come().find("configuration is not valid"), std::string::npos) << come();
  };
  reload(configuration() + "  - {name: \"${env:PLANTED_team}\", kind: nothing}\n");
  reload(
      "version: 1\ncredentials:\n  - {name: a, kind: bearer, fields: {token: "
      "\"${env:PLANTED_team}\\n\", nothing: \"${env:PLANTED_desk}\"}}\napis:\n  - {name: a, "
      "credential: a, upstream: {endpoints: [{url: \"${env:PLANTED_pair}\"}]}}\n");
  reload("version: 1\nsettings: {jwt_secret_key: [\"${env:PLANTED_query}\"]}\napis: ]\n");
  folder().write("apiforge.yaml", configuration());
}

void PlantedSecretsTest::look_everywhere() {
  for (const char* path :
       {"/api/v1/auth/audit?limit=100", "/api/v1/auth/audit/verify", "/api/v1/auth/sessions",
        "/api/v1/auth/profile", "/api/v1/auth/tenants", "/api/v1/auth/roles", "/metrics", "/health",
        "/health/ready", "/api/v1/auth/health", "/openapi.json", "/.well-known/jwks.json"}) {
    EXPECT_EQ(ask("GET " + std::string(path), administrator_.access).status(), 200) << path;
  }
  expect_clean(output_of("check --show", folder(), settings()), "apiforge check");
  expect_clean(gateway().log(), "the log");
  for (const bool stopped : {false, true}) {
    if (stopped) {
      EXPECT_EQ(gateway().stop(), 0);
    }
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder().path())) {
      if (!file.is_regular_file()) continue;
      expect_clean(folder().read(std::filesystem::relative(file, folder().path()).string()),
                   file.path().filename().string());
    }
  }
}

TEST_P(PlantedSecretsTest, AreNowhereToBeFound) {
  log_in_and_fail();
  make_and_use_keys();
  let_accounts_be_made();
  reload_with_faults();
  look_everywhere();
  for (const char* name : {"data/apiforge.db", "data/audit-checkpoints.log", "gateway.out"}) {
    EXPECT_FALSE(folder().read(name).empty()) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(InEachFormatOfTheLog, PlantedSecretsTest, testing::Values("text", "json"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace apiforge::testing_support
