#include "base/json_pointer.hpp"

#include <gtest/gtest.h>

namespace apiforge {
namespace {

TEST(JsonPointer, EscapesSlashAndTilde) {
  EXPECT_EQ(json_pointer_to("", "apis"), "/apis");
  EXPECT_EQ(json_pointer_to("/apis/0", "a/b~c"), "/apis/0/a~1b~0c");
}

TEST(JsonPointer, GivesItsTokensBackOneByOne) {
  std::string_view pointer = "/apis/0/a~1b~0c/";
  EXPECT_EQ(take_json_pointer_token(pointer), "apis");
  EXPECT_EQ(take_json_pointer_token(pointer), "0");
  EXPECT_EQ(take_json_pointer_token(pointer), "a/b~c");
  EXPECT_EQ(pointer, "/");
  EXPECT_EQ(take_json_pointer_token(pointer), "");
  EXPECT_TRUE(pointer.empty());
}

}  // namespace
}  // namespace apiforge
