#include "auth/credential_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apiforge::auth {
namespace {

using Text = std::optional<std::string_view>;

CredentialFields fields(std::initializer_list<std::string_view> authorizations,
                        std::initializer_list<std::string_view> api_keys = {}) {
  CredentialFields result;
  for (const auto value : authorizations) result.add_authorization(value);
  for (const auto value : api_keys) result.add_api_key(value);
  return result;
}

void expect_refused(const CredentialFields& fields,
                    ErrorCode code = ErrorCode::ContradictoryCredentials) {
  const auto text = fields.text();
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, code);
}

TEST(CredentialText, comes_from_either_field) {
  EXPECT_EQ(*fields({"Bearer afk_1"}).text(), Text("afk_1"));
  EXPECT_EQ(*fields({"bEARER   a.b-c_d~e+f/g="}).text(), Text("a.b-c_d~e+f/g="));
  EXPECT_EQ(*fields({}, {"afk_1"}).text(), Text("afk_1"));
  EXPECT_EQ(*fields({}).text(), Text());
}

TEST(CredentialText, may_stand_in_both_fields) {
  EXPECT_EQ(*fields({"Bearer afk_1"}, {"afk_1"}).text(), Text("afk_1"));
}

TEST(CredentialText, is_refused_when_fields_contradict_each_other) {
  expect_refused(fields({"Bearer afk_1"}, {"afk_2"}));
  expect_refused(fields({"Basic dTpw"}, {"afk_1"}));
  expect_refused(fields({"Bearer a", "Bearer b"}));
  expect_refused(fields({"Bearer a", "Bearer a"}));
  expect_refused(fields({}, {"a", "a"}));
}

TEST(CredentialText, is_refused_when_malformed) {
  expect_refused(fields({"Bearer"}));
  expect_refused(fields({"Bearer  "}));
  expect_refused(fields({"Bearer a b"}));
  expect_refused(fields({"Bearer a,Bearer b"}));
  expect_refused(fields({"Bearer \x80"}));
  expect_refused(fields({}, {""}));
  expect_refused(fields({}, {"a\"b"}));
  expect_refused(fields({}, {std::string(kMaxCredentialBytes + 1, 'a')}));
}

TEST(CredentialText, of_another_scheme_is_no_credential_for_the_gateway) {
  expect_refused(fields({"Basic dTpw"}), ErrorCode::AuthenticationRequired);
  expect_refused(fields({"Bearerafk_1"}), ErrorCode::AuthenticationRequired);
  expect_refused(fields({""}), ErrorCode::AuthenticationRequired);
}

TEST(CredentialText, for_an_upstream_passes_a_public_api) {
  for (const auto value :
       {"Basic dTpw", "AWS4-HMAC-SHA256 Credential=x, Signature=y", "Bearer a b", "Digest", ""}) {
    EXPECT_EQ(*fields({value}).text_if_ours(), Text()) << value;
  }
  EXPECT_EQ(*fields({"Basic a", "Basic b"}).text_if_ours(), Text());
  EXPECT_EQ(*fields({}, {"theirs"}).text_if_ours(), Text());
  EXPECT_EQ(*fields({"Basic a"}, {"theirs"}).text_if_ours(), Text());
}

TEST(CredentialText, that_may_be_ours_is_looked_at_on_a_public_api) {
  EXPECT_EQ(*fields({"Bearer a.b.c"}).text_if_ours(), Text("a.b.c"));
  EXPECT_EQ(*fields({"Bearer afk_1"}).text_if_ours(), Text("afk_1"));
  EXPECT_EQ(*fields({}, {"afk_1"}).text_if_ours(), Text("afk_1"));
}

TEST(CredentialText, that_is_surely_ours_is_held_to_the_rules_everywhere) {
  EXPECT_FALSE(fields({"Basic afk_1"}).text_if_ours());
  EXPECT_FALSE(fields({"Bearer afk_1", "Basic a"}).text_if_ours());
  EXPECT_FALSE(fields({"Basic a"}, {"afk_1"}).text_if_ours());
  EXPECT_FALSE(fields({"afr_1"}).text_if_ours());
  EXPECT_FALSE(fields({"Bearer afk_1, x"}).text_if_ours());
  EXPECT_FALSE(fields({"Digest key=\"afk_1\""}).text_if_ours());
  EXPECT_FALSE(fields({"Digest key=afk_1"}).text_if_ours());
  EXPECT_TRUE(fields({"Basic aafk_1"}).text_if_ours());
}

}  // namespace
}  // namespace apiforge::auth
