#include "sim/options.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace apiforge::sim {
namespace {

std::expected<Options, EarlyExit> parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "apiforge-sim");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, StartOnlyWhatHasAPort) {
  const auto options = parse({"--llm-port", "0", "--seed", "7", "--clock-skew-ms", "-2000"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->llm_port, 0);
  EXPECT_FALSE(options->exchange_port);
  EXPECT_EQ(options->llm.seed, 7U);
  EXPECT_EQ(options->exchange.venue.clock_skew.count(), -2000);
}

TEST(Options, ThatAreWrongEndWithUsage) {
  const std::vector<std::vector<const char*>> wrong{
      {},
      {"--exchange-port", "70000"},
      {"--exchange-port", "0", "--nonsense"},
      {"--exchange-port", "0", "--ws-interval-ms", "0"},
  };
  for (const auto& arguments : wrong) EXPECT_EQ(parse(arguments).error().code, kExitUsage);
}

TEST(Options, RefuseAnEmptyKey) {
  EXPECT_EQ(parse({"--data-port", "0", "--data-key", ""}).error().code, kExitConfig);
}

TEST(Options, ExplainThemselves) {
  const auto options = parse({"--help"});
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().code, 0);
  EXPECT_NE(options.error().text.find("--weight-limit"), std::string::npos);
}

}  // namespace
}  // namespace apiforge::sim
