#include "admin/control_api.hpp"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "admin/installation_fixture.hpp"

namespace apiforge::admin {
namespace {

namespace json = boost::json;
using net::Method;

std::string field(const ControlReply& reply, std::string_view name) {
  for (const auto& [each, value] : reply.fields) {
    if (each == name) return value;
  }
  return {};
}

class ControlApiTest : public testing::Test {
 protected:
  ControlReply send(const Call& call) {
    ControlReply reply = installation_.send(call);
    EXPECT_EQ(field(reply, "Cache-Control"), "no-store");
    return reply;
  }
  ControlReply get(const std::string& path, const std::string& token) {
    return send({Method::Get, path, {}, token, {}});
  }
  ControlReply post(const std::string& path, const std::string& body, const std::string& token = {},
                    Fields fields = {}) {
    return send({Method::Post, path, body, token, std::move(fields)});
  }
  /// The reply's body, which must have come with this status.
  json::value expect(int status, const ControlReply& reply) {
    EXPECT_EQ(reply.status, status) << reply.body;
    boost::system::error_code error;
    return json::parse(reply.body, error);
  }
  void expect_code(int status, std::string_view code, const ControlReply& reply) {
    const json::value problem = expect(status, reply);
    EXPECT_EQ(reply.content_type, "application/problem+json");
    ASSERT_TRUE(problem.is_object());
    EXPECT_EQ(problem.at("code").as_string(), code) << reply.body;
    EXPECT_EQ(problem.at("request_id").as_string(), "request-1");
  }
  static std::string text(const json::value& value, std::string_view name) {
    return std::string(value.at(name).as_string());
  }

  std::string login(const std::string& username) {
    const auto tokens =
        expect(200, post("/api/v1/auth/login", R"({"username":")" + username + R"(","password":")" +
                                                   Installation::kPassword + "\"}"));
    return text(tokens, "access_token");
  }
  json::value register_user(const std::string& username) {
    return expect(201, post("/api/v1/auth/register",
                            R"({"username":")" + username + R"(","email":")" + username +
                                R"(@example.com","password":")" + Installation::kPassword + "\"}"));
  }
  std::string registered(const std::string& username) {
    register_user(username);
    return login(username);
  }

  Installation installation_;
};

// ------------------------------------------------------------------------------------ whole
// stories

TEST_F(ControlApiTest, takes_a_user_from_registration_to_a_rotated_key) {
  const auto user = register_user("ada");
  EXPECT_EQ(user.at("roles"), json::value(json::array{"owner"}));
  const std::string token = login("ada");
  EXPECT_EQ(text(expect(200, get("/api/v1/auth/profile", token)), "id"), text(user, "id"));

  const ControlReply made = post("/api/v1/auth/api-keys",
                                 R"({"name":"bot","scopes":["gateway:call","auth:manage"],
                                     "apis":["binance"],"expires_at":null})",
                                 token);
  const auto key = expect(201, made);
  const std::string path = "/api/v1/auth/api-keys/" + text(key, "id");
  EXPECT_EQ(field(made, "Location"), path);
  EXPECT_TRUE(text(key, "key").starts_with(text(key, "prefix") + "_"));

  const auto listed = expect(200, get("/api/v1/auth/api-keys", token));
  ASSERT_EQ(listed.at("items").as_array().size(), 1u);
  EXPECT_FALSE(listed.at("items").at(0).as_object().contains("key"));
  EXPECT_TRUE(listed.at("next_cursor").is_null());
  // The new key works at once, and so does the profile of its owner.
  EXPECT_EQ(text(expect(200, get("/api/v1/auth/profile", text(key, "key"))), "id"),
            text(user, "id"));

  const auto rotated = expect(201, post(path + "/rotate", R"({"overlap_ms":0})", token));
  EXPECT_NE(text(rotated, "key"), text(key, "key"));
  expect_code(401, "invalid_credential", get("/api/v1/auth/profile", text(key, "key")));
  EXPECT_EQ(get("/api/v1/auth/profile", text(rotated, "key")).status, 200);

  EXPECT_EQ(send({Method::Delete, path, {}, token, {}}).status, 204);
  expect_code(404, "not_found", get(path, token));
  expect_code(401, "invalid_credential", get("/api/v1/auth/profile", text(rotated, "key")));
}

