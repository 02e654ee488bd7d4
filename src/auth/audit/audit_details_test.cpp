#include "auth/audit/audit_details.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>

namespace apiforge::auth {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(AuditDetailsTest, is_an_empty_object_when_there_is_nothing_to_tell) {
  EXPECT_EQ(AuditDetails().text(), "{}");
  EXPECT_EQ(AuditDetails().change("name", "same", "same").change("on", true, true).text(), "{}");
}

TEST(AuditDetailsTest, tells_what_changed_from_what_to_what) {
  EXPECT_EQ(AuditDetails().change("name", "old", "new").change("disabled", false, true).text(),
            R"({"before":{"name":"old","disabled":false},"after":{"name":"new","disabled":true}})");
}

TEST(AuditDetailsTest, tells_facts_beside_changes) {
  EXPECT_EQ(AuditDetails().fact("reason", "expired").fact("count", std::int64_t{3}).text(),
            R"({"reason":"expired","count":3})");
  EXPECT_EQ(AuditDetails().change("a", "1", "2").fact("forced", true).text(),
            R"({"before":{"a":"1"},"after":{"a":"2"},"forced":true})");
}

TEST(AuditDetailsTest, finds_the_members_in_which_two_objects_differ) {
  EXPECT_EQ(AuditDetails()
                .changes(R"({"name":"a","roles":["viewer"],"gone":1})",
                         R"({"name":"a","roles":["owner"],"new":null})")
                .text(),
            R"({"before":{"roles":["viewer"],"gone":1},"after":{"roles":["owner"],"new":null}})");
}

TEST(AuditDetailsTest, takes_an_empty_text_for_an_object_that_is_not_there) {
  EXPECT_EQ(AuditDetails().changes("", R"({"name":"a"})").text(), R"({"after":{"name":"a"}})");
  EXPECT_EQ(AuditDetails().changes(R"({"name":"a"})", "").text(), R"({"before":{"name":"a"}})");
  EXPECT_EQ(AuditDetails().changes("no json", "[1]").text(), "{}");
}

TEST(AuditDetailsTest, tells_that_a_secret_changed_and_not_from_what_to_what) {
  const std::string text = AuditDetails()
                               .change("password", "old-password", "new-password")
                               .changes(R"({"upstream":{"apiKey":"planted-1","name":"x"}})",
                                        R"({"upstream":{"apiKey":"planted-2","name":"x"}})")
                               .fact("token", "planted-3")
                               .text();
  EXPECT_THAT(text, HasSubstr(R"("password":"***")"));
  EXPECT_THAT(text, HasSubstr(R"("apiKey":"***")"));
  EXPECT_THAT(text, Not(HasSubstr("planted")));
  EXPECT_THAT(text, Not(HasSubstr("-password")));
}

TEST(AuditDetailsTest, masks_below_arrays_and_at_any_depth) {
  std::string deep = R"({"secret":"planted"})";
  for (int i = 0; i < 20; ++i) deep = R"({"a":[)" + deep + "]}";
  EXPECT_THAT(AuditDetails().changes("", R"({"x":)" + deep + "}").text(),
              Not(HasSubstr("planted")));
}

TEST(AuditDetailsTest, knows_the_names_of_secrets) {
  for (const char* name : {"password", "new_password", "clientSecret", "api_key", "key",
                           "refresh-token", "private_key", "Authorization", "password_hash"}) {
    EXPECT_TRUE(names_a_secret(name)) << name;
  }
  for (const char* name : {"name", "key_id", "api_key_name", "token_type", "monkey", "keyboard",
                           "tokens_valid_from", "last4", "credential", ""}) {
    EXPECT_FALSE(names_a_secret(name)) << name;
  }
}

TEST(AuditDetailsTest, stays_json_and_small_whatever_is_told) {
  AuditDetails details;
  const std::string long_text(5000, 'x');
  for (int i = 0; i < 200; ++i) details.change("\"\n" + std::to_string(i), long_text, "\x01\\");
  const std::string text = details.text();
  boost::system::error_code error;
  boost::json::parse(text, error);
  EXPECT_FALSE(error) << error.message();
  EXPECT_LT(text.size(), 20'000u);
}

TEST(AuditDetailsTest, masks_the_value_beside_a_name_of_a_secret) {
  const std::string text =
      AuditDetails()
          .changes("", R"({"request":[{"op":"set_header","name":"Authorization","value":"Bearer x"},
                                      {"op":"set_header","name":"X-Team","value":"blue"}]})")
          .text();
  EXPECT_EQ(text.find("Bearer x"), std::string::npos);
  EXPECT_NE(text.find("blue"), std::string::npos);
}

}  // namespace
}  // namespace apiforge::auth
