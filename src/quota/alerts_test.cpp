#include "quota/alerts.hpp"

#include <gmock/gmock.h>

#include "events/bus.hpp"

namespace apiforge::quota {
namespace {

using model::AlertRule;
using policy::AlertPhase;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class AlertEngineTest : public testing::Test {
 protected:
  AlertEngineTest() {
    bus_.subscribe([this](const events::Event& event) { events_.push_back(event); });
    rule_.name = "many";
    rule_.metric = "in_flight";
    rule_.match = {{"api", "*"}};
    rule_.threshold = 10;
    rule_.targets = {{.webhook = "https://ops.test/hook", .secret = Secret("whsec"), .zmq = true}};
  }

  void given_the_rule() { configure({rule_}); }
  void configure(std::vector<AlertRule> rules) { collect(engine_.configure(std::move(rules))); }
  void in_flight(const std::string& api, double value, const std::string& tenant = "platform") {
    levels_[api] = {
        .metric = "in_flight", .labels = {{"api", api}}, .value = value, .tenant = tenant};
  }
  void tick(std::chrono::nanoseconds passed = seconds(1)) {
    clock_.advance(passed);
    using Samples = std::vector<MetricSample>;
    collect(engine_.evaluate([this](std::string_view metric) -> std::optional<Samples> {
      asked_.emplace_back(metric);
      if (is_source_away_) return std::nullopt;
      Samples samples;
      for (const auto& [api, sample] : levels_) samples.push_back(sample);
      return samples;
    }));
  }
  void collect(std::vector<AlertDelivery> deliveries) {
    for (AlertDelivery& delivery : deliveries) told_.push_back(delivery.type);
    if (!deliveries.empty()) last_ = std::move(deliveries.back());
    bus_.drain();
  }
  std::vector<std::string> take_told() { return std::exchange(told_, {}); }

  SimulatedClock clock_;
  events::LocalBus bus_;
  AlertEngine engine_{clock_, bus_, {.node = "node-1", .max_groups = 3, .max_resolved = 2}};
  AlertRule rule_;
  std::map<std::string, MetricSample> levels_;
  bool is_source_away_ = false;
  std::vector<std::string> asked_;
  std::vector<events::Event> events_;
  std::vector<std::string> told_;
  AlertDelivery last_;
};

TEST_F(AlertEngineTest, tells_webhooks_and_the_bus_what_began_and_what_ended) {
  given_the_rule();
  in_flight("binance", 5);
  tick();
  EXPECT_THAT(told_, IsEmpty());
  in_flight("binance", 12);
  tick();
  EXPECT_THAT(take_told(), ElementsAre("alert.firing"));
  EXPECT_EQ(last_.url, "https://ops.test/hook");
  EXPECT_EQ(last_.rule, "many");
  EXPECT_THAT(last_.body, HasSubstr(R"("type":"alert.firing")"));
  EXPECT_THAT(last_.body, HasSubstr(R"("id":")" + last_.id + "\""));
  EXPECT_THAT(
      last_.body,
      HasSubstr(R"("tenant":"","data":{"alert":"many","group":"api=binance","metric":"in_flight",)"
                R"("condition":"above","threshold":"10","value":"12",)"
                R"("severity":"warning","since":"2023-11-14T22:13:22.000Z"})"));
  EXPECT_EQ(last_.signature, sign_webhook(Secret("whsec"), clock_.wall(), last_.body));
  EXPECT_THAT(last_.body, testing::Not(HasSubstr("whsec")));

