#include "app/alert_station.hpp"

#include <atomic>

#include "events/bus.hpp"
#include "net/loopback_fixture.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::app {
namespace {

class AlertStationTest : public net::LoopbackTest {
 protected:
  AlertStationTest() { station_.start(); }
  void TearDown() override {
    station_.stop();
    pass(std::chrono::seconds(1));
    LoopbackTest::TearDown();
  }

  static model::AlertRule rule(const std::string& name, bool enabled = true,
                               const std::string& tenant = std::string(model::kPlatformTenant)) {
    return {.tenant = {tenant}, .name = name, .enabled = enabled, .metric = "in_flight"};
  }
  void given_declared(std::vector<model::AlertRule> rules) {
    model::Configuration file;
    file.alert_rules = std::move(rules);
    declared_ = std::make_shared<const model::Configuration>(std::move(file));
  }
  void given_stored(const std::vector<model::AlertRule>& rules) {
    catalogue::StoredCatalogue stored;
    for (const auto& each : rules) {
      stored.alert_rules.push_back(std::make_shared<const model::AlertRule>(each));
    }
    stored_ = std::make_shared<const catalogue::StoredCatalogue>(std::move(stored));
  }
  /// Its next look is over: the pool has one thread.
  void look() {
    pass(std::chrono::seconds(1));
    std::atomic<bool> is_over = false;
    ASSERT_TRUE(pool_.post([&] { is_over = true; }));
    ASSERT_TRUE(becomes([&] { return is_over.load(); }));
    settle();
  }

  Settings settings_;
  storage::MemoryStore store_{clock};
  observe::LineQueue lines_;
  observe::Log log_{lines_, clock, observe::LogLevel::Info, observe::LineFormat::Text, "TEST"};
  observe::MetricsRegistry metrics_{{.version = "1", .compiler = "g++"}, clock.wall()};
  events::LocalBus bus_;
  std::shared_ptr<const gateway::Snapshot> snapshot_ =
      gateway::compile_snapshot({}, {}, nullptr).value();
  std::shared_ptr<const model::Configuration> declared_ =
      std::make_shared<const model::Configuration>();
  std::shared_ptr<const catalogue::StoredCatalogue> stored_ =
      std::make_shared<const catalogue::StoredCatalogue>();
  net::BlockingPool pool_{1, 16};
  AlertStation station_{{.settings = settings_,
                         .clock = clock,
                         .control = loop,
                         .pool = pool_,
                         .store = store_,
                         .log = log_,
                         .metrics = metrics_,
                         .bus = bus_,
                         .node = "node-1",
                         .snapshot = [this] { return snapshot_; },
                         .declared = [this] { return declared_; },
                         .stored = [this] { return stored_; }}};
};

TEST_F(AlertStationTest, HasTheRulesOfTheFileAndOfTheDatabase) {
  given_declared({rule("declared"), rule("off", false)});
  given_stored({rule("stored"), rule("foreign", true, "desk")});
  look();
  EXPECT_TRUE(station_.has_rule("declared"));
  EXPECT_TRUE(station_.has_rule("stored"));
  EXPECT_FALSE(station_.has_rule("off"));
  EXPECT_FALSE(station_.has_rule("foreign"));
}

TEST_F(AlertStationTest, FollowsBothWhenTheyChange) {
  look();
  EXPECT_FALSE(station_.has_rule("many"));
  given_declared({rule("many")});
  look();
  EXPECT_TRUE(station_.has_rule("many"));
  given_declared({});
  look();
  EXPECT_FALSE(station_.has_rule("many"));
  given_stored({rule("many")});
  look();
  EXPECT_TRUE(station_.has_rule("many"));
}

TEST_F(AlertStationTest, TakesTheFilesRuleWhereTheDatabaseHasOneOfItsName) {
  given_declared({rule("many", false)});
  given_stored({rule("many"), rule("many", true, "desk")});
  look();
  EXPECT_FALSE(station_.has_rule("many"));
  given_declared({});
  look();
  EXPECT_TRUE(station_.has_rule("many"));
}

}  // namespace
}  // namespace apiforge::app
