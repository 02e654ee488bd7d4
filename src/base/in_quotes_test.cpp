#include "base/in_quotes.hpp"

#include <gtest/gtest.h>

namespace apiforge {
namespace {

TEST(InQuotes, ShowsShortTextAsItIs) {
  EXPECT_EQ(in_quotes("GET"), "'GET'");
}

TEST(InQuotes, HidesControlBytesThatWouldForgeALogLine) {
  EXPECT_EQ(in_quotes("a\r\nb\x1b[0m"), "'a??b?[0m'");
}

TEST(InQuotes, CutsLongText) {
  EXPECT_EQ(in_quotes(std::string(65, 'x')), "'" + std::string(64, 'x') + "...'");
}

}  // namespace
}  // namespace apiforge
