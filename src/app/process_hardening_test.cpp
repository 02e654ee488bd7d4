#include "app/process_hardening.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace apiforge::app {
namespace {

TEST(ProcessHardeningTest, leaves_no_way_to_a_core_dump) {
  ASSERT_TRUE(forbid_core_dumps());
  EXPECT_EQ(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &limit), 0);
  EXPECT_EQ(limit.rlim_max, 0u);
}

}  // namespace
}  // namespace apiforge::app
