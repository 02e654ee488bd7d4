#include "app/process_hardening.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdio>
#include <memory>

namespace apiforge::app {
namespace {

TEST(ProcessHardeningTest, leaves_no_way_to_a_core_dump) {
  ASSERT_TRUE(forbid_core_dumps());
  EXPECT_EQ(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &limit), 0);
  EXPECT_EQ(limit.rlim_max, 0u);
}

TEST(ProcessHardeningTest, a_file_that_may_not_grow_is_an_error_and_no_end) {
  live_with_limited_files();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::tmpfile(), &std::fclose);
  ASSERT_TRUE(file);
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &none), 0);
  const bool written = std::fputc('x', file.get()) == 'x';
  const int reason = errno;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_FALSE(written);
  EXPECT_EQ(reason, EFBIG);
}

}  // namespace
}  // namespace apiforge::app
