#include "gateway/envelope.hpp"

#include <gmock/gmock.h>

#include "gateway/json_text.hpp"

namespace apiforge::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

EnvelopeRequest read(std::string_view text) {
  EXPECT_TRUE(is_json(text)) << text;
  EnvelopeRequest request;
  const auto faults = read_envelope(text, request);
  EXPECT_THAT(faults, IsEmpty());
  return request;
}

std::vector<BodyFault> faults_of(std::string_view text) {
  EXPECT_TRUE(is_json(text)) << text;
  EnvelopeRequest request;
  return read_envelope(text, request);
}

TEST(EnvelopeRequest, all_members_are_optional) {
  for (const std::string_view text : {"{}", R"({"method":null,"body":null,"query":null})"}) {
    const EnvelopeRequest request = read(text);
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/");
    EXPECT_EQ(request.body, "");
    EXPECT_THAT(request.fields, IsEmpty());
    EXPECT_FALSE(request.timeout);
  }
}

TEST(EnvelopeRequest, is_read_as_it_stands) {
  const EnvelopeRequest request = read(R"( {"method":"PUT","path":"/a?x=1",
      "query":{"q":"a b&c","n":[1,2],"f":true},"headers":{"Accept":" text/csv ","X-N":7},
      "body":{"price": 1.10, "big":12345678901234567890123, "s":"}\"]"},
      "version":"v2","timeout_ms":250} )");
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target, "/a?x=1&q=a%20b%26c&n=1&n=2&f=true");
  EXPECT_EQ(request.body, R"({"price": 1.10, "big":12345678901234567890123, "s":"}\"]"})");
  EXPECT_THAT(request.fields, ElementsAre(OwnedField{"Accept", "text/csv"}, OwnedField{"X-N", "7"},
                                          OwnedField{"Content-Type", "application/json"}));
  EXPECT_EQ(request.version, "v2");
  EXPECT_EQ(request.timeout, std::chrono::milliseconds(250));
}

TEST(EnvelopeRequest, bodies_are_json_texts_or_bytes) {
  EXPECT_EQ(read(R"({"body":"a\nb"})").body, "a\nb");
  EXPECT_EQ(read(R"({"body":{"base64":"AAEC"}})").body, std::string("\0\1\2", 3));
  EXPECT_EQ(read(R"({"body":[1, 2]})").body, "[1, 2]");
  EXPECT_EQ(read(R"({"body":false})").body, "false");
  const auto given = read(R"({"body":"<a/>","headers":{"content-type":"text/xml"}})");
  EXPECT_THAT(given.fields, ElementsAre(OwnedField{"content-type", "text/xml"}));
}

TEST(EnvelopeRequest, tells_every_fault_with_its_place) {
  EXPECT_THAT(
      faults_of(R"({"method":"get","path":"a","query":{"a":{}},"headers":{"b c":"1","d":"\u0000"},
                    "body":{"base64":"?"},"timeout_ms":0,"verison":"v1","version":1,"path":"/"})"),
      ElementsAre(
          BodyFault{"/method", "must be a method such as GET or POST, in upper case"},
          BodyFault{"/path", "must begin with /"},
          BodyFault{"/query/a", "must be a text, a number, true, false, or an array of these"},
          BodyFault{"/headers/b c", "is no name of a field"},
          BodyFault{"/headers/d", "has a control character"},
          BodyFault{"/body/base64", "must be Base64 (RFC 4648 4)"},
          BodyFault{"/timeout_ms", "must be an integer from 1 to 600000"},
          BodyFault{"/verison", "is not known here; did you mean 'version'?"},
          BodyFault{"/version", "must be a text"}, BodyFault{"/path", "stands there twice"}));
  EXPECT_THAT(faults_of("[]"), ElementsAre(BodyFault{"", "must be an object"}));
  EXPECT_THAT(faults_of("null"), ElementsAre(BodyFault{"", "must be an object"}));
}

TEST(EnvelopeReply, has_json_as_it_came_texts_as_texts_and_other_bytes_in_base64) {
  const EnvelopeMeta meta{.api = "a",
                          .version = "v1",
                          .endpoint = "http://e",
                          .attempts = 1,
                          .cached = false,
                          .latency_ms = 12,
                          .request_id = "r"};
  const auto envelope = [&](std::string type, std::string body) {
    std::string out;
    append_reply_envelope(out, {200, {{"Content-Type", std::move(type)}}, std::move(body)}, false,
                          meta);
    EXPECT_TRUE(is_json(out)) << out;
    const auto begin = out.find("\"body\":") + 7;
    return out.substr(begin, out.find(",\"meta\"") - begin);
  };
  EXPECT_EQ(envelope("application/json", "{\"n\": 1.10}"), "{\"n\": 1.10}");
  EXPECT_EQ(envelope("application/json", "{\"n\": "), R"("{\"n\": ")");
  EXPECT_EQ(envelope("text/plain", "a\"b"), R"("a\"b")");
  EXPECT_EQ(envelope("image/png", std::string("\xFF\x00", 2)), R"({"base64":"/wA="})");
  EXPECT_EQ(envelope("text/plain", ""), "null");
}

TEST(EnvelopeReply, names_the_fields_and_what_happened) {
  std::string out;
  append_reply_envelope(
      out, {404, {{"Set-Cookie", "a"}, {"ETag", "\"x\""}, {"set-cookie", "b"}}, "x"}, true,
      {.api = "a",
       .version = "v1",
       .endpoint = {},
       .attempts = 0,
       .cached = true,
       .latency_ms = 3,
       .request_id = "id"});
  EXPECT_EQ(out, R"({"status":404,"headers":{"Set-Cookie":["a","b"],"ETag":"\"x\""},"body":null,)"
                 R"("meta":{"api":"a","version":"v1","endpoint":null,"attempts":0,"cached":true,)"
                 R"("latency_ms":3,"request_id":"id"}})"
                 "\n");
}

TEST(JsonText, knows_what_is_json) {
  for (const std::string_view text : {"{}", " [1,2] ", "\"a\"", "1e5", "null"}) {
    EXPECT_TRUE(is_json(text)) << text;
  }
  for (const std::string_view text : {"", "{", "{}x", "{'a':1}", "[1,]", "\"\xFF\"", "NaN"}) {
    EXPECT_FALSE(is_json(text)) << text;
  }
  EXPECT_FALSE(is_json(std::string(kMaxJsonDepth + 1, '[') + std::string(kMaxJsonDepth + 1, ']')));
}

TEST(JsonText, finds_the_members_of_an_object) {
  const auto members = members_of(R"( { "a" : {"x":"}"} , "b":[1,{"c":2}],"d":-1.5e3 } )");
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[0].name, "\"a\"");
  EXPECT_EQ(members[0].value, R"({"x":"}"})");
  EXPECT_EQ(members[1].value, R"([1,{"c":2}])");
  EXPECT_EQ(members[2].value, "-1.5e3");
  EXPECT_THAT(members_of("{ }"), IsEmpty());
}

}  // namespace
}  // namespace apiforge::gateway
