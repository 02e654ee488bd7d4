#include "declarative/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace apiforge::declarative {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

const std::vector<std::string> kConnectors{"http", "binance"};

std::string content(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string written(const std::vector<FileFault>& faults) {
  std::string text;
  for (const auto& fault : faults) text += to_string(fault) + "\n";
  return text;
}

/// Answers every reference with its own name.
class WillingResolver final : public SecretResolver {
 public:
  Result<std::string> from_environment(std::string_view name) const override {
    return "value of " + std::string(name);
  }
  Result<std::string> from_file(std::string_view path) const override {
    return "content of " + std::string(path);
  }
};

model::Configuration loaded(std::string_view text) {
  auto configuration = load_configuration(text, "apiforge.yaml", WillingResolver{}, kConnectors);
  EXPECT_TRUE(configuration) << (configuration ? "" : written(configuration.error()));
  return configuration.value_or(model::Configuration{});
}

TEST(Load, TakesTheFileOfTheContract) {
  const auto configuration = loaded(R"(
version: 1
credentials:
  - name: binance-main
    kind: hmac
    fields: {key: "${env:BINANCE_KEY}", secret: "${file:/run/secrets/binance}"}
apis:
  - name: binance
    kind: exchange
    connector: binance
    credential: binance-main
    upstream: {endpoints: [{url: "https://api.example.com"}]}
  - name: status-page
    access: {public: true}
    upstream: {endpoints: [{url: "http://127.0.0.1:9100"}]}
quotas: []
circuit_breakers: []
)");
  ASSERT_EQ(configuration.apis.size(), 2u);
  EXPECT_EQ(configuration.apis[0].kind, model::ApiKind::Exchange);
  EXPECT_EQ(configuration.apis[0].upstream.endpoints[0].url, "https://api.example.com");
  EXPECT_FALSE(configuration.apis[0].access.is_public);
  EXPECT_TRUE(configuration.apis[1].access.is_public);
  const auto& fields = configuration.credentials.at(0).fields;
  EXPECT_EQ(fields.at("key").reveal(), "value of BINANCE_KEY");
  EXPECT_EQ(fields.at("secret").reveal(), "content of /run/secrets/binance");
}

TEST(Load, ReadsEveryMemberOfAnApi) {
  const auto api =
      loaded(content(fs::path(APIFORGE_SOURCE_DIR) / "src/declarative/testdata/every_member.yaml"))
          .apis.at(0);
  EXPECT_EQ(api.description, "all of it");
  EXPECT_FALSE(api.enabled);
  EXPECT_EQ(api.version, "3");
  EXPECT_TRUE(api.is_default_version);
  EXPECT_EQ(api.max_body_bytes, 1'024u);
  EXPECT_EQ(api.slow_threshold, milliseconds(250));
  EXPECT_EQ(api.access.permissions, std::vector<std::string>{"gateway:write"});

  const auto& upstream = api.upstream;
  EXPECT_EQ(upstream.endpoints.at(0).weight, 7u);
  EXPECT_EQ(upstream.endpoints.at(0).zone, "eu-1");
  EXPECT_EQ(upstream.balancing, model::Balancing::ConsistentHash);
  EXPECT_EQ(upstream.hash_on, "header:X-Team");
  EXPECT_EQ(upstream.connect_timeout, milliseconds(1));
  EXPECT_EQ(upstream.first_byte_timeout, milliseconds(2));
  EXPECT_EQ(upstream.timeout, milliseconds(0));
  EXPECT_EQ(upstream.idle_timeout, milliseconds(4));
  EXPECT_EQ(upstream.keepalive_timeout, milliseconds(5));
  EXPECT_EQ(upstream.max_connections, 6u);
  EXPECT_EQ(upstream.max_idle_connections, 3u);
  EXPECT_EQ(upstream.retry.attempts, 3u);
  EXPECT_EQ(upstream.retry.on, (std::vector<std::string>{"connect", "502"}));
  EXPECT_EQ(upstream.retry.backoff, milliseconds(10));
  EXPECT_EQ(upstream.ejection.consecutive_failures, 8u);
  EXPECT_EQ(upstream.ejection.base_time, milliseconds(9));
  EXPECT_EQ(upstream.ejection.max_time, milliseconds(10));
  EXPECT_EQ(upstream.ejection.max_percent, 11u);
  EXPECT_FALSE(upstream.tls.verify);
  EXPECT_EQ(upstream.tls.ca, "ca.pem");
  EXPECT_EQ(upstream.tls.server_name, "inner.example.com");
  EXPECT_EQ(upstream.tls.certificate, "client.pem");
  EXPECT_EQ(upstream.tls.key, "client.key");

  const auto& route = api.routes.at(0);
  EXPECT_EQ(route.hosts, (std::vector<std::string>{"api.example.com", "*.example.com"}));
  EXPECT_EQ(route.path, "/v3/{account}");
  EXPECT_EQ(route.methods, (std::vector<std::string>{"GET", "POST"}));
  EXPECT_EQ(route.headers.at("X-Debug"), "true");
  EXPECT_FALSE(route.strip_prefix);
  EXPECT_EQ(api.routes.at(1).path, "/");
}

TEST(Load, ReadsEveryMemberOfATokenIssuer) {
  const auto issuers = loaded(R"(
version: 1
token_issuers:
  - issuer: https://a.example.com
    audience: gateway
    jwks_url: https://a.example.com/keys
    tenant: t1
    default_roles: [viewer]
  - issuer: https://b.example.com
    audience: gateway
    jwks_file: keys.json
    tenant_claim: /tid
    tenants: [t1, t2]
    roles_claim: /roles
    allowed_roles: [developer]
)")
                           .token_issuers;
  model::TrustedIssuer one;
  one.issuer = "https://a.example.com";
  one.audience = "gateway";
  one.jwks_url = "https://a.example.com/keys";
  one.tenant = {"t1"};
  one.default_roles = {"viewer"};
  model::TrustedIssuer other;
  other.issuer = "https://b.example.com";
  other.audience = "gateway";
  other.jwks_file = "keys.json";
  other.tenant_claim = "/tid";
  other.tenants = {{"t1"}, {"t2"}};
  other.roles_claim = "/roles";
  other.allowed_roles = {"developer"};
  EXPECT_EQ(issuers, (std::vector{one, other}));
}

TEST(Load, TakesNullForTheDefaultAndEmptyForms) {
  const auto api = loaded(R"(
version: 1
apis:
  - name: risk
    description: null
    upstream:
      endpoints: [{url: "http://risk:9100"}]
      timeout_ms: null
      tls: {verify: true, ca: null, server_name: null}
      health_check: null
    transform: {request: [], response: []}
    cache: null
    fallback: []
)")
                       .apis.at(0);
  EXPECT_EQ(api.upstream.timeout, model::Upstream{}.timeout);
  EXPECT_EQ(api.upstream.tls.ca, std::nullopt);
}

TEST(Load, TakesTheExampleFile) {
  const auto configuration =
      loaded(content(fs::path(APIFORGE_SOURCE_DIR) / "apiforge.example.yaml"));
  EXPECT_EQ(configuration.apis.size(), 4u);
  EXPECT_EQ(configuration.credentials.size(), 3u);
  EXPECT_EQ(configuration.token_issuers.size(), 1u);
  EXPECT_EQ(configuration.quotas.size(), 3u);
  EXPECT_EQ(configuration.circuit_breakers.size(), 1u);
  EXPECT_EQ(configuration.alert_rules.size(), 1u);
}

TEST(Load, ShowsAtMostAHundredFaults) {
  std::string text = "version: 1\n";
  for (int i = 0; i < 200; ++i) text += "x" + std::to_string(i) + ": 1\n";
  const auto result = load_configuration(text, "f", WillingResolver{}, kConnectors);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().size(), kMaxFaults);
}

TEST(Load, NeverShowsWhatAReferenceLedTo) {
  class LeakyResolver final : public SecretResolver {
   public:
    Result<std::string> from_environment(std::string_view) const override { return "hunter2\n"; }
    Result<std::string> from_file(std::string_view) const override { return "hunter2\n"; }
  };
  const auto result = load_configuration(
      "version: 1\ncredentials: [{name: a, kind: bearer, fields: {token: '${env:T}'}}]\n"
      "apis: [{name: b, upstream: {endpoints: [{url: 'http://user:${file:p}@x'}]}}]\n",
      "f", LeakyResolver{}, kConnectors);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().size(), 2u) << written(result.error());
  EXPECT_THAT(written(result.error()), testing::Not(testing::HasSubstr("hunter2")));
}

/// testdata/faults holds pairs: `<case>.yaml`, and `<case>.expected` with the faults, one a line.
std::vector<std::string> fault_cases() {
  std::vector<std::string> names;
  const fs::path folder = fs::path(APIFORGE_SOURCE_DIR) / "src/declarative/testdata/faults";
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  }
  std::ranges::sort(names);
  return names;
}

class LoadFaults : public testing::TestWithParam<std::string> {};

TEST_P(LoadFaults, AreThoseExpected) {
  const fs::path folder = fs::path(APIFORGE_SOURCE_DIR) / "src/declarative/testdata/faults";
  const SystemSecretResolver resolver(std::map<std::string, std::string>{{"KEY", "k"}});
  const auto result = load_configuration(content(folder / (GetParam() + ".yaml")),
                                         GetParam() + ".yaml", resolver, kConnectors);
  ASSERT_FALSE(result);
  EXPECT_EQ(written(result.error()), content(folder / (GetParam() + ".expected")));
}

INSTANTIATE_TEST_SUITE_P(Files, LoadFaults, testing::ValuesIn(fault_cases()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace apiforge::declarative
