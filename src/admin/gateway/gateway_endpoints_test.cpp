#include <gmock/gmock.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "admin/installation_fixture.hpp"

namespace apiforge::admin {
namespace {

namespace json = boost::json;
using net::Method;
using testing::HasSubstr;

constexpr const char* kApis = "/api/v1/gateway/apis";
constexpr const char* kCredentials = "/api/v1/gateway/credentials";

class GatewayEndpointsTest : public testing::Test {
 protected:
  GatewayEndpointsTest() { token_ = login("root"); }

  static std::string api(const std::string& name, const std::string& members = "") {
    return R"({"name":")" + name +
           R"(","upstream":{"endpoints":[{"url":"https://api.example.com"}]})" +
           (members.empty() ? "" : "," + members) + "}";
  }
  ControlReply send(Method method, const std::string& path, const std::string& body = {},
                    Fields fields = {}) {
    return installation_.send({method, path, body, token_, std::move(fields)});
  }
  json::value expect(int status, const ControlReply& reply) {
    EXPECT_EQ(reply.status, status) << reply.body;
    boost::system::error_code error;
    return json::parse(reply.body, error);
  }
  void expect_code(int status, std::string_view code, const ControlReply& reply) {
    const auto problem = expect(status, reply);
    ASSERT_TRUE(problem.is_object());
    EXPECT_EQ(problem.at("code").as_string(), code) << reply.body;
  }
  json::value create(const std::string& name, const std::string& members = "") {
    return expect(201, send(Method::Post, kApis, api(name, members)));
  }
  static std::string field(const ControlReply& reply, std::string_view name) {
    for (const auto& [each, value] : reply.fields) {
      if (each == name) return value;
    }
    return {};
  }
  std::vector<std::string> names(const std::string& query) {
    std::vector<std::string> result;
    const auto list = expect(200, send(Method::Get, kApis + query));
    for (const json::value& item : list.at("items").as_array()) {
      result.emplace_back(item.at("name").as_string());
    }
    return result;
  }
  std::string login(const std::string& username) {
    const auto tokens =
        expect(200, installation_.send({Method::Post, "/api/v1/auth/login",
                                        R"({"username":")" + username + R"(","password":")" +
                                            Installation::kPassword + "\"}"}));
    return std::string(tokens.at("access_token").as_string());
  }
  void be_owner_of_another_tenant() {
    expect(201, installation_.send({Method::Post, "/api/v1/auth/register",
                                    R"({"username":"ada","email":"ada@example.com","password":")" +
                                        std::string(Installation::kPassword) + "\"}"}));
    token_ = login("ada");
  }

  Installation installation_;
  std::string token_;
};

TEST_F(GatewayEndpointsTest, take_an_api_from_creation_to_removal) {
  const auto made =
      send(Method::Post, kApis, api("binance", R"("version":"v3","kind":"exchange")"));
  const auto created = expect(201, made);
  EXPECT_EQ(field(made, "Location"), "/api/v1/gateway/apis/binance?version=v3");
  EXPECT_EQ(created.at("source"), "store");
  EXPECT_EQ(created.at("tenant_id"), "platform");
  EXPECT_TRUE(created.at("cache").is_null());
  EXPECT_EQ(created.at("upstream").at("endpoints").at(0).at("weight").to_number<int>(), 1);

  const auto read = send(Method::Get, "/api/v1/gateway/apis/binance");
  EXPECT_EQ(expect(200, read), created);
  EXPECT_EQ(field(read, "ETag"), field(made, "ETag"));
  expect_code(409, "already_exists",
              send(Method::Post, kApis, api("binance", R"("version":"v3")")));

  const std::string place = field(made, "Location");
  const auto replaced = send(Method::Put, place, api("binance", R"("version":"v3")"),
                             {{"If-Match", field(made, "ETag")}});
  EXPECT_EQ(expect(200, replaced).at("kind"), "http");
  expect_code(409, "version_conflict",
              send(Method::Delete, place, {}, {{"If-Match", field(made, "ETag")}}));
  expect(204, send(Method::Delete, place));
  expect_code(404, "not_found", send(Method::Get, place));
}

TEST_F(GatewayEndpointsTest, tell_each_fault_of_an_api_with_its_place) {
  const auto form = expect(422, send(Method::Post, kApis, api("a", R"("tmieout":1,"enabled":1)")));
  EXPECT_EQ(form.at("code"), "invalid_body");
  EXPECT_EQ(form.at("errors").at(0).at("pointer"), "/tmieout");
  EXPECT_EQ(form.at("errors").at(1).at("pointer"), "/enabled");

  const auto values = expect(422, send(Method::Post, kApis, api("a", R"("connector":"binnace")")));
  EXPECT_EQ(values.at("errors").at(0).at("pointer"), "/connector");
}

