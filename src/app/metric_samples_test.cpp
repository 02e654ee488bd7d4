#include "app/metric_samples.hpp"

#include <gmock/gmock.h>

#include "storage/faulty/faulty_store.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::app {
namespace {

using testing::IsEmpty;
using testing::Optional;

class MetricSamplesTest : public testing::Test {
 protected:
  SimulatedClock clock_;
  storage::MemoryStore memory_{clock_};
  storage::FaultyStore store_{memory_};
  observe::MetricsRegistry metrics_{{.version = "1", .compiler = "g++"}, clock_.wall()};
  std::shared_ptr<const gateway::Snapshot> snapshot_ =
      gateway::compile_snapshot({}, {}, nullptr).value();
  MetricSamples samples_{{.clock = clock_,
                          .metrics = metrics_,
                          .snapshot = [this] { return snapshot_; },
                          .store = store_}};
};

// A database that was away looked like quotas of which nothing is used.
TEST_F(MetricSamplesTest, what_is_used_is_not_known_while_the_database_is_away) {
  samples_.refresh();
  EXPECT_THAT(samples_.read("quota_used"), Optional(IsEmpty()));
  store_.set_down(true);
  EXPECT_THAT(samples_.read("quota_used"), Optional(IsEmpty())) << "it is asked every 15 s";
  clock_.advance(std::chrono::seconds(15));
  EXPECT_EQ(samples_.read("quota_used"), std::nullopt);
  EXPECT_THAT(samples_.read("open_breakers"), Optional(IsEmpty()));
  EXPECT_THAT(samples_.read("error_rate"), Optional(IsEmpty()));
}

// The database was asked for what it never has: only periods are written down.
TEST_F(MetricSamplesTest, a_rate_in_money_is_not_looked_for_in_the_database) {
  model::Configuration configuration;
  model::Quota& quota = configuration.quotas.emplace_back();
  quota.name = "spending";
  quota.limit = {.unit = model::LimitUnit::Usd, .amount = 1'000, .per = std::chrono::seconds(1)};
  snapshot_ = gateway::compile_snapshot(gateway::catalogue_of(configuration), {}, nullptr).value();
  store_.fail_next(storage::Operation::ListUsage);
  EXPECT_THAT(samples_.read("quota_used"), Optional(IsEmpty()));
}

}  // namespace
}  // namespace apiforge::app