TEST_F(ControlApiTest, ends_a_session_at_logout) {
  registered("ada");
  const auto pair = expect(200, send({Method::Post,
                                      "/auth/login",
                                      "username=ada&password=correct+horse+battery",
                                      {},
                                      {},
                                      "application/x-www-form-urlencoded"}));
  const std::string refresh = R"({"refresh_token":")" + text(pair, "refresh_token") + "\"}";
  const auto second = expect(200, post("/auth/refresh", refresh));
  EXPECT_EQ(post("/auth/logout", "", text(second, "access_token")).status, 204);
  expect_code(401, "invalid_credential", get("/api/v1/auth/profile", text(second, "access_token")));
}

TEST_F(ControlApiTest, ends_a_session_whose_refresh_token_comes_twice) {
  registered("ada");
  const auto pair =
      expect(200, post("/auth/login", R"({"username":"ada","password":")" +
                                          std::string(Installation::kPassword) + "\"}"));
  const std::string refresh = R"({"refresh_token":")" + text(pair, "refresh_token") + "\"}";
  const auto second = expect(200, post("/auth/refresh", refresh));
  expect_code(401, "invalid_credential", post("/auth/refresh", refresh));
  expect_code(401, "invalid_credential", get("/api/v1/auth/profile", text(second, "access_token")));
}

TEST_F(ControlApiTest, shows_nobody_what_another_tenant_has) {
  const auto ada = register_user("ada");
  const std::string ada_token = login("ada");
  const auto key = expect(201, post("/api/v1/auth/api-keys", R"({"name":"bot"})", ada_token));
  const std::string token = registered("grace");
  for (const char* list : {"users", "api-keys?everyone=true", "sessions?everyone=true", "tenants",
                           "audit", "invitations", "roles"}) {
    const ControlReply reply = get(std::string("/api/v1/auth/") + list, token);
    EXPECT_EQ(reply.status, 200) << list << reply.body;
    EXPECT_EQ(reply.body.find(text(ada, "tenant_id")), std::string::npos) << list << reply.body;
  }
  const std::string user_path = "/api/v1/auth/users/" + text(ada, "id");
  const std::string key_path = "/api/v1/auth/api-keys/" + text(key, "id");
  for (const std::string& path :
       {user_path, key_path, "/api/v1/auth/tenants/" + text(ada, "tenant_id")}) {
    expect_code(404, "not_found", get(path, token));
  }
  expect_code(404, "not_found", send({Method::Delete, user_path, {}, token, {}}));
  expect_code(404, "not_found", send({Method::Delete, key_path, {}, token, {}}));
  expect_code(404, "not_found", post(key_path + "/rotate", "", token));
}

TEST_F(ControlApiTest, lets_an_owner_manage_the_tenant) {
  const std::string token = registered("ada");
  const auto role = expect(
      201, post("/api/v1/auth/roles", R"({"name":"auditor","permissions":["audit:read"]})", token));
  EXPECT_FALSE(role.at("built_in").as_bool());
  const auto user =
      expect(201, post("/api/v1/auth/users",
                       R"({"username":"alan","email":"alan@example.com","roles":["auditor"],
                    "password":"correct horse battery"})",
                       token));
  const std::string alan = login("alan");
  EXPECT_EQ(get("/api/v1/auth/audit?action=user.*&limit=5", alan).status, 200);
  expect_code(403, "forbidden", get("/api/v1/auth/users", alan));
  EXPECT_EQ(send({Method::Patch,
                  "/api/v1/auth/users/" + text(user, "id"),
                  R"({"disabled":true})",
                  token,
                  {},
                  "application/merge-patch+json"})
                .status,
            200);
  expect_code(401, "invalid_credential", get("/api/v1/auth/profile", alan));
  const auto invitation = expect(
      201, post("/api/v1/auth/invitations",
                R"({"email":"eve@example.com","roles":["viewer"],"lifetime_ms":60000})", token));
  EXPECT_FALSE(text(invitation, "token").empty());
  expect_code(403, "forbidden", post("/api/v1/auth/tenants", R"({"name":"x"})", token));
}