TEST_F(GatewayEndpointsTest, patch_what_the_patch_names_and_nothing_else) {
  create("fmp", R"("description":"prices","cache":{"default_ttl_ms":1000})");
  const std::string place = "/api/v1/gateway/apis/fmp";
  const auto patched = expect(
      200, send(Method::Patch, place, R"({"description":null,"upstream":{"timeout_ms":5000}})"));
  EXPECT_EQ(patched.at("description"), "");
  EXPECT_EQ(patched.at("upstream").at("timeout_ms").to_number<int>(), 5000);
  EXPECT_EQ(patched.at("upstream").at("endpoints").at(0).at("url"), "https://api.example.com");
  EXPECT_EQ(patched.at("cache").at("default_ttl_ms").to_number<int>(), 1000);

  const auto fault = expect(422, send(Method::Patch, place, R"({"upstream":{"retry":{"on":7}}})"));
  EXPECT_EQ(fault.at("errors").at(0).at("pointer"), "/upstream/retry/on");
  expect_code(422, "invalid_body", send(Method::Patch, place, R"({"unknown":1})"));
  expect_code(422, "invalid_body", send(Method::Patch, place, R"({"name":"other"})"));
  expect_code(409, "version_conflict",
              send(Method::Patch, place, R"({"enabled":false})", {{"If-Match", "\"1\""}}));
}

TEST_F(GatewayEndpointsTest, list_page_by_page_and_by_filter) {
  create("a", R"("kind":"llm")");
  create("b", R"("description":"Weather and more")");
  create("c", R"("enabled":false)");
  EXPECT_THAT(names(""), testing::ElementsAre("a", "b", "c"));
  EXPECT_THAT(names("?kind=llm"), testing::ElementsAre("a"));
  EXPECT_THAT(names("?q=weather"), testing::ElementsAre("b"));
  EXPECT_THAT(names("?enabled=false"), testing::ElementsAre("c"));
  const auto page = expect(200, send(Method::Get, std::string(kApis) + "?limit=2"));
  const std::string cursor(page.at("next_cursor").as_string());
  EXPECT_THAT(names("?limit=2&cursor=" + cursor), testing::ElementsAre("c"));
  expect_code(400, "invalid_parameter", send(Method::Get, std::string(kApis) + "?kind=soap"));
}

TEST_F(GatewayEndpointsTest, list_the_routes_of_all_apis_page_by_page) {
  create("a", R"("routes":[{"path":"/one"},{"path":"/two","methods":["GET"]}])");
  create("b");
  std::vector<std::string> paths;
  std::string query = "?limit=1";
  for (int page = 0; page < 10 && !query.empty(); ++page) {
    const auto list = expect(200, send(Method::Get, "/api/routes" + query));
    ASSERT_LE(list.at("items").as_array().size(), 1u);
    for (const json::value& item : list.at("items").as_array()) {
      paths.emplace_back(item.at("path").as_string());
    }
    const json::value& next = list.at("next_cursor");
    query = next.is_null() ? "" : "?limit=1&cursor=" + std::string(next.as_string());
  }
  EXPECT_THAT(paths, testing::ElementsAre("/one", "/two", "/proxy/b"));
  expect_code(400, "invalid_parameter", send(Method::Get, "/api/routes?cursor=MTph"));
}

TEST_F(GatewayEndpointsTest, have_short_forms) {
  expect(201, send(Method::Post, "/api/register", api("a")));
  EXPECT_THAT(names(""), testing::ElementsAre("a"));
  expect_code(400, "invalid_parameter", send(Method::Delete, "/api/unregister"));
  expect(204, send(Method::Delete, "/api/unregister?name=a"));
  EXPECT_TRUE(names("").empty());
}

TEST_F(GatewayEndpointsTest, show_what_the_file_declares_and_do_not_change_it) {
  model::Configuration file;
  model::Api declared;
  declared.name = "status";
  declared.upstream.endpoints = {{.url = "http://127.0.0.1:9100", .zone = {}}};
  file.apis = {declared};
  installation_.declared = std::make_shared<const model::Configuration>(std::move(file));
  const auto reply = send(Method::Get, "/api/v1/gateway/apis/status");
  const auto shown = expect(200, reply);
  EXPECT_EQ(shown.at("source"), "file");
  EXPECT_TRUE(shown.at("created_at").is_null());
  EXPECT_EQ(field(reply, "ETag"), "");
  expect_code(409, "declared_in_file",
              send(Method::Patch, "/api/v1/gateway/apis/status", R"({"enabled":false})"));
  expect_code(409, "declared_in_file", send(Method::Delete, "/api/unregister?name=status"));
}

