#include "declarative/secret_resolver.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace apiforge::declarative {
namespace {

class References : public testing::Test {
 protected:
  void given_file(std::string_view text) { std::ofstream(path_, std::ios::binary) << text; }
  std::string expanded(std::string_view text) {
    const auto result = expand_references(text, resolver_);
    return result ? *result : "fault: " + result.error().detail;
  }
  std::string file_reference() const { return "${file:" + path_ + "}"; }
  void TearDown() override { std::filesystem::remove(path_); }

  const std::string path_ = testing::TempDir() + "secret_" +
                            testing::UnitTest::GetInstance()->current_test_info()->name();
  SystemSecretResolver resolver_{
      {{"KEY", "k-1"}, {"EMPTY", ""}, {"TRICKY", "a$"}, {"NESTED", "${env:KEY}"}}};
};

TEST_F(References, LeadToTheEnvironment) {
  EXPECT_EQ(expanded("${env:KEY}"), "k-1");
  EXPECT_EQ(expanded("Bearer ${env:KEY}, ${env:KEY}!"), "Bearer k-1, k-1!");
  EXPECT_EQ(expanded("no reference, $HOME, {name}, $ and }"),
            "no reference, $HOME, {name}, $ and }");
}

TEST_F(References, LeadToFilesWithoutTheLastLineBreak) {
  given_file("line 1\nline 2\r\n");
  EXPECT_EQ(expanded(file_reference()), "line 1\nline 2");
}

TEST_F(References, AreWrittenLiterallyWithTwoDollars) {
  EXPECT_EQ(expanded("$${env:KEY}"), "${env:KEY}");
  EXPECT_EQ(expanded("a$${b}${env:KEY}"), "a${b}k-1");
}

TEST_F(References, AreNotSearchedForInWhatTheyLeadTo) {
  EXPECT_EQ(expanded("${env:NESTED}"), "${env:KEY}");
  EXPECT_EQ(expanded("${env:TRICKY}${env:KEY}"), "a$k-1");
}

TEST_F(References, ThatLeadNowhereAreNamed) {
  EXPECT_EQ(expanded("${env:ABSENT}"), "fault: the environment variable 'ABSENT' is not set");
  EXPECT_EQ(expanded("${env:EMPTY}"), "fault: the environment variable 'EMPTY' is not set");
  EXPECT_EQ(expanded(file_reference()), "fault: the file '" + path_ + "' cannot be read");
  EXPECT_NE(expanded("${file:" + testing::TempDir() + "}").find("cannot be read"),
            std::string::npos);
}

TEST_F(References, ThatAreMalformedAreRefused) {
  for (const char* text :
       {"${env:KEY", "${env:}", "${env:A B}", "${file:}", "${KEY}", "${}", "${"}) {
    EXPECT_EQ(expanded(text).substr(0, 6), "fault:") << text;
  }
}

TEST_F(References, ToAFileOfMoreThan64KiBAreRefused) {
  given_file(std::string(SystemSecretResolver::kMaxFileBytes + 1, 'x'));
  EXPECT_NE(expanded(file_reference()).find("larger than 64 KiB"), std::string::npos);
}

}  // namespace
}  // namespace apiforge::declarative
