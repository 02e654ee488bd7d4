#include "declarative/api_json.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/rfc3339.hpp"
#include "declarative/load.hpp"

namespace apiforge::declarative {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

class NoSecrets final : public SecretResolver {
 public:
  Result<std::string> from_environment(std::string_view) const override {
    return fail(ErrorCode::InvalidConfiguration, "no variable is set");
  }
  Result<std::string> from_file(std::string_view) const override {
    return fail(ErrorCode::InvalidConfiguration, "there is no file");
  }
};

/// An Api whose every member differs from its default.
model::Api rich_api() {
  model::Api api;
  api.name = "rich";
  api.kind = model::ApiKind::Data;
  api.description = "with ${braces} and \"quotes\": yes";
  api.enabled = false;
  api.version = "2024";
  api.is_default_version = true;
  api.traffic_weight = 7;
  api.deprecation.since = parse_rfc3339("2026-01-02T03:04:05.678Z");
  api.deprecation.link = "https://example.com/old";
  api.mirror = model::Mirror{"v2", 5};
  api.credential = "main";
  api.upstream.endpoints = {{"https://a.example.com", 3, "eu"}, {"https://b.example.com", 1, ""}};
  api.upstream.balancing = model::Balancing::ConsistentHash;
  api.upstream.hash_on = "header:X-User";
  api.upstream.slow_start = milliseconds(5'000);
  api.upstream.panic_percent = 0;
  api.upstream.retry.on = {"connect"};
  api.upstream.retry.replay_bytes = 1 << 20;
  api.upstream.hedge = model::Hedge{milliseconds(30), 3};
  api.upstream.ejection.latency_factor = 4;
  api.upstream.health_check = model::HealthCheck{};
  api.upstream.health_check->kind = model::HealthCheckKind::Tcp;
  api.upstream.tls.ca = "/etc/ca.pem";
  api.routes = {{{"a.example.org"}, "/x/{id}", {"GET"}, {{"X-A", "b"}}, false}};
  api.access.is_public = true;
  api.transform.request = {
      {.kind = model::TransformKind::SetHeader, .name = "X-Tenant", .value = "{{caller.tenant}}"},
      {.kind = model::TransformKind::MapJson,
       .pointer = "/items",
       .operations = {{.kind = model::TransformKind::SetJson,
                       .pointer = "/seen",
                       .json = R"({"by":"gateway","n":[1,true,null]})"}}}};
  api.cache = model::CachePolicy{};
  api.cache->scope = model::CacheScope::Shared;
  api.cache->rules = {{"/v1", milliseconds(1'000)}};
  api.error_replies = {{"/Error Message", std::nullopt}, {"/code", "42"}};
  api.fallback = {{.kind = model::FallbackKind::Reply, .headers = {{"X-B", "c"}}, .body = "{}"}};
  api.fallback[0].on = {"breaker", "shed"};
  api.fallback[0].partial = true;
  api.upstream.adaptive_concurrency = model::AdaptiveConcurrency{5, 2, 50, milliseconds(80)};
  api.call_rules = {{.methods = {"POST"},
                     .path = "/orders",
                     .priority = model::PriorityClass::Order,
                     .weight = 3,
                     .tokens = 500,
                     .usd = {1'500'000'000},
                     .settle_tokens = "/usage/total_tokens",
                     .usd_per_token = {2'500}},
                    {}};
  api.validation = {true, R"({"openapi":"3.1.0","paths":{}})"};
  api.max_body_bytes = 5;
  api.slow_threshold = milliseconds(9);
  return api;
}

std::string faults_of(std::string_view text) {
  std::string written;
  const auto read = api_from_json(json::parse(text).as_object());
  if (!read) {
    for (const auto& fault : read.error()) written += fault.pointer + ": " + fault.message + "\n";
  }
  return written;
}

TEST(ApiJson, ReadsWhatItWrote) {
  const auto read = api_from_json(to_json(rich_api()));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, rich_api());
}

TEST(ApiJson, ReadsWhatItWroteWithoutDefaults) {
  const auto read = api_from_json(to_json(rich_api(), Omit::Defaults));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, rich_api());
}

TEST(ApiJson, AnApiOfDefaultsIsItsNameAndUpstream) {
  model::Api api;
  api.name = "plain";
  api.upstream.endpoints = {{"http://a.example.com", 1, ""}};
  EXPECT_EQ(json::serialize(to_json(api, Omit::Defaults)),
            R"({"name":"plain","upstream":{"endpoints":[{"url":"http://a.example.com"}]}})");
}

TEST(ApiJson, ShowsAbsentPartsAsNull) {
  const auto shown = to_json(model::Api{});
  EXPECT_TRUE(shown.at("cache").is_null());
  EXPECT_TRUE(shown.at("validation").is_null());
  EXPECT_TRUE(shown.at("upstream").at("health_check").is_null());
  EXPECT_TRUE(shown.at("upstream").at("tls").at("ca").is_null());
}

TEST(ApiJson, NamesEveryFaultWithAPointer) {
  EXPECT_EQ(faults_of(R"({"name": 5, "upstreem": {}, "upstream": {"endpoints": "x"}})"),
            "/upstreem: unknown member 'upstreem'; did you mean 'upstream'?\n"
            "/upstream/endpoints: expected a list, found the text 'x'\n");
}

TEST(ApiJson, AReferenceToASecretIsATextLikeAnyOther) {
  const auto read = api_from_json(
      json::parse(R"({"name":"a","description":"${env:HOME}","upstream":{"endpoints":[]}})")
          .as_object());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->description, "${env:HOME}");
}

TEST(ApiJson, ATextIsNotANumber) {
  EXPECT_EQ(faults_of(R"({"name":"a","upstream":{"endpoints":[]},"max_body_bytes":"5"})"),
            "/max_body_bytes: expected a whole number, found the text '5'\n");
}

TEST(Yaml, LoadsBackToWhatWasExported) {
  model::Configuration configuration;
  configuration.apis = {rich_api()};
  configuration.apis[0].mirror.reset();
  configuration.apis[0].credential.clear();
  const std::string yaml = to_yaml(configuration);
  const auto loaded = load_configuration(yaml, "export.yaml", NoSecrets{}, {"http"});
  ASSERT_TRUE(loaded) << yaml << to_string(loaded.error().front());
  EXPECT_EQ(loaded->apis, configuration.apis) << yaml;
}

TEST(Yaml, NeverHoldsASecret) {
  model::Configuration configuration;
  configuration.credentials = {{"main",
                                "bearer",
                                {{"token", Secret("tell-nobody")}, {"other", Secret("${env:X}")}},
                                {"platform"}}};
  const std::string yaml = to_yaml(configuration);
  EXPECT_EQ(yaml.find("tell-nobody"), std::string::npos) << yaml;
  EXPECT_NE(yaml.find("\"${env:X}\""), std::string::npos) << yaml;
}

}  // namespace
}  // namespace apiforge::declarative
