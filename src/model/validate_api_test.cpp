#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "model/validate.hpp"

namespace apiforge::model {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kConnectorsOfApi{"http"};

/// An Api with one of everything, and nothing wrong with it.
Api rich_api() {
  Api api;
  api.name = "rich";
  api.upstream.endpoints.emplace_back().url = "https://api.example.com";
  api.upstream.hedge = Hedge{};
  api.upstream.health_check = HealthCheck{};
  api.upstream.slow_start = milliseconds(30'000);
  api.mirror = Mirror{.version = "v2"};
  api.cache = CachePolicy{};
  api.cache->rules = {{.path = "/a", .ttl = milliseconds(1)}};
  api.cache->key_headers = {"Accept-Language"};
  api.error_replies = {{.pointer = "/code", .equals = "1"}};
  api.fallback.resize(3);
  api.fallback[1].kind = FallbackKind::Api;
  api.fallback[1].api = "other";
  api.fallback[2].kind = FallbackKind::Reply;
  api.fallback[2].headers = {{"Content-Type", "application/json"}};
  api.deprecation.link = "https://example.com/old";
  return api;
}

TransformOperation operation(TransformKind kind) {
  TransformOperation made;
  made.kind = kind;
  return made;
}

TransformOperation set_header(std::string name, std::string value) {
  TransformOperation made = operation(TransformKind::SetHeader);
  made.name = std::move(name);
  made.value = std::move(value);
  return made;
}

TransformOperation remove_json(std::string pointer) {
  TransformOperation made = operation(TransformKind::RemoveJson);
  made.pointer = std::move(pointer);
  return made;
}

TransformOperation map_json(TransformOperation inner) {
  TransformOperation made = operation(TransformKind::MapJson);
  made.operations = {std::move(inner)};
  return made;
}

std::string written_api(const std::vector<Fault>& faults) {
  std::string text;
  for (const auto& fault : faults) text += fault.pointer + ": " + fault.message + "\n";
  return text;
}

TEST(ValidateApi, FindsNothingInASoundOne) {
  EXPECT_EQ(written_api(validate_api(rich_api(), kConnectorsOfApi)), "");
}

/// One thing made wrong, and the one fault that must come of it.
struct ApiCase {
  const char* name;
  std::function<void(Api&)> spoil;
  const char* pointer;
  const char* message;  ///< a part of it
};

class ApiFaults : public testing::TestWithParam<ApiCase> {};

TEST_P(ApiFaults, NameThePlaceAndWhatIsAllowed) {
  Api api = rich_api();
  GetParam().spoil(api);
  const auto faults = validate_api(api, kConnectorsOfApi);
  ASSERT_EQ(faults.size(), 1u) << written_api(faults);
  EXPECT_EQ(faults[0].pointer, GetParam().pointer);
  EXPECT_THAT(faults[0].message, HasSubstr(GetParam().message));
}

const ApiCase kOwnCases[] = {
    {"weight", [](Api& a) { a.traffic_weight = 1'001; }, "/traffic_weight", "from 0 to 1000"},
    {"mirror_percent", [](Api& a) { a.mirror->percent = 0; }, "/mirror/percent", "from 1 to 100"},
    {"mirror_version", [](Api& a) { a.mirror->version = "v/2"; }, "/mirror/version", "version"},
    {"mirror_itself", [](Api& a) { a.mirror->version = "v1"; }, "/mirror/version", "another"},
    {"link", [](Api& a) { a.deprecation.link = "javascript:x"; }, "/deprecation/link", "URL"},
    {"link_break", [](Api& a) { a.deprecation.link = "https://x/\r\nA: b"; }, "/deprecation/link",
     "URL"},
    {"sunset",
     [](Api& a) {
       a.deprecation.since = WallTime(std::chrono::hours(2));
       a.deprecation.sunset = WallTime(std::chrono::hours(1));
     },
     "/deprecation/sunset", "not be before"},
    {"enforced", [](Api& a) { a.validation.enforce = true; }, "/validation/document", "required"},
    {"tenant",
     [](Api& a) {
       a.tenant = {"acme"};
       a.routes.emplace_back().path = "/proxy/richer";
     },
     "/routes/0/path", "/proxy/rich or a path below it"},
};
INSTANTIATE_TEST_SUITE_P(OfTheApi, ApiFaults, testing::ValuesIn(kOwnCases),
                         [](const auto& test) { return test.param.name; });

const ApiCase kResilienceCases[] = {
    {"hedge", [](Api& a) { a.upstream.hedge->after = milliseconds(0); }, "/upstream/hedge/after_ms",
     "from 1"},
    {"hedge_percent", [](Api& a) { a.upstream.hedge->percent = 101; }, "/upstream/hedge/percent",
     "from 1 to 100"},
    {"interval", [](Api& a) { a.upstream.health_check->interval = milliseconds(99); },
     "/upstream/health_check/interval_ms", "from 100"},
    {"status", [](Api& a) { a.upstream.health_check->status_max = 100; },
     "/upstream/health_check/status_max", "status_min"},
    {"health_path", [](Api& a) { a.upstream.health_check->path = "/a b"; },
     "/upstream/health_check/path", "visible"},
    {"slow_start", [](Api& a) { a.upstream.slow_start = milliseconds(3'600'001); },
     "/upstream/slow_start_ms", "3600000"},
    {"panic", [](Api& a) { a.upstream.panic_percent = 101; }, "/upstream/panic_percent", "100"},
    {"replay", [](Api& a) { a.upstream.retry.replay_bytes = ~0ull; },
     "/upstream/retry/replay_bytes", "16777216"},
    {"latency_factor", [](Api& a) { a.upstream.ejection.latency_factor = 1; },
     "/upstream/ejection/latency_factor", "from 2"},
    {"ttl", [](Api& a) { a.cache->default_ttl = milliseconds(-1); }, "/cache/default_ttl_ms",
     "from 0"},
    {"object", [](Api& a) { a.cache->max_object_bytes = 0; }, "/cache/max_object_bytes", "from 1"},
    {"rule", [](Api& a) { a.cache->rules[0].path = "a"; }, "/cache/rules/0/path", "begin with /"},
    {"key_header", [](Api& a) { a.cache->key_headers = {"a b"}; }, "/cache/key_headers/0",
     "header"},
    {"error_pointer", [](Api& a) { a.error_replies[0].pointer = "code"; },
     "/error_replies/0/pointer", "JSON pointer"},
    {"error_equals", [](Api& a) { a.error_replies[0].equals = ""; }, "/error_replies/0/equals",
     "JSON value"},
    {"stale_without_cache", [](Api& a) { a.cache.reset(); }, "/fallback/0/kind", "`cache`"},
    {"fallback_on", [](Api& a) { a.fallback[0].on = {"timeuot"}; }, "/fallback/0/on/0",
     "did you mean 'timeout'?"},
    {"fallback_never", [](Api& a) { a.fallback[0].on.clear(); }, "/fallback/0/on", "at least one"},
    {"fallback_itself", [](Api& a) { a.fallback[1].api = "rich"; }, "/fallback/1/api", "another"},
    {"fallback_nowhere", [](Api& a) { a.fallback[1].api = ""; }, "/fallback/1/api", "name"},
    {"reply_status", [](Api& a) { a.fallback[2].status = 199; }, "/fallback/2/status", "from 200"},
    {"reply_header", [](Api& a) { a.fallback[2].headers = {{"A", "b\n"}}; },
     "/fallback/2/headers/A", "control"},
};
INSTANTIATE_TEST_SUITE_P(OfResilience, ApiFaults, testing::ValuesIn(kResilienceCases),
                         [](const auto& test) { return test.param.name; });

const ApiCase kTransformCases[] = {
    {"header_name", [](Api& a) { a.transform.request = {set_header("a b", "x")}; },
     "/transform/request/0/name", "header"},
    {"header_value", [](Api& a) { a.transform.response = {set_header("A", "x\r\n")}; },
     "/transform/response/0/value", "control"},
    {"foreign_member",
     [](Api& a) {
       a.transform.request = {set_header("A", "x")};
       a.transform.request[0].pointer = "/a";
     },
     "/transform/request/0/pointer", "no member of set_header"},
    {"query_of_a_reply",
     [](Api& a) {
       a.transform.response = {operation(TransformKind::RemoveQuery)};
       a.transform.response[0].name = "q";
     },
     "/transform/response/0/op", "for requests only"},
    {"no_pattern",
     [](Api& a) {
       a.transform.request = {operation(TransformKind::RewritePath)};
       a.transform.request[0].value = "/x";
     },
     "/transform/request/0/pattern", "required for rewrite_path"},
    {"pointer", [](Api& a) { a.transform.request = {remove_json("a")}; },
     "/transform/request/0/pointer", "JSON pointer"},
    {"whole_removed", [](Api& a) { a.transform.request = {remove_json("")}; },
     "/transform/request/0/pointer", "JSON pointer"},
    {"header_in_map", [](Api& a) { a.transform.request = {map_json(set_header("A", "x"))}; },
     "/transform/request/0/operations/0/op", "inside of map_json"},
    {"empty_map", [](Api& a) { a.transform.request = {operation(TransformKind::MapJson)}; },
     "/transform/request/0/operations", "required"},
    {"deep_map",
     [](Api& a) {
       auto deep = remove_json("/a");
       for (int i = 0; i < 5; ++i) deep = map_json(deep);
       a.transform.request = {deep};
     },
     "/transform/request/0/operations/0/operations/0/operations/0/operations/0/operations",
     "deeper than 4"},
    {"many", [](Api& a) { a.transform.request.assign(65, set_header("A", "x")); },
     "/transform/request", "at most 64"},
    {"body", [](Api& a) { a.transform.max_body_bytes = 0; }, "/transform/max_body_bytes", "from 1"},
};
INSTANTIATE_TEST_SUITE_P(OfATransformation, ApiFaults, testing::ValuesIn(kTransformCases),
                         [](const auto& test) { return test.param.name; });

TEST(ValidateApi, AllowsATenantTheRoutesOfItsName) {
  Api api = rich_api();
  api.tenant = {"acme"};
  api.routes.resize(2);
  api.routes[0].path = "/proxy/rich";
  api.routes[1].path = "/proxy/rich/{id}";
  EXPECT_EQ(written_api(validate_api(api, kConnectorsOfApi)), "");
}

TEST(ValidateApi, ImpliesARouteWhereNoneIsNamed) {
  Api api = rich_api();
  ASSERT_EQ(routes_of(api).size(), 1u);
  EXPECT_EQ(routes_of(api)[0].path, "/proxy/rich");
  api.routes.emplace_back().path = "/x";
  EXPECT_EQ(routes_of(api)[0].path, "/x");
}

TEST(Validate, FindsMirrorsAndFallbacksThatLeadNowhere) {
  Configuration configuration;
  configuration.apis = {rich_api()};
  EXPECT_EQ(written_api(validate(configuration, kConnectorsOfApi)),
            "/apis/0/mirror/version: the API 'rich' has no version 'v2'\n"
            "/apis/0/fallback/1/api: there is no API 'other'\n");
  configuration.apis.push_back(rich_api());
  configuration.apis[1].version = "v2";
  configuration.apis[1].mirror.reset();
  configuration.apis.push_back(rich_api());
  configuration.apis[2].name = "other";
  configuration.apis[2].mirror.reset();
  configuration.apis[2].fallback.clear();
  EXPECT_EQ(written_api(validate(configuration, kConnectorsOfApi)), "");
}

TEST(Validate, TakesTwentyThousandApis) {
  Configuration configuration;
  for (int i = 0; i < 20'000; ++i) {
    Api api;
    api.name = "api" + std::to_string(i);
    api.upstream.endpoints.emplace_back().url = "https://api.example.com";
    configuration.apis.push_back(std::move(api));
  }
  EXPECT_EQ(written_api(validate(configuration, kConnectorsOfApi)), "");
}

TEST(ValidateCredential, TellsFaultsOfOneWithPointersIntoIt) {
  const auto faults = validate_credential({"a b", "bearer", {}, {}});
  EXPECT_THAT(written_api(faults), HasSubstr("/name: "));
  EXPECT_THAT(written_api(faults), HasSubstr("/fields/token: is required"));
}

}  // namespace
}  // namespace apiforge::model