  tick();
  in_flight("binance", 3);
  tick();
  EXPECT_THAT(take_told(), ElementsAre("alert.resolved"));
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_EQ(events_[0].type, events::EventType::AlertFiring);
  EXPECT_EQ(events_[1].type, events::EventType::AlertResolved);
}

TEST_F(AlertEngineTest, asks_for_the_metrics_of_its_rules_only_and_once_each) {
  tick();
  EXPECT_THAT(asked_, IsEmpty());
  AlertRule other = rule_;
  other.name = "more";
  AlertRule disabled = rule_;
  disabled.name = "off";
  disabled.metric = "error_rate";
  disabled.enabled = false;
  configure({rule_, other, disabled});
  tick();
  EXPECT_THAT(asked_, ElementsAre("in_flight"));
}

TEST_F(AlertEngineTest, each_group_has_its_own_alert) {
  given_the_rule();
  in_flight("a", 20);
  in_flight("b", 5);
  in_flight("c", 30);
  tick();
  const auto alerts = engine_.alerts();
  ASSERT_THAT(alerts, SizeIs(2));
  EXPECT_EQ(alerts[0].group, "api=a");
  EXPECT_EQ(alerts[1].group, "api=c");
  EXPECT_EQ(alerts[1].value, 30);
  EXPECT_EQ(alerts[1].phase, AlertPhase::Firing);
}

TEST_F(AlertEngineTest, groups_beyond_the_bound_are_counted_and_left_out) {
  given_the_rule();
  for (const char* api : {"a", "b", "c", "d", "e"}) in_flight(api, 20);
  tick();
  EXPECT_THAT(engine_.alerts(), SizeIs(3));
  EXPECT_EQ(engine_.groups_left_out(), 2u);
}

TEST_F(AlertEngineTest, shows_what_is_pending_and_what_ended_lately) {
  rule_.hold = minutes(1);
  given_the_rule();
  in_flight("a", 20);
  tick();
  ASSERT_THAT(engine_.alerts(), SizeIs(1));
  EXPECT_EQ(engine_.alerts()[0].phase, AlertPhase::Pending);
  tick(minutes(1));
  EXPECT_EQ(engine_.alerts()[0].phase, AlertPhase::Firing);
  in_flight("a", 0);
  tick();
  ASSERT_THAT(engine_.alerts(), SizeIs(1));
  EXPECT_EQ(engine_.alerts()[0].phase, AlertPhase::Quiet);
  EXPECT_EQ(engine_.alerts()[0].resolved_at, clock_.wall());
  EXPECT_EQ(engine_.alerts()[0].value, 20) << "when it held";
  EXPECT_EQ(engine_.alerts()[0].told_at, clock_.wall() - seconds(1));

  for (int round = 0; round < 4; ++round) {
    in_flight("a", 20);
    tick();
    tick(minutes(1));
    in_flight("a", 0);
    tick();
  }
  EXPECT_THAT(engine_.alerts(), SizeIs(2)) << "the newest resolved ones";
}

TEST_F(AlertEngineTest, a_group_that_vanishes_resolves) {
  given_the_rule();
  in_flight("a", 20);
  tick();
  levels_.clear();
  tick();
  EXPECT_THAT(take_told(), ElementsAre("alert.firing", "alert.resolved"));
  tick();
  EXPECT_THAT(told_, IsEmpty());
}

// A database that was away for a second resolved all alerts that ask it, and then told them anew.
TEST_F(AlertEngineTest, an_alert_whose_numbers_cannot_be_known_stays_as_it_is) {
  given_the_rule();
  in_flight("a", 20);
  tick();
  ASSERT_THAT(take_told(), ElementsAre("alert.firing"));
  const std::string id = engine_.alerts().at(0).id;
  is_source_away_ = true;
  tick();
  is_source_away_ = false;
  tick();
  EXPECT_THAT(told_, IsEmpty());
  ASSERT_THAT(engine_.alerts(), SizeIs(1));
  EXPECT_EQ(engine_.alerts()[0].id, id);
  EXPECT_EQ(engine_.alerts()[0].phase, AlertPhase::Firing);
}

TEST_F(AlertEngineTest, a_rule_that_goes_or_looks_at_something_else_ends_its_alerts) {
  given_the_rule();
  in_flight("a", 20);
  tick();
  take_told();
  rule_.threshold = 15;
  given_the_rule();
  EXPECT_THAT(take_told(), ElementsAre("alert.resolved"));
  tick();
  EXPECT_THAT(take_told(), ElementsAre("alert.firing"));
  configure({});
  EXPECT_THAT(take_told(), ElementsAre("alert.resolved"));
}

TEST_F(AlertEngineTest, a_rule_whose_targets_change_goes_on) {
  given_the_rule();
  in_flight("a", 20);
  tick();
  take_told();
  rule_.targets = {{.webhook = "https://new.test/"}};
  given_the_rule();
  tick();
  EXPECT_THAT(told_, IsEmpty());
  in_flight("a", 0);
  tick();
  EXPECT_EQ(last_.url, "https://new.test/");
  EXPECT_EQ(last_.signature, "");
}

TEST_F(AlertEngineTest, a_silence_keeps_quiet_and_what_lasts_is_told_when_it_ends) {
  given_the_rule();
  ASSERT_TRUE(engine_.silence(rule_.tenant, "many", clock_.wall() + minutes(10)));
  in_flight("a", 20);
  tick();
  EXPECT_THAT(told_, IsEmpty());
  ASSERT_THAT(engine_.alerts(), SizeIs(1));
  EXPECT_TRUE(engine_.alerts()[0].silenced);
  given_the_rule();  // a reload that does not change the rule does not end the silence
  tick();
  EXPECT_THAT(told_, IsEmpty());
  tick(minutes(10));
  EXPECT_THAT(take_told(), ElementsAre("alert.firing"));
}

TEST_F(AlertEngineTest, has_the_enabled_rules_alone_and_silences_no_other) {
  AlertRule disabled = rule_;
  disabled.name = "off";
  disabled.enabled = false;
  configure({rule_, disabled});
  EXPECT_TRUE(engine_.has_rule(rule_.tenant, "many"));
  EXPECT_FALSE(engine_.has_rule({"other"}, "many"));
  EXPECT_FALSE(engine_.has_rule(rule_.tenant, "off"));
  EXPECT_FALSE(engine_.silence(rule_.tenant, "off", std::nullopt));
}

TEST_F(AlertEngineTest, the_rules_own_silence_counts_and_replaces_that_of_an_operator) {
  rule_.silenced_until = clock_.wall() + minutes(10);
  given_the_rule();
  in_flight("a", 20);
  tick();
  EXPECT_THAT(told_, IsEmpty());
  rule_.silenced_until.reset();
  given_the_rule();
  tick();
  EXPECT_THAT(told_, ElementsAre("alert.firing"));
  EXPECT_FALSE(engine_.silence(rule_.tenant, "unknown", std::nullopt));
  EXPECT_FALSE(engine_.silence({"other"}, "many", std::nullopt));
}

TEST_F(AlertEngineTest, is_told_again_while_it_lasts) {
  rule_.repeat = minutes(5);
  given_the_rule();
  in_flight("a", 20);
  for (int minute = 0; minute < 12; ++minute) tick(minutes(1));
  EXPECT_THAT(told_, SizeIs(3));
}

TEST_F(AlertEngineTest, without_a_zmq_target_nothing_is_published) {
  rule_.targets = {{.webhook = "https://ops.test/hook"}};
  given_the_rule();
  in_flight("a", 20);
  tick();
  EXPECT_THAT(told_, SizeIs(1));
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(AlertEngineTest, tenants_see_their_own_alerts) {
  AlertRule theirs = rule_;
  theirs.tenant = {"acme"};
  configure({rule_, theirs});
  in_flight("ours", 20);
  in_flight("theirs", 20, "acme");
  tick();
  EXPECT_THAT(engine_.alerts(), SizeIs(3));
  ASSERT_THAT(engine_.alerts("acme"), SizeIs(1));
  EXPECT_EQ(engine_.alerts("acme")[0].group, "api=theirs");
}

TEST_F(AlertEngineTest, knows_the_secret_of_a_target) {
  given_the_rule();
  EXPECT_EQ(engine_.secret_of("platform", "many", "https://ops.test/hook"), Secret("whsec"));
  EXPECT_EQ(engine_.secret_of("platform", "many", "https://other.test/"), std::nullopt);
  EXPECT_EQ(engine_.secret_of("acme", "many", "https://ops.test/hook"), std::nullopt);
}

}  // namespace
}  // namespace apiforge::quota
