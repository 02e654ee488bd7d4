// What of a reply goes on to the caller when an Api has transformations.
#include "gateway/phases/reshape.hpp"

#include <gtest/gtest.h>

#include "gateway/phases/transformation_fixture.hpp"
#include "net/field_names.hpp"

namespace apiforge::gateway::phases {
namespace {

using policy::move_json;
using policy::remove_header;
using policy::remove_json;
using policy::set_header;
using policy::set_json;

class ReshapeTest : public TransformationTest {
 protected:
  ReshapeTest() { given_method("GET"); }

  static WholeReply json_reply(std::string body, const Lines& lines = {}) {
    WholeReply reply{.status = 200, .fields = {{"Content-Type", "application/json"}}, .body = {}};
    for (const auto& [name, value] : lines) reply.fields.push_back({name, value});
    reply.body = std::move(body);
    return reply;
  }
  /// Fields of a reply whose body is not here.
  Lines fields_after(int status, const Lines& lines) {
    std::vector<net::Field> fields;
    for (const auto& [name, value] : lines) fields.push_back({name, value, net::field_id(name)});
    FieldTexts texts;
    const auto done = reshape_fields(call(), status, fields, texts);
    EXPECT_TRUE(done) << done.error().detail;
    Lines result;
    for (const net::Field& field : fields) {
      EXPECT_EQ(field.id, net::field_id(field.name));
      result.emplace_back(std::string(field.name), std::string(field.value));
    }
    return result;
  }
  void expect_refused(WholeReply reply, ErrorCode code) {
    const auto done = reshape(call(), reply);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, code) << done.error().detail;
  }
};

TEST_F(ReshapeTest, LeavesAReplyAloneWithoutOperations) {
  WholeReply reply = json_reply("{ }", {{"ETag", "\"1\""}});
  const auto before = reply.fields;
  ASSERT_TRUE(reshape(call(), reply));
  EXPECT_EQ(reply.fields, before);
  EXPECT_EQ(reply.body, "{ }");
}

TEST_F(ReshapeTest, ChangesFieldsAndBody) {
  given_reply_operations({set_header("X-Status", "{{response.status}}"), remove_header("X-Inner"),
                          move_json("/data", "")});
  WholeReply reply = json_reply(R"({"data":{"price":1.0}})", {{"X-Inner", "1"}});
  ASSERT_TRUE(reshape(call(), reply));
  EXPECT_EQ(lines_of(reply.fields),
            (Lines{{"Content-Type", "application/json"}, {"X-Status", "200"}}));
  EXPECT_EQ(reply.body, R"({"price":1.0})");
}

TEST_F(ReshapeTest, ReadsTheFieldsOfTheReplyAsTheyCame) {
  given_reply_operations({remove_header("X-Shard"),
                          set_json("/shard", R"("{{response.header.x-shard}}")"),
                          set_header("X-Region", "{{response.header.x-shard}}")});
  WholeReply reply = json_reply("{}", {{"X-Shard", "eu"}});
  ASSERT_TRUE(reshape(call(), reply));
  EXPECT_EQ(reply.body, R"({"shard":"eu"})");
  EXPECT_EQ(reply.field("x-region"), "eu");
  EXPECT_EQ(reply.field("x-shard"), "");
}

TEST_F(ReshapeTest, SaysNothingOfTheUpstreamsBytesWhereItChangesThem) {
  given_reply_operations({remove_json("/a")});
  WholeReply reply = json_reply(R"({"a":1})", {{"ETag", "\"1\""},
                                               {"Repr-Digest", "x"},
                                               {"Accept-Ranges", "bytes"},
                                               {"Last-Modified", "today"}});
  ASSERT_TRUE(reshape(call(), reply));
  EXPECT_EQ(lines_of(reply.fields), (Lines{{"Content-Type", "application/json"},
                                           {"ETag", "W/\"1\""},
                                           {"Last-Modified", "today"}}));
}

TEST_F(ReshapeTest, SaysTheSameToHeadAndInA304) {
  given_reply_operations({remove_json("/a")});
  given_method("HEAD");
  EXPECT_EQ(fields_after(304, {{"ETag", "\"1\""}}), (Lines{{"ETag", "W/\"1\""}}));
  EXPECT_EQ(
      fields_after(
          200, {{"Content-Type", "application/json"}, {"Content-Length", "7"}, {"ETag", "\"1\""}}),
      (Lines{{"Content-Type", "application/json"}, {"ETag", "W/\"1\""}}));
}

TEST_F(ReshapeTest, KeepsWhatIsSaidOfBodiesThatPassAsTheyAre) {
  given_reply_operations({remove_json("/a"), set_header("X-A", "1")});
  EXPECT_EQ(
      fields_after(200, {{"Content-Type", "text/csv"}, {"ETag", "\"1\""}, {"Digest", "x"}}),
      (Lines{{"Content-Type", "text/csv"}, {"ETag", "\"1\""}, {"Digest", "x"}, {"X-A", "1"}}));
}

TEST_F(ReshapeTest, ChangesBodiesOfJsonOnly) {
  given_reply_operations({remove_json("/a")});
  const auto collects = [&](int status, const Lines& lines) {
    std::vector<net::Field> fields;
    for (const auto& [name, value] : lines) fields.push_back({name, value, net::field_id(name)});
    net::ResponseHead head;
    head.status = status;
    head.fields = fields;
    const auto result = reshapes_body(call(), head);
    return !result ? "refused" : *result ? "yes" : "no";
  };
  EXPECT_STREQ(collects(200, {{"Content-Type", "application/json"}}), "yes");
  EXPECT_STREQ(collects(404, {{"Content-Type", "application/problem+json"}}), "yes");
  EXPECT_STREQ(collects(200, {{"Content-Type", "text/event-stream"}}), "no");
  EXPECT_STREQ(collects(200, {}), "no");
  EXPECT_STREQ(collects(204, {{"Content-Type", "application/json"}}), "no");
  EXPECT_STREQ(collects(304, {{"Content-Type", "application/json"}}), "no");
  EXPECT_STREQ(collects(101, {{"Content-Type", "application/json"}}), "no");
  EXPECT_STREQ(collects(206, {{"Content-Type", "application/json"}}), "refused");
  EXPECT_STREQ(collects(200, {{"Content-Type", "application/json"}, {"Content-Encoding", "br"}}),
               "refused");
}

TEST_F(ReshapeTest, LetsAnEmptyBodyPass) {
  given_reply_operations({set_json("/a", "1")});
  WholeReply reply = json_reply("");
  ASSERT_TRUE(reshape(call(), reply));
  EXPECT_EQ(reply.body, "");
}

TEST_F(ReshapeTest, RefusesReplies) {
  given_reply_operations({remove_json("/a")});
  api_.transform.max_body_bytes = 16;
  expect_refused(json_reply("<html>"), ErrorCode::TransformFailed);
  expect_refused(json_reply(R"({"a":1,"a":2})"), ErrorCode::TransformFailed);
  expect_refused(json_reply(R"({"b":"0123456789"})"), ErrorCode::ReplyTooLarge);
  expect_refused(json_reply("gzip", {{"Content-Encoding", "gzip"}}), ErrorCode::TransformFailed);
}

TEST_F(ReshapeTest, RefusesAValueThatWouldBreakOutOfItsField) {
  given_query("x=%0d%0aSet-Cookie:%20a");
  given_reply_operations({set_header("X-Echo", "{{request.query.x}}")});
  expect_refused(json_reply("{}"), ErrorCode::TransformFailed);
}

}  // namespace
}  // namespace apiforge::gateway::phases
