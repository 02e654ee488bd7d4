#include "sim/faults.hpp"

#include <gtest/gtest.h>

namespace apiforge::sim {
namespace {

using namespace std::chrono_literals;

TEST(Faults, AreReadFromAList) {
  const auto faults = parse_faults("delay=20, status=503,cut=7 ,slow=5,large=100,close-after");
  ASSERT_TRUE(faults);
  EXPECT_EQ(faults->delay, 20ms);
  EXPECT_EQ(faults->status, 503U);
  EXPECT_EQ(faults->cut, 7U);
  EXPECT_EQ(faults->slow, 5ms);
  EXPECT_EQ(faults->large, 100U);
  EXPECT_TRUE(faults->close_after);
  EXPECT_EQ(faults->ending, Ending::Reply);
}

TEST(Faults, CanTakeThePlaceOfTheReply) {
  EXPECT_EQ(parse_faults("reset")->ending, Ending::Reset);
  EXPECT_EQ(parse_faults("close")->ending, Ending::Close);
  EXPECT_EQ(parse_faults("stall")->ending, Ending::Stall);
}

TEST(Faults, ThatAreUnknownOrOutOfRangeAreNamed) {
  for (const auto* wrong :
       {"explode", "status=99", "delay", "cut=-1", "reset=1", "large=99999999999"}) {
    const auto faults = parse_faults(wrong);
    ASSERT_FALSE(faults) << wrong;
    EXPECT_NE(faults.error().find(wrong), std::string::npos);
  }
}

TEST(Faults, ComeByHeaderOrByQuery) {
  Request request;
  EXPECT_EQ(requested_faults(request)->ending, Ending::Reply);
  request.query = "symbol=BTCUSDT&x-sim-fault=delay%3D5";
  EXPECT_EQ(requested_faults(request)->delay, 5ms);
  request.headers.push_back({"x-sim-fault", "reset"});
  EXPECT_EQ(requested_faults(request)->ending, Ending::Reset);
}

}  // namespace
}  // namespace apiforge::sim
