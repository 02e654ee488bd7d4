#include "app/dotenv.hpp"

#include <gtest/gtest.h>

namespace apiforge::app {
namespace {

std::string value_of(std::string_view text) {
  const auto entries = parse_dotenv(text);
  if (!entries) return "fault: " + entries.error()[0].message;
  return entries->size() == 1 ? entries->front().value : "not one entry";
}

TEST(Dotenv, TakesPlainValuesWithoutSpacesAroundThem) {
  EXPECT_EQ(value_of("A=b"), "b");
  EXPECT_EQ(value_of("  A = b c  "), "b c");
  EXPECT_EQ(value_of("A="), "");
  EXPECT_EQ(value_of("export A=b"), "b");
  EXPECT_EQ(value_of("A=b=c"), "b=c");
  EXPECT_EQ(value_of("A=b\r\n"), "b");
}

TEST(Dotenv, TellsCommentsFromValuesThatHoldAHash) {
  EXPECT_EQ(value_of("# note\n\nA=b # note"), "b");
  EXPECT_EQ(value_of("A=b#c"), "b#c");
  EXPECT_EQ(value_of("A= # note"), "");
  EXPECT_EQ(value_of("A='b # c' # note"), "b # c");
}

TEST(Dotenv, ReadsQuotes) {
  EXPECT_EQ(value_of("A=' b\\n$c '"), " b\\n$c ");
  EXPECT_EQ(value_of(R"(A=" b\n\"\\\$ ")"), " b\n\"\\$ ");
}

TEST(Dotenv, KeepsTheNumberOfTheLine) {
  const auto entries = parse_dotenv("\xef\xbb\xbf# note\nA=1\n\nexport B=2");
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->at(0).line, 2);
  EXPECT_EQ(entries->at(1).name, "B");
  EXPECT_EQ(entries->at(1).line, 4);
}

TEST(Dotenv, NamesEveryWrongLine) {
  const auto entries = parse_dotenv("A=1\nnonsense\n1A=1\nB='x\nC=\"x\" y\nD=\"\\q\"\nA=2\n");
  ASSERT_FALSE(entries);
  std::string written;
  for (const auto& fault : entries.error()) {
    written += std::to_string(fault.line) + ": " + fault.message + "\n";
  }
  EXPECT_EQ(written,
            "2: expected NAME=value\n"
            "3: the name must be of letters, digits and _ and not begin with a digit\n"
            "4: B: the quote is not closed\n"
            "5: C: text follows the closing quote\n"
            "6: D: only \\n, \\r, \\t, \\\", \\\\ and \\$ are known\n"
            "7: A was set before, in line 1\n");
}

}  // namespace
}  // namespace apiforge::app
