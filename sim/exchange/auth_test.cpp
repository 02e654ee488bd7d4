#include "sim/exchange/auth.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

namespace apiforge::sim::exchange {
namespace {

constexpr std::int64_t kNow = 1'499'827'319'559;

boost::json::array published_vectors() {
  std::ifstream file(APIFORGE_SOURCE_DIR "/src/connectors/exchange/binance/vectors.json");
  std::stringstream text;
  text << file.rdbuf();
  return boost::json::parse(text.str()).as_array();
}

Keys documented_keys() {
  return {"vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
          "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"};
}

int code_of(const Outcome<void>& outcome) {
  return outcome ? 0 : outcome.error().code;
}

TEST(Signature, AgreesWithEveryPublishedVector) {
  int checked = 0;
  for (const auto& value : published_vectors()) {
    const auto& vector = value.as_object();
    if (vector.contains("hmac") && vector.at("hmac") == "sha256" &&
        vector.at("encoding") == "hex") {
      EXPECT_EQ(hmac_sha256_hex(vector.at("secret").as_string(), vector.at("prehash").as_string()),
                std::string_view(vector.at("signature").as_string()))
          << vector.at("name");
      ++checked;
    }
  }
  EXPECT_GE(checked, 3);
}

TEST(Signature, MayBeInTheQueryInTheBodyOrOverBoth) {
  const std::string first = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC";
  const std::string second = "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559";
  const std::string all =
      first + "&" + second +
      "&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71";
  EXPECT_TRUE(check_signature(documented_keys(), all, ""));
  EXPECT_TRUE(check_signature(documented_keys(), "", all));
  EXPECT_TRUE(check_signature(
      documented_keys(), first,
      second + "&signature=0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"));
}

TEST(Signature, IsRefusedWhenMissingWrongOrNotLast) {
  const Keys keys;
  const std::string good = hmac_sha256_hex(keys.secret, "timestamp=1");
  EXPECT_EQ(code_of(check_signature(keys, "timestamp=1", "")), -1102);
  EXPECT_EQ(code_of(check_signature(keys, "timestamp=2&signature=" + good, "")), -1022);
  EXPECT_EQ(code_of(check_signature(keys, "signature=" + good + "&timestamp=1", "")), -1022);
  EXPECT_EQ(code_of(check_signature(keys, "timestamp=1&signature=" + good, "")), 0);
}

TEST(Key, IsRefusedWhenMissingOrUnknown) {
  EXPECT_EQ(code_of(check_key({}, "")), -2014);
  EXPECT_EQ(code_of(check_key({}, "other")), -2015);
  EXPECT_EQ(check_key({}, "other").error().status, 401U);
  EXPECT_TRUE(check_key({}, "sim-key"));
}

struct Window {
  std::string_view description;
  std::int64_t sent_after;  ///< milliseconds, relative to the server's time
  std::string_view recv_window;
  int code;
};

TEST(ClockWindow, IsAsymmetric) {
  const Window windows[] = {
      {"now", 0, "", 0},
      {"just within a second ahead", 999, "", 0},
      {"a second ahead", 1000, "", -1021},
      {"at the end of the usual window", -5000, "", 0},
      {"after the usual window", -5001, "", -1021},
      {"within a wider window", -59'000, "60000", 0},
      {"after a narrow window", -200, "100", -1021},
      {"a window with decimals", -99, "100.5", 0},
      {"a window that is too wide", 0, "60001", -1131},
      {"a window that is no number", 0, "abc", -1100},
  };
  for (const Window& window : windows) {
    std::string query = "timestamp=" + std::to_string(kNow + window.sent_after);
    if (!window.recv_window.empty()) query.append("&recvWindow=").append(window.recv_window);
    EXPECT_EQ(code_of(check_time(Parameters(query), kNow)), window.code) << window.description;
  }
}

TEST(ClockWindow, TakesMicroseconds) {
  EXPECT_TRUE(check_time(Parameters("timestamp=1499827319559000"), kNow));
  EXPECT_EQ(code_of(check_time(Parameters("timestamp=1499827329559000"), kNow)), -1021);
}

TEST(ClockWindow, NeedsATimestamp) {
  EXPECT_EQ(code_of(check_time(Parameters(""), kNow)), -1102);
  EXPECT_EQ(code_of(check_time(Parameters("timestamp=soon"), kNow)), -1100);
}

}  // namespace
}  // namespace apiforge::sim::exchange