TEST_F(GatewayEndpointsTest, write_credentials_and_never_read_them_back) {
  const auto made = send(
      Method::Post, kCredentials,
      R"({"name":"main","kind":"hmac","fields":{"key":"k-0123456789abcdef","secret":"hunter2"}})");
  const auto credential = expect(201, made);
  EXPECT_EQ(field(made, "Location"), "/api/v1/gateway/credentials/main");
  EXPECT_EQ(credential.at("fields").at("key"), "***cdef");
  EXPECT_EQ(credential.at("fields").at("secret"), "***");

  const std::string place = field(made, "Location");
  EXPECT_EQ(expect(200, send(Method::Get, place)), credential);
  const auto rotated = expect(
      200, send(Method::Post, place + "/rotate", R"({"fields":{"key":"k","secret":"hunter3"}})",
                {{"If-Match", field(made, "ETag")}}));
  EXPECT_EQ(rotated.at("fields").at("key"), "***");
  const auto list = send(Method::Get, kCredentials);
  EXPECT_EQ(list.body.find("hunter"), std::string::npos);
  EXPECT_EQ(expect(200, list).at("items").as_array().size(), 1u);

  create("binance", R"("credential":"main")");
  expect_code(409, "resource_in_use", send(Method::Delete, place));
  expect(204, send(Method::Delete, "/api/unregister?name=binance"));
  expect(204, send(Method::Delete, place));
}

TEST_F(GatewayEndpointsTest, show_nobody_the_apis_and_credentials_of_another_tenant) {
  create("secret-desk");
  expect(201, send(Method::Post, kCredentials,
                   R"({"name":"main","kind":"bearer","fields":{"token":"t"}})"));
  be_owner_of_another_tenant();
  EXPECT_TRUE(names("").empty());
  for (const char* path :
       {"/api/v1/gateway/apis/secret-desk", "/api/v1/gateway/credentials/main"}) {
    expect_code(404, "not_found", send(Method::Get, path));
    expect_code(404, "not_found", send(Method::Delete, path));
  }
  expect_code(409, "already_exists", send(Method::Post, kApis, api("secret-desk")));
}

TEST_F(GatewayEndpointsTest, make_an_api_of_an_openapi_document) {
  const auto made =
      expect(201, send(Method::Post, std::string(kApis) + "/import?enforce=true",
                       R"({"openapi":"3.1.0","info":{"title":"Weather","version":"v2"},
                                         "servers":[{"url":"https://weather.example.com"}],
                                         "paths":{"/now":{"get":{"responses":{}}}}})"));
  EXPECT_EQ(made.at("version"), "v2");
  EXPECT_TRUE(made.at("validation").at("enforce").as_bool());
  EXPECT_TRUE(made.at("validation").at("document").is_object());
  expect_code(422, "invalid_body",
              send(Method::Post, std::string(kApis) + "/import",
                   R"({"openapi":"2.0","info":{},"paths":{}})"));
}

TEST_F(GatewayEndpointsTest, tell_statistics_of_what_the_caller_may_see) {
  installation_.active_apis = {
      {.tenant = {"platform"}, .name = "a", .version = "v1", .endpoints = {}}};
  installation_.calls.tenants.emplace_back().tenant = "platform";
  const auto all = expect(200, send(Method::Get, "/api/v1/gateway/stats"));
  EXPECT_EQ(all.at("apis").at(0).at("name"), "a");
  EXPECT_EQ(all.at("tenants").as_array().size(), 1u);
  const auto none = expect(200, send(Method::Get, "/api/v1/gateway/stats?api=b"));
  EXPECT_TRUE(none.at("apis").as_array().empty());
  be_owner_of_another_tenant();
  const auto foreign = expect(200, send(Method::Get, "/api/v1/gateway/stats"));
  EXPECT_TRUE(foreign.at("apis").as_array().empty());
  EXPECT_TRUE(foreign.at("tenants").as_array().empty());
}

TEST_F(GatewayEndpointsTest, tell_their_health_to_everybody) {
  token_.clear();
  EXPECT_EQ(expect(200, send(Method::Get, "/api/v1/gateway/health")).at("status"), "ok");
  expect_code(401, "authentication_required", send(Method::Get, "/api/v1/gateway/stats"));
}

}  // namespace
}  // namespace apiforge::admin
