#include "quota/alert_meter.hpp"

#include <gmock/gmock.h>

namespace apiforge::quota {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;

MetricSample sample(std::string metric, std::map<std::string, std::string> labels, double value,
                    double of = 0) {
  return {.metric = std::move(metric), .labels = std::move(labels), .value = value, .of = of};
}

TEST(GroupSamplesTest, a_rule_without_labels_is_about_all_of_its_metric_together) {
  const model::AlertRule rule{.metric = "in_flight"};
  const MetricSample samples[] = {sample("in_flight", {{"api", "a"}}, 3),
                                  sample("in_flight", {{"api", "b"}}, 4),
                                  sample("calls_per_second", {{"api", "b"}}, 100)};
  const auto groups = group_samples(rule, samples);
  ASSERT_THAT(groups, ElementsAre(Key("")));
  EXPECT_EQ(groups.at("").value, 7);
}

TEST(GroupSamplesTest, a_star_makes_a_group_of_each_value_and_a_name_selects) {
  const model::AlertRule rule{.metric = "error_rate", .match = {{"api", "*"}, {"version", "v1"}}};
  const MetricSample samples[] = {sample("error_rate", {{"api", "a"}, {"version", "v1"}}, 1, 10),
                                  sample("error_rate", {{"api", "a"}, {"version", "v2"}}, 2, 20),
                                  sample("error_rate", {{"api", "b"}, {"version", "v1"}}, 3, 30),
                                  sample("error_rate", {{"api", "c"}}, 4, 40)};
  const auto groups = group_samples(rule, samples);
  ASSERT_THAT(groups, ElementsAre(Key("api=a,version=v1"), Key("api=b,version=v1")));
  EXPECT_EQ(groups.at("api=b,version=v1").value, 3);
  EXPECT_EQ(groups.at("api=b,version=v1").of, 30);
}

TEST(GroupSamplesTest, of_latencies_and_used_quotas_the_largest_counts) {
  for (const std::string metric : {"latency_p99_ms", "quota_used"}) {
    const model::AlertRule rule{.metric = metric};
    const MetricSample samples[] = {sample(metric, {}, 3), sample(metric, {}, 8),
                                    sample(metric, {}, 5)};
    EXPECT_EQ(group_samples(rule, samples).at("").value, 8);
  }
}

TEST(GroupSamplesTest, a_tenants_rule_sees_what_belongs_to_the_tenant_only) {
  MetricSample theirs = sample("open_breakers", {{"api", "theirs"}}, 1);
  theirs.tenant = "acme";
  const MetricSample samples[] = {theirs, sample("open_breakers", {{"api", "ours"}}, 1)};
  model::AlertRule rule{.metric = "open_breakers", .match = {{"api", "*"}}};
  EXPECT_THAT(group_samples(rule, samples), ElementsAre(Key("api=ours"), Key("api=theirs")));
  rule.tenant = {"acme"};
  EXPECT_THAT(group_samples(rule, samples), ElementsAre(Key("api=theirs")));
  rule.tenant = {"other"};
  EXPECT_THAT(group_samples(rule, samples), IsEmpty());
}

class AlertMeterTest : public testing::Test {
 protected:
  void given(model::AlertRule rule) {
    rule.over = seconds(10);
    meter_.emplace(rule);
  }
  std::optional<double> after(seconds passed, double value, double of = 0) {
    now_ += passed;
    return meter_->read(now_, {.value = value, .of = of});
  }

  MonotonicTime now_{std::chrono::hours(1)};
  std::optional<AlertMeter> meter_;
};

TEST_F(AlertMeterTest, a_level_is_judged_as_it_is) {
  given({.metric = "in_flight"});
  EXPECT_EQ(after(seconds(0), 12), 12);
  EXPECT_EQ(after(seconds(1), 3), 3);
}

TEST_F(AlertMeterTest, a_count_becomes_a_rate_over_the_window) {
  given({.metric = "calls_per_second"});
  EXPECT_EQ(after(seconds(0), 1'000), std::nullopt);
  EXPECT_EQ(after(seconds(5), 1'050), std::nullopt);
  EXPECT_EQ(after(seconds(5), 1'100), 10);
}

TEST_F(AlertMeterTest, a_share_is_of_what_was_added_in_the_window) {
  given({.metric = "error_rate"});
  after(seconds(0), 900, 1'000);  // long ago nearly all failed
  EXPECT_EQ(after(seconds(10), 905, 1'100), 0.05);
  EXPECT_EQ(after(seconds(10), 905, 1'100), 0);  // no calls, no errors
}

TEST_F(AlertMeterTest, a_counter_that_begins_anew_begins_the_window_anew) {
  given({.metric = "calls_per_second"});
  after(seconds(0), 1'000);
  ASSERT_EQ(after(seconds(10), 1'100), 10);
  EXPECT_EQ(after(seconds(1), 5), std::nullopt);
  EXPECT_EQ(after(seconds(10), 25), 2);
}

TEST_F(AlertMeterTest, a_rise_is_the_difference_over_the_window) {
  given({.metric = "latency_p99_ms", .condition = model::AlertCondition::RiseAbove});
  EXPECT_EQ(after(seconds(0), 100), std::nullopt);
  EXPECT_EQ(after(seconds(10), 250), 150);
  EXPECT_EQ(after(seconds(10), 200), -50);
}

}  // namespace
}  // namespace apiforge::quota
