#include "observe/health.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace apiforge::observe {
namespace {

HealthStatus overall(std::vector<ComponentHealth> components) {
  return overall_status(components);
}

TEST(Health, is_ok_when_all_parts_are_ok_or_disabled) {
  EXPECT_EQ(overall({}), HealthStatus::Ok);
  EXPECT_EQ(overall({{"database", HealthStatus::Ok}, {"redis", HealthStatus::Disabled}}),
            HealthStatus::Ok);
}

TEST(Health, is_degraded_when_a_part_is_degraded_or_an_optional_one_is_down) {
  EXPECT_EQ(overall({{"upstreams", HealthStatus::Degraded}}), HealthStatus::Degraded);
  EXPECT_EQ(overall({{"redis", HealthStatus::Down, "", false}}), HealthStatus::Degraded);
}

TEST(Health, is_down_when_a_required_part_is_down) {
  EXPECT_EQ(overall({{"upstreams", HealthStatus::Degraded}, {"database", HealthStatus::Down}}),
            HealthStatus::Down);
  EXPECT_EQ(http_status(HealthStatus::Down), 503);
  EXPECT_EQ(http_status(HealthStatus::Degraded), 200);
}

TEST(Health, is_shown_as_the_contract_says) {
  const HealthReport report{
      .version = "1.2.3",
      .environment = "production",
      .uptime = std::chrono::milliseconds(1234),
      .components = {{.name = "database", .latency = std::chrono::microseconds(1500)},
                     {.name = "disk", .status = HealthStatus::Degraded, .detail = "5 % \"left\""},
                     {.name = "redis", .status = HealthStatus::Disabled}}};
  EXPECT_EQ(boost::json::parse(to_json(report)), boost::json::parse(R"({
    "status": "degraded", "version": "1.2.3", "uptime_ms": 1234, "environment": "production",
    "components": {"database": {"status": "ok", "latency_ms": 1.5},
                   "disk": {"status": "degraded", "detail": "5 % \"left\""},
                   "redis": {"status": "disabled"}}})"));
  EXPECT_TRUE(boost::json::parse(to_json({})).at("components").as_object().empty());
}

}  // namespace
}  // namespace apiforge::observe
