#include "gateway/snapshot.hpp"

#include <gtest/gtest.h>

#include "gateway/gateway_fixture.hpp"

namespace apiforge::gateway {
namespace {

// Signs nothing; there is one for each compiled Api, which is how the tests tell them apart.
Result<std::shared_ptr<const connectors::Connector>> make_sealed(
    const model::Api&, const model::Credential* credential) {
  if (!credential) return fail(ErrorCode::InvalidConfiguration, "needs a credential");
  return std::make_shared<const PlainConnector>();
}

std::string_view no_header(const void*, std::string_view) {
  return {};
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
    auto snapshot = compile_snapshot(catalogue_of(configuration), connectors, previous);
    EXPECT_TRUE(snapshot) << snapshot.error().detail;
    return snapshot.value_or(nullptr);
  }
  static const RouteTarget* target(const Snapshot& snapshot, std::string_view path) {
    const auto result = snapshot.routes->match(
        {.host = "gateway", .path = path, .method = "GET", .headers = {no_header, nullptr}});
    return result.match ? &snapshot.targets[result.match->value] : nullptr;
  }
  // `name@version` of the Api that a path leads to when the caller names no version, or nothing.
  static std::string destination(const Snapshot& snapshot, std::string_view path,
                                 std::string_view version = {}) {
    const RouteTarget* found = target(snapshot, path);
    if (!found) return {};
    std::uint32_t index = found->api;
    if (!version.empty() && !found->pinned) {
      index = snapshot.find_version(snapshot.groups[found->group], version);
    }
    if (index == kNone) return {};
    const model::Api& api = snapshot.apis[index]->config;
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
  EXPECT_EQ(second->routes, first->routes) << "no route has changed";
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
  auto snapshot = compile_snapshot(catalogue_of(configuration), connectors, nullptr);
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().code, ErrorCode::InvalidConfiguration);
  EXPECT_EQ(snapshot.error().detail, "api 'odd': unknown connector 'unknown'");

  configuration.apis[1].connector = "sealed";
  snapshot = compile_snapshot(catalogue_of(configuration), connectors, nullptr);
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

TEST_F(SnapshotTest, an_unmarked_version_among_several_is_named_or_not_found) {
  given_api("risk", "v1");
  given_api("risk", "v2");
  const SnapshotPtr snapshot = compile();
  EXPECT_EQ(destination(*snapshot, "/proxy/risk"), "");
  EXPECT_EQ(destination(*snapshot, "/proxy/risk", "v2"), "risk@v2");
  EXPECT_EQ(destination(*snapshot, "/proxy/risk", "v3"), "");
}

TEST_F(SnapshotTest, weights_belong_to_the_versions_that_share_a_route) {
  given_api("risk", "v1").traffic_weight = 90;
  given_api("risk", "v2").traffic_weight = 10;
  model::Route only_here;
  only_here.path = "/beta";
  given_api("risk", "v3").routes = {only_here};
  configuration.apis[0].is_default_version = true;
  const SnapshotPtr snapshot = compile();
  const RouteTarget* shared = target(*snapshot, "/proxy/risk");
  ASSERT_TRUE(shared);
  ASSERT_NE(shared->choice, kNone);
  EXPECT_EQ(snapshot->choices[shared->choice].apis, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(destination(*snapshot, "/beta"), "risk@v3");
  EXPECT_EQ(target(*snapshot, "/beta")->choice, kNone);
}

TEST_F(SnapshotTest, versions_may_have_the_same_route_of_their_own) {
  model::Route route;
  route.path = "/risk";
  given_api("risk", "v1").routes = {route};
  given_api("risk", "v2").routes = {route};
  configuration.apis[1].is_default_version = true;
  const SnapshotPtr snapshot = compile();
  EXPECT_EQ(destination(*snapshot, "/risk/x"), "risk@v2");
  EXPECT_EQ(destination(*snapshot, "/risk/x", "v1"), "risk@v1");
}

TEST_F(SnapshotTest, an_api_keeps_its_slot_and_a_free_one_is_used_again) {
  given_api("a");
  given_api("b");
  given_api("c");
  const SnapshotPtr first = compile();
  const std::uint32_t slot_of_b = first->apis[1]->slot;
  configuration.apis[2].description = "changed";
  configuration.apis.erase(configuration.apis.begin() + 1);
  const SnapshotPtr second = compile(first.get());
  EXPECT_EQ(second->apis[0]->slot, first->apis[0]->slot);
  EXPECT_EQ(second->apis[1]->slot, first->apis[2]->slot);
  EXPECT_EQ(second->by_slot[slot_of_b], kNone);
  given_api("d");
  const SnapshotPtr third = compile(second.get());
  EXPECT_EQ(third->apis[2]->slot, slot_of_b);
  EXPECT_EQ(third->by_slot[slot_of_b], 2U);
}

TEST_F(SnapshotTest, an_api_keeps_its_number_and_no_other_gets_it) {
  given_api("a");
  given_api("b");
  const SnapshotPtr first = compile();
  configuration.apis[0].description = "changed";
  configuration.apis.pop_back();
  const SnapshotPtr second = compile(first.get());
  EXPECT_EQ(second->apis[0]->number, first->apis[0]->number);
  given_api("c");
  const SnapshotPtr third = compile(second.get());
  EXPECT_EQ(third->apis[1]->slot, first->apis[1]->slot);
  EXPECT_GT(third->apis[1]->number, first->apis[1]->number);
}

TEST_F(SnapshotTest, says_what_replies_of_a_deprecated_version_say) {
  model::Deprecation& deprecation = given_api("old").deprecation;
  deprecation.since = WallTime(std::chrono::seconds(1'688'169'599));
  deprecation.sunset = WallTime(std::chrono::seconds(784'111'777));
  deprecation.link = "https://docs.example/old";
  EXPECT_EQ(compile()->apis[0]->version_lines,
            "Deprecation: @1688169599\r\n"
            "Sunset: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Link: <https://docs.example/old>; rel=\"deprecation\"\r\n");
}

TEST_F(SnapshotTest, uses_the_credential_of_its_own_tenant) {
  configuration.credentials = {{"main", "bearer", {{"token", Secret("theirs")}}}};
  configuration.credentials.front().tenant = model::TenantId{"t1"};
  given_api("a").credential = "main";
  EXPECT_EQ(compile()->apis[0]->credential, nullptr);
  configuration.apis[0].tenant = model::TenantId{"t1"};
  EXPECT_NE(compile()->apis[0]->credential, nullptr);
}

}  // namespace
}  // namespace apiforge::gateway
