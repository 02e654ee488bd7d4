#include "events/event.hpp"

#include <gtest/gtest.h>

#include <set>

#include "model/identity.hpp"

namespace apiforge::events {
namespace {

const WallTime kNoon{std::chrono::milliseconds(1'700'000'000'123)};

TEST(EventTest, is_told_as_json_in_a_fixed_order) {
  const Event event{.type = EventType::BreakerChanged,
                    .at = kNoon,
                    .tenant = "acme",
                    .members = {{"api", "binance"}, {"from", "closed"}, {"to", "open"}}};
  EXPECT_EQ(to_json(event, "18b-7", "node-1"),
            R"({"schema":1,"id":"18b-7","type":"breaker.changed","at":"2023-11-14T22:13:20.123Z",)"
            R"("node":"node-1","tenant":"acme",)"
            R"("data":{"api":"binance","from":"closed","to":"open"}})");
}

TEST(EventTest, has_empty_data_when_there_is_nothing_to_say) {
  const Event event{.type = EventType::ConfigurationChanged, .at = kNoon};
  EXPECT_EQ(to_json(event, "1", ""),
            R"({"schema":1,"id":"1","type":"configuration.changed",)"
            R"("at":"2023-11-14T22:13:20.123Z","node":"","tenant":"","data":{}})");
}

TEST(EventTest, of_the_platforms_business_there_is_no_tenant) {
  EXPECT_EQ(event_tenant("acme"), "acme");
  EXPECT_EQ(event_tenant(model::kPlatformTenant), "");
}

TEST(EventTest, foreign_text_cannot_break_out_of_its_member) {
  const Event event{.at = kNoon, .members = {{"a\"b", "\",\"x\":\"\n\xff"}}};
  const std::string text = to_json(event, "1", "n");
  EXPECT_NE(text.find(R"("data":{"a\"b":"\",\"x\":\"\u000a)"), std::string::npos) << text;
  EXPECT_EQ(text.find('\xff'), std::string::npos);
}

TEST(EventTest, each_type_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (int type = 0; type <= static_cast<int>(EventType::StoreChanged); ++type) {
    names.insert(name_of(static_cast<EventType>(type)));
  }
  EXPECT_EQ(names.size(), 8u);
  EXPECT_EQ(name_of(EventType::StoreChanged), "store.changed");
}

}  // namespace
}  // namespace apiforge::events
