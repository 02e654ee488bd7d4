#include "admin/detail/gateway_statistics.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace apiforge::admin {
namespace {

namespace json = boost::json;

class GatewayStatisticsTest : public testing::Test {
 protected:
  static observe::ApiReading called(std::string name, std::uint64_t good, std::uint64_t bad) {
    observe::ApiReading reading;
    reading.name = std::move(name);
    reading.version = "v1";
    reading.requests[0][observe::status_class(200)] = good;
    reading.requests[0][observe::status_class(502)] = bad;
    reading.latency.buckets.resize(observe::LatencyScale::kBuckets);
    reading.latency.buckets[observe::LatencyScale::bucket_of(2'000'000)] = good + bad;
    return reading;
  }
  static ActiveApi active(std::string name, std::string tenant = "platform") {
    return {.tenant = {std::move(tenant)},
            .name = std::move(name),
            .version = "v1",
            .endpoints = {{"http://a", {}}, {"http://b", false}}};
  }
  json::object statistics() const { return gateway_statistics(reading, apis, view); }
  static std::int64_t number(const json::value& value) { return value.to_number<std::int64_t>(); }

  observe::CallReading reading;
  std::vector<ActiveApi> apis;
  StatisticsView view{.shows_api = [](const ActiveApi&) { return true; },
                      .shows_tenant = [](const std::string&) { return true; }};
};

TEST_F(GatewayStatisticsTest, adds_up_what_is_shown) {
  reading.apis = {called("a", 9, 1), called("b", 10, 0), called("gone", 5, 5)};
  apis = {active("a"), active("b")};
  const auto shown = statistics();
  EXPECT_EQ(number(shown.at("totals").at("calls")), 20);
  EXPECT_EQ(number(shown.at("totals").at("errors")), 1);
  EXPECT_EQ(shown.at("totals").at("error_rate").as_double(), 0.05);
  EXPECT_NEAR(shown.at("totals").at("latency_ms").at("p99").as_double(), 2.0, 0.02);
  EXPECT_EQ(shown.at("apis").at(0).at("error_rate").as_double(), 0.1);
}

TEST_F(GatewayStatisticsTest, shows_an_api_that_nobody_has_called) {
  apis = {active("quiet")};
  const auto shown = statistics();
  const json::value& api = shown.at("apis").at(0);
  EXPECT_EQ(number(api.at("calls")), 0);
  EXPECT_EQ(api.at("latency_ms").at("p50").as_double(), 0.0);
  EXPECT_EQ(api.at("endpoints").as_array().size(), 2u);
}

TEST_F(GatewayStatisticsTest, tells_the_state_of_endpoints) {
  apis = {active("a")};
  reading.apis = {called("a", 1, 0)};
  auto& endpoint = reading.apis[0].endpoints.emplace_back();
  endpoint.url = "http://a";
  endpoint.calls = 3;
  endpoint.ejected_workers = 1;
  const auto shown = statistics();
  const json::value& endpoints = shown.at("apis").at(0).at("endpoints");
  EXPECT_EQ(endpoints.at(0).at("state"), "ejected");
  EXPECT_EQ(number(endpoints.at(0).at("calls")), 3);
  EXPECT_EQ(endpoints.at(1).at("state"), "down");
}

TEST_F(GatewayStatisticsTest, tells_of_a_tenant_what_it_tells_of_an_api) {
  auto& tenant = reading.tenants.emplace_back();
  tenant.tenant = "desk";
  tenant.calls = 4;
  tenant.errors = 1;
  tenant.errors_by_source = {0, 0, 1};
  tenant.retries = 2;
  tenant.in_flight = 3;
  tenant.latency.buckets.resize(observe::LatencyScale::kBuckets);
  tenant.latency.buckets[observe::LatencyScale::bucket_of(2'000'000)] = 4;
  const auto shown = statistics();
  const json::value& desk = shown.at("tenants").at(0);
  EXPECT_EQ(desk.at("error_rate").as_double(), 0.25);
  EXPECT_EQ(number(desk.at("errors_by_source").at("upstream")), 1);
  EXPECT_EQ(number(desk.at("errors_by_source").at("caller")), 0);
  EXPECT_EQ(number(desk.at("retries")), 2);
  EXPECT_EQ(number(desk.at("in_flight")), 3);
  EXPECT_NEAR(desk.at("latency_ms").at("p99").as_double(), 2.0, 0.02);
}

TEST_F(GatewayStatisticsTest, leaves_out_what_the_caller_must_not_see) {
  reading.apis = {called("mine", 1, 0), called("theirs", 1, 0)};
  for (const char* tenant : {"(anonymous)", "me", "they"}) {
    reading.tenants.emplace_back().tenant = tenant;
  }
  apis = {active("mine", "me"), active("theirs", "they")};
  view.shows_api = [](const ActiveApi& api) { return api.tenant.value == "me"; };
  view.shows_tenant = [](const std::string& tenant) { return tenant == "me"; };
  const auto shown = statistics();
  EXPECT_EQ(number(shown.at("totals").at("calls")), 1);
  EXPECT_EQ(shown.at("apis").as_array().size(), 1u);
  EXPECT_EQ(json::serialize(shown).find("theirs"), std::string::npos);
  ASSERT_EQ(shown.at("tenants").as_array().size(), 1u);
  EXPECT_EQ(shown.at("tenants").at(0).at("tenant_id"), "me");
}

}  // namespace
}  // namespace apiforge::admin
