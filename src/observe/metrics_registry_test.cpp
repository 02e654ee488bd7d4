#include "observe/metrics_registry.hpp"

#include <gmock/gmock.h>

namespace apiforge::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

class MetricsRegistryTest : public testing::Test {
 protected:
  static CallRecord call(int status, std::uint8_t method = 0) {
    CallRecord record;
    record.status = status;
    record.method_slot = method;
    record.latency_ns = 2'000'000;
    return record;
  }

  MetricsRegistry registry{{"1.2.3", "g++ 12"}, WallTime{std::chrono::seconds(1'800'000'000)}};
};

TEST_F(MetricsRegistryTest, adds_up_the_calls_of_all_workers) {
  const auto first = registry.api(0, "binance", "v3");
  const auto second = registry.api(1, "binance", "v3");
  ASSERT_NE(first, second);
  first->record(call(200));
  second->record(call(204));
  second->record(call(404, 2));
  const std::string page = registry.render();
  EXPECT_THAT(page, HasSubstr("apiforge_requests_total{api=\"binance\",version=\"v3\","
                              "method=\"GET\",code_class=\"2xx\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("method=\"POST\",code_class=\"4xx\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("apiforge_request_duration_seconds_count{api=\"binance\","
                              "version=\"v3\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("apiforge_request_duration_seconds_bucket{api=\"binance\","
                              "version=\"v3\",le=\"0.0025\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("# TYPE apiforge_request_duration_seconds histogram\n"));
}

TEST_F(MetricsRegistryTest, shows_no_series_for_methods_and_classes_that_did_not_occur) {
  const auto cells = registry.api(0, "binance", "v3");
  EXPECT_THAT(registry.render(), Not(HasSubstr("apiforge_requests_total")));
}

// 10 000 Apis took 320 MiB on two workers for histograms of calls that never came.
TEST_F(MetricsRegistryTest, keeps_no_histogram_of_an_api_that_was_never_called) {
  const auto called = registry.api(0, "called", "v1");
  const auto quiet = registry.api(0, "quiet", "v1");
  called->record(call(200));
  const MetricsReading reading = registry.read();
  EXPECT_EQ(reading.apis.at(0).latency.total(), 1u);
  EXPECT_TRUE(reading.apis.at(0).upstream_latency.buckets.empty()) << "no upstream was reached";
  EXPECT_TRUE(reading.apis.at(1).latency.buckets.empty());
  EXPECT_THAT(registry.render(), HasSubstr("apiforge_request_duration_seconds_count{api=\"quiet\","
                                           "version=\"v1\"} 0\n"));
}

TEST_F(MetricsRegistryTest, hands_out_the_same_cells_while_a_snapshot_holds_them) {
  const auto old_snapshot = registry.api(0, "binance", "v3");
  old_snapshot->record(call(200));
  const auto new_snapshot = registry.api(0, "binance", "v3");
  EXPECT_EQ(old_snapshot, new_snapshot);
}

TEST_F(MetricsRegistryTest, forgets_what_no_snapshot_names) {
  auto api = registry.api(0, "binance", "v3");
  auto endpoint = registry.endpoint(0, "binance", "v3", "http://a");
  api->record(call(200));
  endpoint->calls.add();
  EXPECT_THAT(registry.render(), HasSubstr("endpoint=\"http://a\""));
  endpoint.reset();
  EXPECT_THAT(registry.render(), Not(HasSubstr("http://a")));
  api.reset();
  EXPECT_THAT(registry.render(), Not(HasSubstr("binance")));
}

TEST_F(MetricsRegistryTest, shows_endpoints_and_their_pools) {
  const auto first = registry.endpoint(0, "binance", "v3", "http://a");
  const auto second = registry.endpoint(1, "binance", "v3", "http://a");
  first->calls.add(3);
  first->ejected.set(1);
  first->ewma_ns.set(4'000'000);
  second->ewma_ns.set(2'000'000);
  second->connections_idle.set(2);
  const std::string page = registry.render();
  const std::string labels = "{api=\"binance\",version=\"v3\",endpoint=\"http://a\"}";
  EXPECT_THAT(page, HasSubstr("apiforge_upstream_calls_total" + labels + " 3\n"));
  EXPECT_THAT(page, HasSubstr("apiforge_upstream_ejected_workers" + labels + " 1\n"));
  EXPECT_THAT(page, HasSubstr("apiforge_upstream_connections_idle" + labels + " 2\n"));
  EXPECT_EQ(registry.read().apis.at(0).endpoints.at(0).ewma_ns, 3'000'000);
}

TEST_F(MetricsRegistryTest, shows_workers_build_and_process) {
  const auto worker = registry.worker(1);
  worker->connections_open.add(2);
  worker->log_lines_dropped.add(5);
  const std::string page = registry.render();
  EXPECT_THAT(page, HasSubstr("apiforge_workers 1\n"));
  EXPECT_THAT(page, HasSubstr("apiforge_worker_connections{worker=\"1\"} 2\n"));
  EXPECT_THAT(page, HasSubstr("apiforge_worker_log_lines_dropped_total{worker=\"1\"} 5\n"));
  EXPECT_THAT(page, HasSubstr("apiforge_build_info{version=\"1.2.3\",compiler=\"g++ 12\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("process_start_time_seconds 1800000000\n"));
  const ProcessReading process = read_process();
  EXPECT_GT(process.resident_bytes, 0);
  EXPECT_GT(process.open_descriptors, 2);
  EXPECT_GE(process.max_descriptors, process.open_descriptors);
}

TEST_F(MetricsRegistryTest, counts_hits_hedges_fallbacks_and_declared_errors) {
  const auto cells = registry.api(0, "fmp", "v1");
  CallRecord hit = call(200);
  hit.cached = true;
  CallRecord hedged = call(200);
  hedged.attempts = 3;
  hedged.hedges = 1;
  CallRecord fallen = call(200);
  fallen.fell_back = true;
  fallen.declared_error = true;
  for (const CallRecord& each : {hit, hedged, fallen}) cells->record(each);
  const std::string page = registry.render();
  const std::string labels = "{api=\"fmp\",version=\"v1\"} 1\n";
  for (const char* name : {"cache_hits", "hedges", "retries", "fallbacks", "declared_errors"}) {
    EXPECT_THAT(page, HasSubstr("apiforge_" + std::string(name) + "_total" + labels));
  }
  EXPECT_EQ(registry.read_calls().apis.at(0).failed_calls(), 1u);
}

TEST_F(MetricsRegistryTest, reads_the_latency_of_an_endpoint_from_all_workers) {
  const auto first = registry.endpoint(0, "fmp", "v1", "http://a");
  const auto second = registry.endpoint(1, "fmp", "v1", "http://a");
  first->latency.record(1'000'000);
  second->latency.record(3'000'000);
  const CallReading reading = registry.read_calls();
  EXPECT_EQ(reading.apis.at(0).endpoints.at(0).latency.total(), 2u);
}

TEST_F(MetricsRegistryTest, shows_numbers_from_elsewhere) {
  registry.add_source([](std::vector<ExtraReading>& out) {
    out.push_back({"apiforge_used_weight", "Used.", {{"api", "a"}, {"window", "1m"}}, 12});
    out.push_back({"apiforge_used_weight", "Used.", {{"api", "b"}, {"window", "1m"}}, 7});
    out.push_back({"apiforge_reloads_total", "Reloads.", {}, 3});
  });
  const std::string page = registry.render();
  EXPECT_THAT(page, HasSubstr("# TYPE apiforge_used_weight gauge\n"
                              "apiforge_used_weight{api=\"a\",window=\"1m\"} 12\n"
                              "apiforge_used_weight{api=\"b\",window=\"1m\"} 7\n"));
  EXPECT_THAT(page, HasSubstr("# TYPE apiforge_reloads_total counter\n"));
}

TEST_F(MetricsRegistryTest, counts_errors_retries_bytes_and_calls_without_a_status) {
  const auto cells = registry.api(0, "binance", "v3");
  CallRecord record = call(0, 9);
  record.error = &kErrorCodes[static_cast<std::size_t>(ErrorCode::CallerGone)];
  record.attempts = 3;
  record.upstream_ns = 1'000'000;
  record.bytes_in = 10;
  record.slow = true;
  cells->record(record);
  const auto api = registry.read().apis.at(0);
  EXPECT_EQ(api.calls(), 1u);
  EXPECT_EQ(api.failed_calls(), 0u);
  EXPECT_EQ(api.requests[9][status_class(0)], 1u);
  EXPECT_EQ(api.errors[static_cast<std::size_t>(ErrorSource::Caller)], 1u);
  EXPECT_EQ(api.retries, 2u);
  EXPECT_EQ(api.bytes_in, 10u);
  EXPECT_EQ(api.slow, 1u);
  EXPECT_EQ(api.upstream_latency.total(), 1u);
}

}  // namespace
}  // namespace apiforge::observe