TEST_F(ControlApiTest, lets_the_platform_suspend_a_tenant) {
  const auto ada = register_user("ada");
  const std::string token = login("ada");
  const std::string root = login("root");
  const std::string path = "/api/v1/auth/tenants/" + text(ada, "tenant_id");
  EXPECT_EQ(send({Method::Patch, path, R"({"suspended":true})", root, {}}).status, 200);
  expect_code(401, "invalid_credential", get("/api/v1/auth/profile", token));
  EXPECT_EQ(get("/api/v1/auth/audit/verify", root).status, 200);
}

// ------------------------------------------------------------------------------------- every
// request

TEST_F(ControlApiTest, tells_unknown_paths_from_wrong_methods) {
  expect_code(404, "not_found", get("/api/v1/auth/nothing", {}));
  const ControlReply reply = get("/api/v1/auth/login", {});
  expect_code(405, "method_not_allowed", reply);
  EXPECT_EQ(field(reply, "Allow"), "POST");
}

TEST_F(ControlApiTest, wants_a_credential_and_says_how) {
  const ControlReply none = get("/api/v1/auth/profile", {});
  expect_code(401, "authentication_required", none);
  EXPECT_EQ(field(none, "WWW-Authenticate"), R"(Bearer realm="apiforge")");
  const ControlReply bad = get("/api/v1/auth/profile", "nonsense");
  expect_code(401, "invalid_credential", bad);
  EXPECT_EQ(field(bad, "WWW-Authenticate"), R"(Bearer realm="apiforge", error="invalid_token")");
  expect_code(400, "contradictory_credentials",
              send({Method::Get, "/api/v1/auth/profile", {}, "a.b.c", {{"X-API-Key", "other"}}}));
}

TEST_F(ControlApiTest, takes_bodies_of_the_described_types_only) {
  const std::string body = R"({"username":"root","password":"x"})";
  for (const char* type :
       {"", "text/plain", "application/xml", "application/json; charset=latin1"}) {
    expect_code(415, "unsupported_media_type",
                send({Method::Post, "/api/v1/auth/login", body, {}, {}, type}));
  }
  expect_code(415, "unsupported_media_type",
              send({Method::Post, "/api/v1/auth/login", body, {}, {{"Content-Encoding", "gzip"}}}));
  expect_code(401, "invalid_credential",
              send({Method::Post,
                    "/api/v1/auth/login",
                    body,
                    {},
                    {},
                    "Application/JSON ; Charset=\"UTF-8\""}));
}

TEST_F(ControlApiTest, points_to_every_fault_of_a_body) {
  expect_code(400, "malformed_request", post("/api/v1/auth/login", R"({"username":)"));
  expect_code(400, "malformed_request",
              post("/api/v1/auth/login", R"({"username":"a","username":"b","password":"x"})"));
  const ControlReply reply = post("/api/v1/auth/login", R"({"username":1,"pasword":"hunter2"})");
  expect_code(422, "invalid_body", reply);
  EXPECT_EQ(json::serialize(json::parse(reply.body).at("errors")),
            R"([{"pointer":"/username","message":"must be a text"},)"
            R"({"pointer":"/pasword","message":"is not known here; did you mean 'password'?"},)"
            R"({"pointer":"/password","message":"is missing"}])");
  EXPECT_EQ(reply.body.find("hunter2"), std::string::npos);
}

