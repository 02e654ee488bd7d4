#include "model/validate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace apiforge::model {
namespace {

using testing::IsEmpty;

const std::vector<std::string> kConnectors{"http", "binance"};

Endpoint endpoint_at(std::string url) {
  Endpoint endpoint;
  endpoint.url = std::move(url);
  return endpoint;
}

Route route_of(std::string path) {
  Route route;
  route.path = std::move(path);
  return route;
}

Api sound_api(std::string name) {
  Api api;
  api.name = std::move(name);
  api.upstream.endpoints = {endpoint_at("https://api.example.com")};
  return api;
}

/// One credential and one Api that uses it; nothing wrong with either.
Configuration sound_configuration() {
  Configuration configuration;
  configuration.credentials = {
      {"main", "hmac", {{"key", Secret("k")}, {"secret", Secret("hunter2")}}}};
  configuration.apis = {sound_api("binance")};
  configuration.apis[0].connector = "binance";
  configuration.apis[0].credential = "main";
  return configuration;
}

std::string written(const std::vector<Fault>& faults) {
  std::string text;
  for (const auto& fault : faults) text += fault.pointer + ": " + fault.message + "\n";
  return text;
}

TEST(Validate, FindsNothingInASoundConfiguration) {
  EXPECT_EQ(written(validate(sound_configuration(), kConnectors)), "");
  EXPECT_EQ(written(validate({}, {})), "");
}

/// One thing made wrong, and the one fault that must come of it.
struct FaultCase {
  const char* name;
  std::function<void(Configuration&)> spoil;
  const char* pointer;
  const char* message;  ///< a part of it
};

class Faults : public testing::TestWithParam<FaultCase> {};

TEST_P(Faults, NameThePlaceAndWhatIsAllowed) {
  Configuration configuration = sound_configuration();
  GetParam().spoil(configuration);
  const auto faults = validate(configuration, kConnectors);
  ASSERT_EQ(faults.size(), 1u) << written(faults);
  EXPECT_EQ(faults[0].pointer, GetParam().pointer);
  EXPECT_THAT(faults[0].message, testing::HasSubstr(GetParam().message));
}

Api& api(Configuration& c) {
  return c.apis[0];
}
Upstream& upstream(Configuration& c) {
  return c.apis[0].upstream;
}
Credential& credential(Configuration& c) {
  return c.credentials[0];
}
Route& route(Configuration& c) {
  return c.apis[0].routes.emplace_back(route_of("/x"));
}

const FaultCase kApiCases[] = {
    {"name", [](auto& c) { api(c).name = "a b"; }, "/apis/0/name", "letters, digits"},
    {"long_name", [](auto& c) { api(c).name.assign(65, 'a'); }, "/apis/0/name", "1 to 64"},
    {"version", [](auto& c) { api(c).version = "v/3"; }, "/apis/0/version", "1 to 32"},
    {"description", [](auto& c) { api(c).description.assign(1025, 'd'); }, "/apis/0/description",
     "1024"},
    {"connector", [](auto& c) { api(c).connector = "binanse"; }, "/apis/0/connector",
     "did you mean 'binance'?"},
    {"credential", [](auto& c) { api(c).credential = "mian"; }, "/apis/0/credential",
     "there is no credential 'mian'; did you mean 'main'?"},
    {"body", [](auto& c) { api(c).max_body_bytes = ~0ull; }, "/apis/0/max_body_bytes", "from 0"},
    {"slow", [](auto& c) { api(c).slow_threshold = milliseconds(-1); }, "/apis/0/slow_threshold_ms",
     "from 0"},
    {"permission", [](auto& c) { api(c).access.permissions = {"gateway:cal"}; },
     "/apis/0/access/permissions/0", "did you mean 'gateway:call'?"},
    {"duplicate", [](auto& c) { c.apis.push_back(sound_api("binance")); }, "/apis/1/name",
     "another API has the name 'binance' and the version 'v1'"},
};
INSTANTIATE_TEST_SUITE_P(OfAnApi, Faults, testing::ValuesIn(kApiCases),
                         [](const auto& test) { return test.param.name; });

const FaultCase kUpstreamCases[] = {
    {"no_endpoint", [](auto& c) { upstream(c).endpoints.clear(); }, "/apis/0/upstream/endpoints",
     "at least one"},
    {"url", [](auto& c) { upstream(c).endpoints[0].url = "ftp://x"; },
     "/apis/0/upstream/endpoints/0/url", "http:// or https://"},
    {"same_url",
     [](auto& c) { upstream(c).endpoints.push_back(endpoint_at("https://API.example.com:443/")); },
     "/apis/0/upstream/endpoints/1/url", "same URL"},
    {"weight", [](auto& c) { upstream(c).endpoints[0].weight = 0; },
     "/apis/0/upstream/endpoints/0/weight", "from 1 to 1000, not 0"},
    {"connect_timeout", [](auto& c) { upstream(c).connect_timeout = milliseconds(0); },
     "/apis/0/upstream/connect_timeout_ms", "from 1 to 600000, not 0"},
    {"max_connections", [](auto& c) { upstream(c).max_connections = 0; },
     "/apis/0/upstream/max_connections", "from 1"},
    {"attempts", [](auto& c) { upstream(c).retry.attempts = 6; }, "/apis/0/upstream/retry/attempts",
     "from 1 to 5, not 6"},
    {"retry_on", [](auto& c) { upstream(c).retry.on = {"502", "conect"}; },
     "/apis/0/upstream/retry/on/1", "did you mean 'connect'?"},
    {"retry_twice", [](auto& c) { upstream(c).retry.on = {"502", "502"}; },
     "/apis/0/upstream/retry/on/1", "twice"},
    {"ejection", [](auto& c) { upstream(c).ejection.max_percent = 101; },
     "/apis/0/upstream/ejection/max_percent", "from 0 to 100"},
    {"ejection_time", [](auto& c) { upstream(c).ejection.max_time = milliseconds(1); },
     "/apis/0/upstream/ejection/max_time_ms", "base_time_ms"},
    {"hash_on", [](auto& c) { upstream(c).hash_on = "header:"; }, "/apis/0/upstream/hash_on",
     "header:<name>"},
    {"tls_pair", [](auto& c) { upstream(c).tls.certificate = "client.pem"; },
     "/apis/0/upstream/tls/key", "required"},
    {"server_name", [](auto& c) { upstream(c).tls.server_name = "a b"; },
     "/apis/0/upstream/tls/server_name", "DNS name"},
};
INSTANTIATE_TEST_SUITE_P(OfAnUpstream, Faults, testing::ValuesIn(kUpstreamCases),
                         [](const auto& test) { return test.param.name; });

const FaultCase kRouteCases[] = {
    {"no_slash", [](auto& c) { route(c).path = "x"; }, "/apis/0/routes/0/path", "begin with /"},
    {"empty_segment", [](auto& c) { route(c).path = "/a//b"; }, "/apis/0/routes/0/path", "empty"},
    {"two_slashes", [](auto& c) { route(c).path = "//"; }, "/apis/0/routes/0/path", "empty"},
    {"dots", [](auto& c) { route(c).path = "/a/.."; }, "/apis/0/routes/0/path", "dot segments"},
    {"query", [](auto& c) { route(c).path = "/a?b"; }, "/apis/0/routes/0/path", "only"},
    {"parameter", [](auto& c) { route(c).path = "/a{b}"; }, "/apis/0/routes/0/path", "{name}"},
    {"same_parameter", [](auto& c) { route(c).path = "/{a}/{a}"; }, "/apis/0/routes/0/path",
     "{a} twice"},
    {"host", [](auto& c) { route(c).hosts = {"*.x.example", "a:80"}; }, "/apis/0/routes/0/hosts/1",
     "without a port"},
    {"method", [](auto& c) { route(c).methods = {"GET", "post"}; }, "/apis/0/routes/0/methods/1",
     "capital"},
    {"header", [](auto& c) { route(c).headers = {{"a/b", "1"}}; }, "/apis/0/routes/0/headers/a~1b",
     "header name"},
    {"taken",
     [](auto& c) {
       c.apis.push_back(sound_api("other"));
       c.apis[1].routes = {route_of("/proxy/binance/")};
     },
     "/apis/1/routes/0", "same requests as a route of the API 'binance'"},
};
INSTANTIATE_TEST_SUITE_P(OfARoute, Faults, testing::ValuesIn(kRouteCases),
                         [](const auto& test) { return test.param.name; });

const FaultCase kCredentialCases[] = {
    {"kind", [](auto& c) { credential(c).kind = "hmca"; }, "/credentials/0/kind",
     "did you mean 'hmac'?"},
    {"missing", [](auto& c) { credential(c).fields.erase("secret"); },
     "/credentials/0/fields/secret", "required"},
    {"unknown", [](auto& c) { credential(c).fields["kye"] = Secret("x"); },
     "/credentials/0/fields/kye", "did you mean 'key'?"},
    {"empty", [](auto& c) { credential(c).fields["key"] = Secret(); }, "/credentials/0/fields/key",
     "empty"},
    {"line_break", [](auto& c) { credential(c).fields["key"] = Secret("a\r\nb"); },
     "/credentials/0/fields/key", "control"},
    {"pem",
     [](auto& c) {
       credential(c).kind = "ed25519";
       credential(c).fields = {{"key", Secret("k")}, {"private_key", Secret("k")}};
     },
     "/credentials/0/fields/private_key", "PEM"},
    {"same_name", [](auto& c) { c.credentials.push_back(c.credentials[0]); }, "/credentials/1/name",
     "another credential"},
};
INSTANTIATE_TEST_SUITE_P(OfACredential, Faults, testing::ValuesIn(kCredentialCases),
                         [](const auto& test) { return test.param.name; });

TEST(Validate, TellsAllFaultsAtOnce) {
  Configuration configuration = sound_configuration();
  configuration.apis[0].name = "";
  configuration.apis[0].upstream.endpoints[0].url = "nonsense";
  configuration.credentials[0].kind = "";
  EXPECT_EQ(validate(configuration, kConnectors).size(), 3u);
}

TEST(Validate, NeverShowsASecret) {
  Configuration configuration = sound_configuration();
  configuration.credentials[0].fields["secret"] = Secret("hunter2\n");
  const auto faults = validate(configuration, kConnectors);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(written(faults).find("hunter2"), std::string::npos);
}

TEST(Validate, LetsVersionsOfOneNameLiveSideBySide) {
  Configuration configuration = sound_configuration();
  configuration.apis.push_back(sound_api("binance"));
  configuration.apis[1].version = "v2";
  configuration.apis[1].is_default_version = true;
  EXPECT_THAT(written(validate(configuration, kConnectors)), IsEmpty());

  configuration.apis[0].is_default_version = true;
  const auto faults = validate(configuration, kConnectors);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].pointer, "/apis/1/default");
}

TEST(Validate, TakesTheRoutesOfTheContract) {
  Configuration configuration = sound_configuration();
  auto& routes = configuration.apis[0].routes;
  routes = {route_of("/"), route_of("/v1/{account}/orders/"), route_of("/a:b@c")};
  routes[1].hosts = {"*.example.com", "127.0.0.1", "localhost"};
  routes[2].methods = {"GET", "M-SEARCH"};
  routes[2].headers = {{"X-Team", "a b"}};
  EXPECT_THAT(written(validate(configuration, kConnectors)), IsEmpty());
}

}  // namespace
}  // namespace apiforge::model
