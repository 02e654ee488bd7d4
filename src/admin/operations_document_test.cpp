// The table of operations and api/openapi.yaml say the same.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <map>

#include "admin/control_api.hpp"
#include "admin/detail/operation_contract.hpp"
#include "admin/docs_pages.hpp"
#include "admin/operation.hpp"
#include "admin/system_endpoints.hpp"

namespace apiforge::admin {
namespace {

namespace json = boost::json;

/// Answered on the control thread.
const std::map<std::string, std::string, std::less<>> kSystem{{"getHealth", "/health"},
                                                              {"getLiveness", "/health/live"},
                                                              {"getReadiness", "/health/ready"},
                                                              {"getMetrics", "/metrics"}};

/// Answered without the table: see docs_pages.hpp.
const std::map<std::string, std::string, std::less<>> kPages{{"getDocs", "/docs"},
                                                             {"getRedoc", "/redoc"}};

/// Answered by the data plane, as a call.
const std::map<std::string, std::string, std::less<>> kCalls{
    {"callApi", "/api/v1/gateway/call/{name}"}};

json::object document() {
  return json::parse(openapi_json()).as_object();
}

template <class Visit>
void for_each_operation(const json::object& document, Visit visit) {
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& member : path.value().as_object()) {
      if (member.key() != "parameters") visit(path.key(), member.value().as_object());
    }
  }
}

TEST(Document, describes_each_operation_of_the_table) {
  const auto contracts = read_contracts(openapi_json());
  ASSERT_TRUE(contracts) << contracts.error().detail << contracts.error().context;
  for (const Operation& operation : operations()) {
    const auto found = contracts->find(operation.id);
    ASSERT_NE(found, contracts->end()) << operation.id;
    EXPECT_EQ(found->second.path, operation.path) << operation.id;
    EXPECT_EQ(found->second.method, net::method_name(operation.method)) << operation.id;
  }
}

TEST(Document, describes_nothing_else) {
  const auto contracts = read_contracts(openapi_json());
  ASSERT_TRUE(contracts);
  for (const auto& [id, path] : kSystem) {
    ASSERT_TRUE(contracts->contains(id)) << id;
    EXPECT_EQ(contracts->find(id)->second.path, path);
    EXPECT_TRUE(SystemEndpoints::owns(path));
  }
  for (const auto& [id, path] : kPages) {
    ASSERT_TRUE(contracts->contains(id)) << id;
    EXPECT_EQ(contracts->find(id)->second.path, path);
    EXPECT_TRUE(is_docs_path(path));
  }
  for (const auto& [id, path] : kCalls) {
    ASSERT_TRUE(contracts->contains(id)) << id;
    EXPECT_EQ(contracts->find(id)->second.path, path);
    EXPECT_FALSE(ControlApi::owns(path));
  }
  EXPECT_EQ(contracts->size(),
            operations().size() + kSystem.size() + kPages.size() + kCalls.size());
}

TEST(Document, and_table_agree_on_who_needs_no_credential) {
  const auto whole = document();
  std::map<std::string, bool, std::less<>> anonymous;
  for_each_operation(whole, [&](std::string_view, const json::object& operation) {
    anonymous.emplace(operation.at("operationId").as_string(), operation.contains("security"));
  });
  for (const Operation& operation : operations()) {
    EXPECT_EQ(anonymous.find(operation.id)->second, operation.access.anonymous) << operation.id;
  }
}

TEST(Document, offers_the_idempotency_key_where_it_is_honoured) {
  const auto whole = document();
  std::map<std::string, bool, std::less<>> offered;
  for_each_operation(whole, [&](std::string_view, const json::object& operation) {
    bool found = false;
    if (const json::value* parameters = operation.if_contains("parameters")) {
      for (const json::value& each : parameters->as_array()) {
        found |= each.at("$ref").as_string() == "#/components/parameters/IdempotencyKey";
      }
    }
    offered.emplace(operation.at("operationId").as_string(), found);
  });
  for (const Operation& operation : operations()) {
    EXPECT_EQ(offered.find(operation.id)->second, operation.effect == Effect::Create)
        << operation.id;
  }
}

TEST(Document, closes_every_body_of_a_request) {
  const auto whole = document();
  for_each_operation(whole, [&](std::string_view path, const json::object& operation) {
    const json::value* body = operation.if_contains("requestBody");
    if (body == nullptr) return;
    for (const auto& content : body->at("content").as_object()) {
      const std::string reference(content.value().at("schema").at("$ref").as_string());
      const std::string name = reference.substr(reference.rfind('/') + 1);
      const json::value& schema = whole.at("components").at("schemas").at(name);
      const bool is_ours = name != "OpenApiDocument";  // of imports, which others write
      EXPECT_EQ(schema.at("additionalProperties"), json::value(!is_ours)) << path;
    }
  });
}

TEST(Document, has_examples_of_requests_that_are_valid) {
  const auto contracts = read_contracts(openapi_json());
  ASSERT_TRUE(contracts);
  const auto whole = document();
  for_each_operation(whole, [&](std::string_view path, const json::object& operation) {
    const json::value* body = operation.if_contains("requestBody");
    if (body == nullptr) return;
    const auto& contract = contracts->find(operation.at("operationId").as_string())->second;
    for (const auto& [type, schema] : contract.bodies) {
      const json::value* example = body->at("content").at(type).as_object().if_contains("example");
      if (example == nullptr) continue;
      EXPECT_TRUE(schema.check(*example).empty()) << path;
    }
  });
}

TEST(ControlApi, owns_its_paths_and_no_others) {
  for (const Operation& operation : operations()) EXPECT_TRUE(ControlApi::owns(operation.path));
  for (const char* path : {"/api/v1/auth", "/api/v1/auth/", "/api/v1/auth/nothing",
                           "/api/v1/gateway", "/api/v1/gateway/call", "/api/v1/gateway/nothing",
                           "/api/v1/quota", "/docs", "/docs/nothing", "/redoc"}) {
    EXPECT_TRUE(ControlApi::owns(path)) << path;
  }
  for (const char* path : {"/", "/proxy/x", "/api/v1/authority", "/auth", "/auth/login/x",
                           "/openapi.json/", "/health", "/api/v1/gateways", "/api/v1/quotas",
                           "/api/v1/gateway/call/binance", "/api/routes/x", "/docsify"}) {
    EXPECT_FALSE(ControlApi::owns(path)) << path;
  }
}

}  // namespace
}  // namespace apiforge::admin
