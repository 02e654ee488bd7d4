#include "sim/data/data_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace apiforge::sim::data {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

class DataSourceTest : public testing::Test {
 protected:
  Reply get(const std::string& path, const std::string& query) {
    return source.reply({.method = "GET", .path = path, .query = query});
  }
  Reply daily(const std::string& key = "K") {
    return get("/query", "function=TIME_SERIES_DAILY&symbol=IBM&apikey=" + key);
  }
  static json::value body_of(const Reply& reply) { return json::parse(reply.body); }

  SimulatedClock clock;
  DataSource source{clock, {.key = "K", .daily_limit = 2}};
};

TEST_F(DataSourceTest, GivesTheLastHundredTradingDays) {
  const auto body = body_of(daily());
  const auto& series = body.at("Time Series (Daily)").as_object();
  EXPECT_EQ(series.size(), 100U);
  EXPECT_EQ(series.begin()->key(), "2023-11-13") << "the Monday before the simulated Tuesday";
  EXPECT_FALSE(series.contains("2023-11-12")) << "a Sunday";
}

TEST_F(DataSourceTest, GivesTheSameDayTheSamePricesLater) {
  const auto today = body_of(daily()).at("Time Series (Daily)").at("2023-11-13");
  clock.advance(std::chrono::hours(72));
  EXPECT_EQ(body_of(daily()).at("Time Series (Daily)").at("2023-11-13"), today);
}

TEST_F(DataSourceTest, RefusesAWrongKeyWithStatus200) {
  const Reply refused = daily("other");
  EXPECT_EQ(refused.status, 200U);
  EXPECT_THAT(refused.body, HasSubstr("Error Message"));
}

TEST_F(DataSourceTest, EndsForTheDayWithStatus200) {
  daily();
  daily();
  const Reply limited = daily();
  EXPECT_EQ(limited.status, 200U);
  EXPECT_TRUE(body_of(limited).as_object().contains("Information"));
  clock.advance(std::chrono::hours(24));
  EXPECT_FALSE(body_of(daily()).as_object().contains("Information"));
}

TEST_F(DataSourceTest, FredRefusesWithStatus400) {
  const std::string path = "/fred/series/observations";
  for (const auto* query : {"series_id=GDP&file_type=json", "series_id=GDP&api_key=other",
                            "api_key=K", "api_key=K&series_id=NOPE"}) {
    const Reply refused = get(path, query);
    EXPECT_EQ(refused.status, 400U) << query;
    EXPECT_EQ(body_of(refused).at("error_code"), 400);
  }
}

TEST_F(DataSourceTest, FredGivesMonthlyObservations) {
  const auto body =
      body_of(get("/fred/series/observations", "series_id=GDP&api_key=K&file_type=json"));
  EXPECT_EQ(body.at("count"), 120);
  EXPECT_EQ(body.at("observations").as_array().back().at("date"), "2023-11-01");
}

}  // namespace
}  // namespace apiforge::sim::data
