#include "gateway/event_gate.hpp"

#include <gtest/gtest.h>

namespace apiforge::gateway {
namespace {

TEST(EventGate, lets_one_pass_in_a_second_and_tells_how_many_asked) {
  EventGate gate;
  const MonotonicTime start{std::chrono::hours(1)};
  EXPECT_EQ(gate.pass(start), 1U);
  for (int i = 0; i < 9; ++i)
    EXPECT_EQ(gate.pass(start + std::chrono::milliseconds(i)), std::nullopt);
  EXPECT_EQ(gate.pass(start + EventGate::kInterval), 10U);
  EXPECT_EQ(gate.pass(start + EventGate::kInterval), std::nullopt);
}

}  // namespace
}  // namespace apiforge::gateway
