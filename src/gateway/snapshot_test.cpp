#include "gateway/snapshot.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace apiforge::gateway {
namespace {

// Signs nothing; there is one for each compiled Api, which is how the tests tell them apart.
class PlainConnector final : public connectors::Connector {
 public:
  std::span<const std::string_view> stripped_fields() const override { return {}; }
  Result<void> sign(connectors::SigningRequest&, WallTime) const override { return {}; }
};

Result<std::shared_ptr<const connectors::Connector>> make_plain(const model::Api&,
                                                                const model::Credential*) {
  return std::make_shared<const PlainConnector>();
}

Result<std::shared_ptr<const connectors::Connector>> make_sealed(
    const model::Api&, const model::Credential* credential) {
  if (!credential) return fail(ErrorCode::InvalidConfiguration, "needs a credential");
  return std::make_shared<const PlainConnector>();
}

std::string_view no_header(const void*, std::string_view) {
  return {};
}
std::string_view version_header(const void* context, std::string_view name) {
  return equals_ignoring_case(name, "x-api-version")
             ? *static_cast<const std::string_view*>(context)
             : std::string_view();
}

using SnapshotPtr = std::shared_ptr<const Snapshot>;

class SnapshotTest : public testing::Test {
 protected:
  model::Api& given_api(std::string name, std::string version = "v1") {
    model::Api api;
    api.name = std::move(name);
    api.version = std::move(version);
    model::Endpoint endpoint;
    endpoint.url = "http://127.0.0.1:9000/base";
    api.upstream.endpoints = {endpoint};
    configuration.apis.push_back(std::move(api));
    return configuration.apis.back();
  }
  SnapshotPtr compile(const Snapshot* previous = nullptr) {
    auto snapshot = compile_snapshot(configuration, connectors, previous);
    EXPECT_TRUE(snapshot) << snapshot.error().detail;
    return snapshot.value_or(nullptr);
  }
  // `name@version` of the Api that a path leads to, or nothing.
  static std::string destination(const Snapshot& snapshot, std::string_view path,
                                 std::string_view version = {}) {
    const policy::HeaderLookup headers = version.empty()
                                             ? policy::HeaderLookup{no_header, nullptr}
                                             : policy::HeaderLookup{version_header, &version};
    const auto result = snapshot.routes.match(
        {.host = "gateway", .path = path, .method = "GET", .headers = headers});
    if (!result.match) return {};
    const model::Api& api = snapshot.apis[result.match->value]->config;
    return api.name + "@" + api.version;
  }

