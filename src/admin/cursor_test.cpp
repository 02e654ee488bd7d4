#include "admin/cursor.hpp"

#include <gtest/gtest.h>

namespace apiforge::admin {
namespace {

TEST(Cursor, gives_back_the_id_it_was_made_of) {
  for (const char* id : {"a", "ab", "abc", "5Yt0bQ2mXw8Rk1LsVf3J", "tenant/role~name?"}) {
    EXPECT_EQ(read_cursor(make_cursor(id)).value(), id);
  }
}

TEST(Cursor, needs_no_escape_in_a_url) {
  const std::string cursor = make_cursor("\xFB\xFF\xFE~~~???");
  EXPECT_EQ(cursor.find_first_of("+/=&?%"), std::string::npos) << cursor;
}

TEST(Cursor, is_refused_when_no_list_gave_it_out) {
  for (const std::string text :
       {"", "x", "MTph=", "MTp", "MTo", "Mjph", "a b", "MTp+", "MT\xFF", "!!!!"}) {
    const auto id = read_cursor(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().code, ErrorCode::InvalidParameter);
  }
  EXPECT_FALSE(read_cursor(std::string(10'000, 'A')));
}

}  // namespace
}  // namespace apiforge::admin
