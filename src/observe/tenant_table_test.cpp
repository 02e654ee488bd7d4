#include "observe/tenant_table.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/error.hpp"
#include "observe/metrics_registry.hpp"

namespace apiforge::observe {
namespace {

class TenantTableTest : public testing::Test {
 protected:
  static CallRecord call_of(std::string_view tenant, int status = 200) {
    CallRecord call;
    call.tenant = tenant;
    call.status = status;
    call.bytes_out = 10;
    return call;
  }
  std::map<std::string, std::uint64_t> calls_by_tenant() const {
    std::map<std::string, std::uint64_t> calls;
    table.for_each([&](std::string_view tenant, const TenantCells& cells) {
      calls[std::string(tenant)] = cells.calls.value();
    });
    return calls;
  }

  TenantTable table;
};

TEST_F(TenantTableTest, counts_each_tenant_for_itself) {
  table.record(call_of("desk-1"));
  table.record(call_of("desk-2"));
  table.record(call_of("desk-1"));
  const std::map<std::string, std::uint64_t> expected{{"desk-1", 2}, {"desk-2", 1}};
  EXPECT_EQ(calls_by_tenant(), expected);
}

TEST_F(TenantTableTest, counts_callers_without_a_credential_together) {
  table.record(call_of(""));
  EXPECT_EQ(calls_by_tenant().at("(anonymous)"), 1u);
}

TEST_F(TenantTableTest, counts_those_together_that_find_it_full) {
  for (std::size_t i = 0; i < TenantTable::kMaxTenants + 7; ++i) {
    table.record(call_of("tenant-" + std::to_string(i)));
  }
  table.record(call_of("tenant-0"));
  const auto calls = calls_by_tenant();
  EXPECT_EQ(calls.size(), TenantTable::kMaxTenants + 1);
  EXPECT_EQ(calls.at("(other)"), 7u);
  EXPECT_EQ(calls.at("tenant-0"), 2u) << "who is in stays in";
}

TEST_F(TenantTableTest, counts_5xx_and_replies_that_tell_of_an_error_as_errors) {
  auto told = call_of("desk", 200);
  told.declared_error = true;
  table.record(told);
  table.record(call_of("desk", 502));
  table.record(call_of("desk", 404));
  table.for_each([](std::string_view, const TenantCells& cells) {
    EXPECT_EQ(cells.calls.value(), 3u);
    EXPECT_EQ(cells.errors.value(), 2u);
    EXPECT_EQ(cells.bytes_out.value(), 30u);
  });
}

TEST_F(TenantTableTest, is_added_up_over_the_workers) {
  MetricsRegistry registry({}, WallTime{});
  const auto first = registry.worker(0);
  const auto second = registry.worker(1);
  CallRecord retried = call_of("b", 500);
  retried.attempts = 3;
  retried.latency_ns = 2'000'000;
  retried.error = &Error{ErrorCode::UpstreamBroke, {}, {}}.info();
  first->tenants.record(call_of("b"));
  second->tenants.record(retried);
  second->tenants.record(call_of("a"));
  first->tenants.of("b").in_flight.add(1);
  second->tenants.of("b").in_flight.add(2);
  const CallReading reading = registry.read_calls();
  ASSERT_EQ(reading.tenants.size(), 2u);
  EXPECT_EQ(reading.tenants[0].tenant, "a");
  EXPECT_EQ(reading.tenants[1].tenant, "b");
  EXPECT_EQ(reading.tenants[1].calls, 2u);
  EXPECT_EQ(reading.tenants[1].errors, 1u);
  EXPECT_EQ(reading.tenants[1].errors_by_source, (std::array<std::uint64_t, 3>{0, 0, 1}));
  EXPECT_EQ(reading.tenants[1].retries, 2u);
  EXPECT_EQ(reading.tenants[1].in_flight, 3);
  EXPECT_EQ(reading.tenants[1].latency.total(), 2u);
  EXPECT_NEAR(static_cast<double>(reading.tenants[1].latency.quantile(1.0).count()), 2e6, 2e4);
}

}  // namespace
}  // namespace apiforge::observe
