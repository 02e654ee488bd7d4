// What of a request goes on to the upstream when an Api has transformations.
#include "gateway/phases/shape.hpp"

#include <gtest/gtest.h>

#include "auth/api_key_text.hpp"
#include "auth/opaque_token.hpp"
#include "gateway/phases/transformation_fixture.hpp"

namespace apiforge::gateway::phases {
namespace {

using policy::add_header;
using policy::move_json;
using policy::remove_json;
using policy::rewrite_path;
using policy::set_header;
using policy::set_json;
using policy::set_query;

class ShapeTest : public TransformationTest {
 protected:
  void expect_refused(ErrorCode code, std::string_view words) {
    ASSERT_EQ(shape(call()), Step::Fail);
    EXPECT_EQ(call().error->code, code);
    EXPECT_NE(call().error->detail.find(words), std::string::npos) << call().error->detail;
    EXPECT_FALSE(call().outgoing.changed);
  }
};

TEST_F(ShapeTest, LeavesARequestAloneWithoutOperations) {
  given_json("{\"a\" : 1}");
  EXPECT_FALSE(shapes_body(call()));
  ASSERT_EQ(shape(call()), Step::GoOn);
  EXPECT_FALSE(call().outgoing.changed);
  EXPECT_EQ(call().body, "{\"a\" : 1}");
}

TEST_F(ShapeTest, ChangesPathAndQueryBehindThePrefixOfTheRoute) {
  given_request_operations({rewrite_path("/v1/(.*)", "/v2/\\1"), set_query("by", "{{client}}")});
  ASSERT_EQ(shape(call()), Step::GoOn);
  EXPECT_EQ(call().upstream_path(), "/v2/orders");
  EXPECT_EQ(call().upstream_query(), "page=2&by=192.0.2.7");
}

TEST_F(ShapeTest, ChangesTheFieldsThatGoOnAndNoOthers) {
  given_fields({{"Host", "here"},
                {"X-Request-ID", "forged"},
                {"X-Provider-Key", "forged"},
                {"Connection", "x-hop"},
                {"X-Hop", "1"},
                {"Accept", "*/*"}});
  given_request_operations({set_header("X-Tenant", "[{{caller.tenant}}]"),
                            set_header("X-Path", "{{request.path}}"),
                            add_header("Accept", "{{request.method}}")});
  ASSERT_EQ(shape(call()), Step::GoOn);
  EXPECT_EQ(lines_of(call().outgoing.fields), (Lines{{"Accept", "*/*"},
                                                     {"X-Tenant", "[]"},
                                                     {"X-Path", "/proxy/shop/v1/orders"},
                                                     {"Accept", "POST"}}));
}

TEST_F(ShapeTest, NeverCopiesACredentialForTheGateway) {
  const auto key = auth::make_api_key("test", {auth::make_id()});
  given_fields({{"X-Other", std::string(key.text.reveal())}});
  given_request_operations({set_header("X-Copy", "[{{request.header.x-other}}]")});
  ASSERT_EQ(shape(call()), Step::GoOn);
  EXPECT_EQ(lines_of(call().outgoing.fields), (Lines{{"X-Copy", "[]"}}));
}

TEST_F(ShapeTest, FillsInTheFieldsAndParametersOfTheCaller) {
  given_fields({{"X-Color", "blue"}});
  given_query("q=a%20b&bad=%zz");
  given_request_operations({set_header("X-A",
                                       "{{request.header.x-color}} {{request.query.q}} "
                                       "{{request.query.bad}}{{request.query.none}}")});
  ASSERT_EQ(shape(call()), Step::GoOn);
  EXPECT_EQ(call().outgoing.fields.back().value, "blue a b %zz");
}

TEST_F(ShapeTest, ChangesAJsonBody) {
  given_json(R"({"amount":1.50,"admin":true})");
  given_fields({{"Content-MD5", "x"}, {"Accept", "*/*"}});
  given_request_operations({remove_json("/admin"), set_json("/via", R"("{{api.name}}")")});
  EXPECT_TRUE(shapes_body(call()));
  ASSERT_EQ(shape(call()), Step::GoOn);
  EXPECT_EQ(call().body, R"({"amount":1.50,"via":"shop"})");
  EXPECT_EQ(lines_of(call().outgoing.fields),
            (Lines{{"Content-Type", "application/json"}, {"Accept", "*/*"}}));
}

TEST_F(ShapeTest, LeavesBodiesOfOtherTypesAlone) {
  given_fields({{"Content-Type", "text/csv"}, {"Content-MD5", "x"}});
  given_body("a,b");
  given_request_operations({remove_json("/a")});
  EXPECT_FALSE(shapes_body(call()));
  ASSERT_EQ(shape(call()), Step::GoOn);
  EXPECT_EQ(call().body, "a,b");
  EXPECT_EQ(call().outgoing.fields.size(), 2u);
}

TEST_F(ShapeTest, LetsAJsonRequestWithoutABodyPass) {
  given_json("");
  given_request_operations({remove_json("/a")});
  EXPECT_EQ(shape(call()), Step::GoOn);
}

TEST_F(ShapeTest, RefusesABodyThatIsNoJson) {
  given_json(R"({"a":1,})");
  given_request_operations({remove_json("/a")});
  expect_refused(ErrorCode::MalformedRequest, "no JSON at byte 7");
}

TEST_F(ShapeTest, RefusesABodyAboveTheBoundForChanges) {
  given_json(R"({"a":"0123456789"})");
  api_.transform.max_body_bytes = 10;
  given_request_operations({remove_json("/a")});
  expect_refused(ErrorCode::BodyTooLarge, "max_body_bytes");
}

TEST_F(ShapeTest, RefusesACompressedBody) {
  given_json("gzip");
  given_fields({{"Content-Encoding", "gzip"}});
  given_request_operations({remove_json("/a")});
  expect_refused(ErrorCode::UnsupportedMediaType, "Content-Encoding");
}

// The upstream could read the type that the gateway did not, and with it a body it did not change.
TEST_F(ShapeTest, RefusesTwoContentTypes) {
  given_fields({{"Content-Type", "text/plain"}});
  given_json(R"({"a":1})");
  given_request_operations({remove_json("/a")});
  expect_refused(ErrorCode::MalformedRequest, "several Content-Type");
}

TEST_F(ShapeTest, AsksForAPlainReplyWhenRepliesAreChanged) {
  given_fields({{"Accept-Encoding", "gzip"}, {"Range", "bytes=0-1"}, {"If-Range", "\"1\""}});
  given_reply_operations({remove_json("/a")});
  ASSERT_EQ(shape(call()), Step::GoOn);
  EXPECT_EQ(lines_of(call().outgoing.fields), (Lines{{"Accept-Encoding", "identity"}}));
  EXPECT_EQ(call().upstream_path(), "/v1/orders");
  EXPECT_EQ(call().upstream_query(), "page=2");
}

TEST_F(ShapeTest, LetsTheCallerChooseTheCodingWhenOnlyFieldsOfRepliesAreChanged) {
  given_reply_operations({set_header("X-A", "1")});
  ASSERT_EQ(shape(call()), Step::GoOn);
  EXPECT_FALSE(call().outgoing.changed);
}

TEST_F(ShapeTest, BeginsAnewWithTheRequestAsItCame) {
  given_json(R"({"n":[1]})");
  given_request_operations({rewrite_path("(/.*)", "/again\\1"), set_json("/n/-", "2")});
  ASSERT_EQ(shape(call()), Step::GoOn);
  ASSERT_EQ(shape(call()), Step::GoOn);
  EXPECT_EQ(call().body, R"({"n":[1,2]})");
  EXPECT_EQ(call().upstream_path(), "/again/v1/orders");
}

TEST_F(ShapeTest, KeepsTheBodyAsItCameWhenTheRequestIsRefused) {
  given_json(R"({"n":1})");
  given_request_operations(
      {set_json("/n", "2"), rewrite_path("(/.*)", "/{{request.header.none}}/\\1")});
  expect_refused(ErrorCode::AmbiguousTarget, "not canonical");
  EXPECT_EQ(call().body, R"({"n":1})");
}

}  // namespace
}  // namespace apiforge::gateway::phases
