#include "policy/call_template.hpp"

#include <gtest/gtest.h>

#include "policy/transform_fixture.hpp"

namespace apiforge::policy {
namespace {

/// The text, or `refused: ` and why.
std::string expanded(std::string_view text, TransformOf of = TransformOf::Response,
                     ValueEncoding encoding = ValueEncoding::Plain) {
  const auto parsed = CallTemplate::parse(text, of);
  if (!parsed) return "refused: " + parsed.error().detail;
  std::string out;
  return parsed->append_to(out, encoding, KnownCall()) ? out : "too long";
}

TEST(CallTemplate, IsItsOwnTextWhereItNamesNoValue) {
  EXPECT_EQ(expanded(""), "");
  EXPECT_EQ(expanded("plain text, {braces} and }} too"), "plain text, {braces} and }} too");
}

TEST(CallTemplate, PutsEveryValueOfTheCallInItsPlace) {
  EXPECT_EQ(expanded("{{request.method}} {{request.path}}"), "GET /proxy/shop/orders");
  EXPECT_EQ(expanded("{{request.id}}"), "req-1");
  EXPECT_EQ(expanded("{{request.header.x-color}}"), "blue");
  EXPECT_EQ(expanded("{{request.query.page}}"), "2 & 3");
  EXPECT_EQ(expanded("{{client}}/{{caller.tenant}}/{{caller.label}}"), "192.0.2.7/acme/key:7");
  EXPECT_EQ(expanded("{{api.name}}@{{api.version}}"), "shop@v1");
  EXPECT_EQ(expanded("{{response.status}} {{response.header.x-shard}}"), "200 eu");
}

TEST(CallTemplate, MayHaveSpacesInsideOfItsBraces) {
  EXPECT_EQ(expanded("a{{ client }}b"), "a192.0.2.7b");
}

TEST(CallTemplate, LeavesTheTextOutWhereTheCallHasNoSuchValue) {
  EXPECT_EQ(expanded("[{{request.header.x-unknown}}]"), "[]");
}

TEST(CallTemplate, EncodesValuesForThePlaceTheyGoTo) {
  EXPECT_EQ(expanded("p={{request.query.page}}", TransformOf::Request, ValueEncoding::Percent),
            "p=2%20%26%203");
  KnownCall call;
  call.values[{CallValue::Client, ""}] = "a\"b\n";
  std::string out;
  ASSERT_TRUE(CallTemplate::parse("\"{{client}}\"", TransformOf::Request)
                  ->append_to(out, ValueEncoding::Json, call));
  EXPECT_EQ(out, R"("a\"b\u000a")");
}

TEST(CallTemplate, DoesNotReadValuesAsTemplates) {
  KnownCall call;
  call.values[{CallValue::Client, ""}] = "{{api.name}}";
  std::string out;
  ASSERT_TRUE(CallTemplate::parse("{{client}}", TransformOf::Request)
                  ->append_to(out, ValueEncoding::Plain, call));
  EXPECT_EQ(out, "{{api.name}}");
}

TEST(CallTemplate, RefusesNamesThatItDoesNotKnow) {
  EXPECT_EQ(expanded("{{caller.password}}"),
            "refused: there is no value 'caller.password'; those of a call begin with request., "
            "client, caller., api. or response.");
  EXPECT_TRUE(expanded("{{}}").starts_with("refused"));
  EXPECT_TRUE(expanded("{{request.header.}}").starts_with("refused"));
}

TEST(CallTemplate, RefusesBracesThatAreNotClosed) {
  EXPECT_EQ(expanded("a {{client"),
            "refused: has a {{ without }}; a value of the call is written {{client}}");
}

TEST(CallTemplate, RefusesToCopyCredentials) {
  for (const char* name : {"Authorization", "x-api-key", "Proxy-Authorization", "Cookie"}) {
    const auto text = std::string("{{request.header.") + name + "}}";
    EXPECT_NE(expanded(text).find("is a credential"), std::string::npos) << name;
  }
}

TEST(CallTemplate, KnowsNothingOfTheReplyWhileTheRequestIsChanged) {
  EXPECT_EQ(expanded("{{response.status}}", TransformOf::Request),
            "refused: 'response.status' is not known yet when the request is changed");
}

TEST(CallTemplate, RefusesATextThatIsTooLong) {
  EXPECT_EQ(expanded(std::string(CallTemplate::kMaxBytes, 'x')).size(), CallTemplate::kMaxBytes);
  EXPECT_EQ(expanded(std::string(CallTemplate::kMaxBytes + 1, 'x')),
            "refused: has 16385 bytes; allowed are 16384");
}

TEST(CallTemplate, DoesNotGrowBeyondItsBound) {
  KnownCall call;
  call.values[{CallValue::Client, ""}] = std::string(CallTemplate::kMaxExpandedBytes, 'x');
  std::string out;
  EXPECT_TRUE(CallTemplate::parse("{{client}}", TransformOf::Request)
                  ->append_to(out, ValueEncoding::Plain, call));
  EXPECT_FALSE(CallTemplate::parse("{{client}}.", TransformOf::Request)
                   ->append_to(out, ValueEncoding::Plain, call));
}

}  // namespace
}  // namespace apiforge::policy
