#include "app/snapshot_publisher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/connector_list.hpp"
#include "base/clock.hpp"
#include "observe/log_sink.hpp"

namespace apiforge::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

model::Api api(std::string name, std::string path = {}) {
  model::Api made;
  made.name = std::move(name);
  made.upstream.endpoints = {{"http://upstream.example.com", 1, ""}};
  if (!path.empty()) made.routes.emplace_back().path = std::move(path);
  return made;
}

class SnapshotPublisherTest : public ::testing::Test {
 protected:
  Result<void> given_file(std::vector<model::Api> apis) {
    auto configuration = std::make_shared<model::Configuration>();
    configuration->apis = std::move(apis);
    return publisher_.declare(std::move(configuration));
  }

  void given_store(std::vector<model::Api> apis) {
    auto stored = std::make_shared<catalogue::StoredCatalogue>();
    for (auto& one : apis) stored->apis.push_back(std::make_shared<model::Api>(std::move(one)));
    publisher_.store(std::move(stored));
  }

  std::vector<std::string> served() const {
    std::vector<std::string> names;
    for (const auto& one : publisher_.current()->apis) {
      names.push_back(one->config.name + " " + one->config.upstream.endpoints[0].url);
    }
    std::ranges::sort(names);
    return names;
  }

  static std::string as_made(std::string name) { return name + " http://upstream.example.com"; }

  SystemClock clock_;
  static observe::LogSettings silent() {
    observe::LogSettings settings;
    settings.level = observe::LogLevel::Off;
    return settings;
  }

  std::unique_ptr<observe::LogSink> sink_ = *observe::LogSink::open(silent(), clock_);
  observe::Log log_ = sink_->log("TEST");
  std::vector<gateway::ConnectorEntry> connectors_ = connector_list();
  int delivered_ = 0;
  SnapshotPublisher publisher_{connectors_, log_, 0, [this](const auto&) { ++delivered_; }};
};

TEST_F(SnapshotPublisherTest, ServesWhatTheFileAndTheStoreHave) {
  ASSERT_TRUE(given_file({api("declared")}));
  given_store({api("stored")});
  EXPECT_THAT(served(), ElementsAre(as_made("declared"), as_made("stored")));
  EXPECT_EQ(delivered_, 2);
  EXPECT_EQ(publisher_.left_out(), 0u);
}

TEST_F(SnapshotPublisherTest, ANameOfTheFileHidesTheStoredOne) {
  model::Api other = api("same");
  other.upstream.endpoints[0].url = "http://stored.example.com";
  ASSERT_TRUE(given_file({api("same")}));
  given_store({other});
  EXPECT_THAT(served(), ElementsAre(as_made("same")));
  ASSERT_TRUE(given_file({}));
  EXPECT_THAT(served(), ElementsAre("same http://stored.example.com"));
}

TEST_F(SnapshotPublisherTest, AStoredApiWhoseRouteTheFileHasIsLeftOutAlone) {
  ASSERT_TRUE(given_file({api("declared", "/taken")}));
  given_store({api("good"), api("rival", "/taken"), api("other")});
  EXPECT_THAT(served(), ElementsAre(as_made("declared"), as_made("good"), as_made("other")));
  EXPECT_EQ(publisher_.left_out(), 1u);
}

TEST_F(SnapshotPublisherTest, AFileThatCannotBeServedChangesNothing) {
  ASSERT_TRUE(given_file({api("declared")}));
  EXPECT_FALSE(given_file({api("one", "/same"), api("two", "/same")}));
  EXPECT_THAT(served(), ElementsAre(as_made("declared")));
  EXPECT_EQ(publisher_.declared()->apis.size(), 1u);
}

TEST_F(SnapshotPublisherTest, ACredentialOfTheWrongKindStopsItsApiAlone) {
  auto stored = std::make_shared<catalogue::StoredCatalogue>();
  model::Api signing = api("signing");
  signing.credential = "main";
  stored->apis = {std::make_shared<model::Api>(signing), std::make_shared<model::Api>(api("good"))};
  stored->credentials = {
      std::make_shared<model::Credential>(model::Credential{"main", "hmac", {}, {"platform"}})};
  ASSERT_TRUE(given_file({}));
  publisher_.store(stored);
  EXPECT_THAT(served(), ElementsAre(as_made("good")));
}

TEST_F(SnapshotPublisherTest, ServesRulesOfTheFileThatAreOfStoredApis) {
  auto file = std::make_shared<model::Configuration>();
  file->quotas = {{.name = "stored", .match = {.api = "stored"}, .limit = {.amount = 5}}};
  file->quotas[0].limit.per = std::chrono::seconds(1);
  ASSERT_TRUE(publisher_.declare(file));
  given_store({api("stored")});
  EXPECT_EQ(publisher_.current()->limits->limits().size(), 1u);
}

TEST_F(SnapshotPublisherTest, TellsOnceOfAStoredQuotaThatTheFileHides) {
  observe::LogSettings echoing;
  echoing.echo = true;
  const auto sink = *observe::LogSink::open(echoing, clock_);
  observe::Log log = sink->log("TEST");
  SnapshotPublisher publisher(connectors_, log, 0, [](const auto&) {});
  model::Quota quota{.name = "orders", .limit = {.amount = 5, .period = model::Period::Day}};
  auto file = std::make_shared<model::Configuration>();
  file->quotas = {quota};
  auto stored = std::make_shared<catalogue::StoredCatalogue>();
  stored->quotas = {std::make_shared<model::Quota>(quota)};
  quota.name = "others";
  stored->quotas.push_back(std::make_shared<model::Quota>(quota));
  ASSERT_TRUE(publisher.declare(file));
  publisher.store(stored);
  publisher.store(stored);
  ::testing::internal::CaptureStderr();
  sink->drain();
  const std::string lines = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(lines, '\n'), 1) << lines;
  EXPECT_NE(lines.find("quota=orders"), std::string::npos) << lines;
}

TEST_F(SnapshotPublisherTest, WhatDidNotChangeIsTheSameObject) {
  ASSERT_TRUE(given_file({api("declared")}));
  const auto before = publisher_.current()->apis.front();
  given_store({api("stored")});
  EXPECT_EQ(publisher_.current()->apis.front(), before);
  given_store({});
  EXPECT_THAT(served(), ElementsAre(as_made("declared")));
}

}  // namespace
}  // namespace apiforge::app
