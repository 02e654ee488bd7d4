#include "sim/exchange/streams.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace apiforge::sim::exchange {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

class StreamsTest : public testing::Test {
 protected:
  std::unique_ptr<StreamChannel> open(const std::string& path, const std::string& query = {}) {
    Request request{.method = "GET", .path = path, .query = query};
    return open_streams(venue, request, 100ms);
  }
  std::vector<json::value> events_after(StreamChannel& channel, std::chrono::milliseconds time) {
    clock.advance(time);
    std::vector<json::value> events;
    for (const auto& text : channel.tick()) events.push_back(json::parse(text));
    return events;
  }
  json::value ask(StreamChannel& channel, std::string_view message) {
    const auto answers = channel.receive(message);
    EXPECT_EQ(answers.size(), 1U);
    return json::parse(answers.at(0));
  }

  SimulatedClock clock;
  Venue venue{clock, {}};
};

TEST_F(StreamsTest, TellEveryTradeOnceAndInOrder) {
  const auto channel = open("/ws/btcusdt@trade");
  const auto events = events_after(*channel, 500ms);
  ASSERT_EQ(events.size(), 5U);
  for (std::size_t i = 1; i < events.size(); ++i) {
    EXPECT_EQ(events[i].at("t").as_int64(), events[i - 1].at("t").as_int64() + 1);
  }
  EXPECT_EQ(events[0].at("s"), "BTCUSDT");
  EXPECT_TRUE(channel->tick().empty()) << "no time has passed";
}

TEST_F(StreamsTest, DepthUpdatesFollowEachOtherWithoutAGap) {
  const auto channel = open("/ws/btcusdt@depth@100ms");
  const auto first = events_after(*channel, 100ms);
  const auto second = events_after(*channel, 300ms);
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].at("U").as_int64(), first[0].at("u").as_int64() + 1);
}

TEST_F(StreamsTest, CombinedStreamsNameWhereEventsComeFrom) {
  const auto channel = open("/stream", "streams=btcusdt@bookTicker/ltcbtc@depth5@100ms");
  const auto events = events_after(*channel, 100ms);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].at("stream"), "btcusdt@bookTicker");
  EXPECT_EQ(events[1].at("data").at("bids").as_array().size(), 5U);
}

TEST_F(StreamsTest, ACandleIsClosedOnce) {
  const auto channel = open("/ws/btcusdt@kline_1m");
  int closed = 0;
  for (int i = 0; i < 150; ++i) {
    for (const auto& event : events_after(*channel, 1s)) closed += event.at("k").at("x").as_bool();
  }
  EXPECT_EQ(closed, 2) << "from 22:13:20 to 22:15:50";
}

TEST_F(StreamsTest, AreSubscribedToAndLeft) {
  const auto channel = open("/ws");
  EXPECT_TRUE(events_after(*channel, 100ms).empty());
  const auto subscribed =
      ask(*channel, R"({"method":"SUBSCRIBE","params":["ethusdt@aggTrade","no@such"],"id":1})");
  EXPECT_EQ(subscribed, json::parse(R"({"result":null,"id":1})"));
  EXPECT_EQ(
      ask(*channel, R"({"method":"LIST_SUBSCRIPTIONS","id":2})").at("result").as_array().size(),
      2U);
  EXPECT_EQ(events_after(*channel, 100ms).size(), 1U);
  ask(*channel, R"({"method":"UNSUBSCRIBE","params":["ethusdt@aggTrade"],"id":3})");
  EXPECT_TRUE(events_after(*channel, 100ms).empty());
}

TEST_F(StreamsTest, AnswerNonsenseWithAnError) {
  const auto channel = open("/ws");
  for (const auto* message : {"x", "[]", "{}", R"({"method":"DANCE","id":1})",
                              R"({"method":"SUBSCRIBE","params":[1],"id":1})"}) {
    EXPECT_TRUE(ask(*channel, message).as_object().contains("error")) << message;
  }
}

TEST_F(StreamsTest, OpenAtTheirTwoPathsOnly) {
  EXPECT_TRUE(open("/ws/btcusdt@ticker"));
  EXPECT_FALSE(open("/api/v3/ping"));
  EXPECT_FALSE(open("/wsx"));
}

}  // namespace
}  // namespace apiforge::sim::exchange
