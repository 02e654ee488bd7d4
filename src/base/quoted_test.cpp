#include "base/quoted.hpp"

#include <gtest/gtest.h>

namespace apiforge {
namespace {

TEST(Quoted, ShowsShortTextAsItIs) { EXPECT_EQ(quoted("GET"), "'GET'"); }

TEST(Quoted, HidesControlBytesThatWouldForgeALogLine) {
  EXPECT_EQ(quoted("a\r\nb\x1b[0m"), "'a??b?[0m'");
}

TEST(Quoted, CutsLongText) {
  EXPECT_EQ(quoted(std::string(65, 'x')), "'" + std::string(64, 'x') + "...'");
}

}  // namespace
}  // namespace apiforge