  model::Configuration configuration;
  std::vector<ConnectorEntry> connectors{{"http", make_plain}, {"sealed", make_sealed}};
};

TEST_F(SnapshotTest, of_nothing_has_nothing) {
  const SnapshotPtr snapshot = compile();
  EXPECT_EQ(snapshot->revision, 1U);
  EXPECT_TRUE(snapshot->apis.empty());
  EXPECT_EQ(destination(*snapshot, "/proxy/binance"), "");
}

TEST_F(SnapshotTest, leads_from_the_default_path_to_the_api) {
  given_api("binance");
  const SnapshotPtr snapshot = compile();
  EXPECT_EQ(destination(*snapshot, "/proxy/binance"), "binance@v1");
  EXPECT_EQ(destination(*snapshot, "/proxy/binance/api/v3/time"), "binance@v1");
  EXPECT_EQ(destination(*snapshot, "/proxy/binance@v1/api"), "binance@v1");
  EXPECT_EQ(destination(*snapshot, "/proxy/binances"), "");
  const CompiledEndpoint& endpoint = snapshot->apis[0]->endpoints[0];
  EXPECT_EQ(endpoint.authority, "127.0.0.1:9000");
  EXPECT_EQ(endpoint.parts.path_prefix, "/base");
  EXPECT_EQ(snapshot->apis[0]->tls, nullptr);
}

TEST_F(SnapshotTest, tells_versions_apart_by_path_and_header) {
  given_api("risk", "v1");
  given_api("risk", "v2").is_default_version = true;
  const SnapshotPtr snapshot = compile();
  EXPECT_EQ(destination(*snapshot, "/proxy/risk/x"), "risk@v2");
  EXPECT_EQ(destination(*snapshot, "/proxy/risk@v1/x"), "risk@v1");
  EXPECT_EQ(destination(*snapshot, "/proxy/risk/x", "v1"), "risk@v1");
  EXPECT_EQ(destination(*snapshot, "/proxy/risk/x", "v2"), "risk@v2");
}

TEST_F(SnapshotTest, has_no_api_that_is_switched_off) {
  given_api("risk", "v1");
  given_api("risk", "v2").enabled = false;
  const SnapshotPtr snapshot = compile();
  EXPECT_EQ(snapshot->apis.size(), 1U);
  EXPECT_EQ(destination(*snapshot, "/proxy/risk"), "risk@v1");
  EXPECT_EQ(destination(*snapshot, "/proxy/risk@v2"), "");
}

TEST_F(SnapshotTest, uses_routes_of_ones_own_instead_of_the_default) {
  model::Route route;
  route.path = "/prices";
  given_api("fred").routes = {route};
  const SnapshotPtr snapshot = compile();
  EXPECT_EQ(destination(*snapshot, "/prices/gold"), "fred@v1");
  EXPECT_EQ(destination(*snapshot, "/proxy/fred"), "");
}

TEST_F(SnapshotTest, shares_what_is_unchanged_with_its_predecessor) {
  given_api("same");
  given_api("changed");
  const SnapshotPtr first = compile();
  configuration.apis[1].max_body_bytes = 17;
  const SnapshotPtr second = compile(first.get());
  EXPECT_EQ(second->revision, first->revision + 1);
  EXPECT_EQ(second->apis[0], first->apis[0]);
  EXPECT_NE(second->apis[1], first->apis[1]);
  EXPECT_EQ(second->apis[1]->config.max_body_bytes, 17U);
}

TEST_F(SnapshotTest, compiles_an_api_anew_when_its_credential_changes) {
  configuration.credentials = {{"main", "bearer", {{"token", Secret("one")}}}};
  given_api("a").credential = "main";
  given_api("b");
  const SnapshotPtr first = compile();
  configuration.credentials[0].fields["token"] = Secret("two");
  const SnapshotPtr second = compile(first.get());
  EXPECT_NE(second->apis[0], first->apis[0]);
  EXPECT_EQ(second->apis[1], first->apis[1]);
  configuration.credentials.clear();
  configuration.apis[0].credential.clear();
  EXPECT_NE(compile(second.get())->apis[0], second->apis[0]);
}

TEST_F(SnapshotTest, names_the_api_that_cannot_be_compiled) {
  given_api("fine");
  given_api("odd").connector = "unknown";
  auto snapshot = compile_snapshot(configuration, connectors, nullptr);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code, ErrorCode::InvalidConfiguration);
  EXPECT_EQ(snapshot.error().detail, "api 'odd': unknown connector 'unknown'");

  configuration.apis[1].connector = "sealed";
  snapshot = compile_snapshot(configuration, connectors, nullptr);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().detail, "api 'odd': needs a credential");
}

TEST_F(SnapshotTest, shares_one_tls_context_between_apis_that_want_the_same) {
  given_api("a").upstream.endpoints[0].url = "https://one.example";
  given_api("b").upstream.endpoints[0].url = "https://two.example";
  given_api("c").upstream.endpoints[0].url = "https://three.example";
  configuration.apis[2].upstream.tls.verify = false;
  const SnapshotPtr snapshot = compile();
  ASSERT_NE(snapshot->apis[0]->tls, nullptr);
  EXPECT_EQ(snapshot->apis[0]->tls, snapshot->apis[1]->tls);
  EXPECT_NE(snapshot->apis[0]->tls, snapshot->apis[2]->tls);
}

}  // namespace
}  // namespace apiforge::gateway