TEST_F(ControlApiTest, refuses_parameters_that_are_not_described) {
  const std::string token = login("root");
  for (const char* query : {"limit=0", "limit=501", "limit=x", "limit=1&limit=2", "limits=1",
                            "cursor=!", "everyone=yes", "limit=%zz", "tenant=a.b"}) {
    expect_code(400, "invalid_parameter",
                get(std::string("/api/v1/auth/api-keys?") + query, token));
  }
  EXPECT_EQ(get("/api/v1/auth/users?limit=500", token).status, 200);
}

TEST_F(ControlApiTest, walks_lists_page_by_page) {
  const std::string token = login("root");
  for (const char* name : {"a", "b", "c"}) {
    expect(201, post("/api/v1/auth/tenants", R"({"name":")" + std::string(name) + "\"}", token));
  }
  std::size_t seen = 0;
  std::string cursor;
  do {
    const auto page = expect(200, get("/api/v1/auth/tenants?limit=2" + cursor, token));
    EXPECT_LE(page.at("items").as_array().size(), 2u);
    seen += page.at("items").as_array().size();
    const bool more = page.at("next_cursor").is_string();
    cursor = more ? "&cursor=" + text(page, "next_cursor") : "";
  } while (!cursor.empty() && seen < 100);
  EXPECT_EQ(seen, 4u);  // and the platform's
}

TEST_F(ControlApiTest, changes_only_the_version_that_was_read) {
  const std::string token = login("root");
  const ControlReply made = post("/api/v1/auth/tenants", R"({"name":"a"})", token);
  const std::string path = field(made, "Location");
  const std::string etag = field(made, "ETag");
  const auto rename = [&](const std::string& name, const std::string& if_match) {
    return send(
        {Method::Patch, path, R"({"name":")" + name + "\"}", token, {{"If-Match", if_match}}});
  };
  const ControlReply renamed = rename("b", etag);
  EXPECT_EQ(renamed.status, 200) << renamed.body;
  EXPECT_NE(field(renamed, "ETag"), etag);
  expect_code(409, "version_conflict", rename("c", etag));
  expect_code(400, "invalid_parameter", rename("c", "W/" + etag));
  EXPECT_EQ(rename("c", "*").status, 200);
  EXPECT_EQ(text(expect(200, get(path, token)), "name"), "c");
}

TEST_F(ControlApiTest, does_a_creating_request_once) {
  const std::string token = registered("ada");
  const Fields key{{"Idempotency-Key", "k-1"}};
  const ControlReply first = post("/api/v1/auth/api-keys", R"({"name":"bot"})", token, key);
  const ControlReply again = post("/api/v1/auth/api-keys", R"({"name":"bot"})", token, key);
  EXPECT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(again.status, 201) << again.body;
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(field(again, "Location"), field(first, "Location"));
  EXPECT_EQ(field(again, "Idempotency-Replayed"), "true");
  expect_code(422, "idempotency_key_reused",
              post("/api/v1/auth/api-keys", R"({"name":"other"})", token, key));
  EXPECT_EQ(expect(200, get("/api/v1/auth/api-keys", token)).at("items").as_array().size(), 1u);
  expect_code(
      400, "invalid_parameter",
      post("/api/v1/auth/api-keys", R"({"name":"bot"})", token, {{"Idempotency-Key", "a b"}}));
}

TEST_F(ControlApiTest, slows_down_who_guesses_passwords) {
  const std::string guess = R"({"username":"root","password":"wrong"})";
  for (int i = 0; i < 5; ++i) {
    expect_code(401, "invalid_credential", post("/api/v1/auth/login", guess));
  }
  const ControlReply refused = post("/api/v1/auth/login", guess);
  expect_code(429, "too_many_attempts", refused);
  EXPECT_GE(std::stoi("0" + field(refused, "Retry-After")), 1);
}

TEST_F(ControlApiTest, is_public_about_itself) {
  EXPECT_EQ(expect(200, get("/openapi.json", {})).at("openapi").as_string(), "3.1.0");
  EXPECT_TRUE(expect(200, get("/.well-known/jwks.json", {})).at("keys").is_array());
  EXPECT_EQ(get("/api/v1/auth/health", {}).status, 200);
}

}  // namespace
}  // namespace apiforge::admin
