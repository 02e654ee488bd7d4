#include "schema/json_schema.hpp"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

namespace apiforge::schema {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

JsonSchema schema_of(std::string_view text, std::string_view document = "{}") {
  auto schema = JsonSchema::compile(boost::json::parse(text).as_object(),
                                    boost::json::parse(document).as_object());
  EXPECT_TRUE(schema) << (schema ? "" : schema.error().detail + schema.error().context);
  return *std::move(schema);
}

std::vector<BodyFault> faults(std::string_view schema, std::string_view value) {
  return schema_of(schema).check(boost::json::parse(value));
}

TEST(JsonSchema, tells_every_fault_with_its_place) {
  constexpr auto kSchema = R"({"type":"object","additionalProperties":false,
      "required":["name","email"],"properties":{"name":{"type":"string","maxLength":3},
      "email":{"type":"string"},"tags":{"type":"array","items":{"type":"integer"}}}})";
  EXPECT_THAT(faults(kSchema, R"({"name":"ab","email":"x","tags":[1,2]})"), IsEmpty());
  EXPECT_THAT(
      faults(kSchema, R"({"name":"abcd","tags":[1,"x"],"nmae":1,"a/b":1})"),
      ElementsAre(BodyFault{"/name", "must have at most 3 characters"},
                  BodyFault{"/tags/1", "must be an integer"},
                  BodyFault{"/nmae", "is not known here; did you mean 'name'?"},
                  BodyFault{"/a~1b", "is not known here"}, BodyFault{"/email", "is missing"}));
  EXPECT_THAT(faults(kSchema, "[]"), ElementsAre(BodyFault{"", "must be an object"}));
}

TEST(JsonSchema, counts_characters_of_texts) {
  constexpr auto kSchema = R"({"type":"string","minLength":2,"maxLength":3})";
  EXPECT_THAT(faults(kSchema, "\"网关\""), IsEmpty());
  EXPECT_THAT(faults(kSchema, "\"网关网关\""),
              ElementsAre(BodyFault{"", "must have at most 3 characters"}));
  EXPECT_THAT(faults(kSchema, "\"a\""),
              ElementsAre(BodyFault{"", "must have at least 2 characters"}));
  EXPECT_THAT(faults(R"({"type":"string","minLength":1})", "\"\""),
              ElementsAre(BodyFault{"", "must not be empty"}));
}

TEST(JsonSchema, knows_patterns_lists_and_times) {
  EXPECT_THAT(faults(R"({"type":"string","pattern":"^[a-z]+$"})", "\"a1\""),
              ElementsAre(BodyFault{"", "must match ^[a-z]+$"}));
  EXPECT_THAT(faults(R"({"type":"string","enum":["on","off"]})", "\"no\""),
              ElementsAre(BodyFault{"", "must be one of on, off"}));
  constexpr auto kTime = R"({"type":["string","null"],"format":"date-time"})";
  EXPECT_THAT(faults(kTime, "null"), IsEmpty());
  EXPECT_THAT(faults(kTime, "\"2030-01-01T00:00:00Z\""), IsEmpty());
  EXPECT_EQ(faults(kTime, "\"2030-01-01\"").size(), 1u);
  EXPECT_THAT(faults(kTime, "1"), ElementsAre(BodyFault{"", "must be a text or null"}));
}

TEST(JsonSchema, bounds_numbers_and_arrays) {
  constexpr auto kNumber = R"({"type":"integer","minimum":1,"maximum":500})";
  EXPECT_THAT(faults(kNumber, "500"), IsEmpty());
  EXPECT_THAT(faults(kNumber, "0"), ElementsAre(BodyFault{"", "must be at least 1"}));
  EXPECT_THAT(faults(kNumber, "18446744073709551615"),
              ElementsAre(BodyFault{"", "must be at most 500"}));
  EXPECT_THAT(faults(kNumber, "1.5"), ElementsAre(BodyFault{"", "must be an integer"}));
  constexpr auto kArray = R"({"type":"array","minItems":1,"maxItems":2,"uniqueItems":true})";
  EXPECT_THAT(faults(kArray, "[]"), ElementsAre(BodyFault{"", "must have at least 1 element"}));
  EXPECT_THAT(faults(kArray, "[1,2,3]"),
              ElementsAre(BodyFault{"", "must have at most 2 elements"}));
  EXPECT_THAT(faults(kArray, "[1,1]"), ElementsAre(BodyFault{"/1", "stands in the list already"}));
}

TEST(JsonSchema, says_what_the_members_of_a_map_must_be) {
  constexpr auto kMap =
      R"({"type":"object","maxProperties":2,"properties":{"id":{"type":"integer"}},
      "additionalProperties":{"type":"string","maxLength":3}})";
  EXPECT_THAT(faults(kMap, R"({"id":1,"any/name":"abc"})"), IsEmpty());
  EXPECT_THAT(faults(kMap, R"({"id":"1","any/name":1})"),
              ElementsAre(BodyFault{"/id", "must be an integer"},
                          BodyFault{"/any~1name", "must be a text"}));
  EXPECT_THAT(faults(kMap, R"({"a":"a","b":"b","c":"c"})"),
              ElementsAre(BodyFault{"", "must have at most 2 members"}));
  const std::string long_name(1'000, 'n');
  EXPECT_THAT(faults(kMap, "{\"" + long_name + "\":1}"),
              ElementsAre(BodyFault{"", "must be a text"}));
}

TEST(JsonSchema, never_repeats_a_value) {
  for (const BodyFault& fault :
       faults(R"({"type":"object","properties":{"p":{"type":"string","maxLength":3}}})",
              R"({"p":"hunter2"})")) {
    EXPECT_EQ(fault.message.find("hunter2"), std::string::npos);
  }
}

TEST(JsonSchema, tells_a_bounded_number_of_faults) {
  std::string text = "[";
  for (std::size_t i = 0; i < 2 * JsonSchema::kMaxFaults; ++i) text += i == 0 ? "1" : ",1";
  EXPECT_EQ(faults(R"({"type":"array","items":{"type":"string"}})", text + "]").size(),
            JsonSchema::kMaxFaults);
}

TEST(JsonSchema, follows_references_into_the_document) {
  const auto schema = schema_of(R"({"$ref":"#/components/schemas/Id"})",
                                R"({"components":{"schemas":{"Id":{"type":"string"}}}})");
  EXPECT_THAT(schema.check(1), ElementsAre(BodyFault{"", "must be a text"}));
}

TEST(JsonSchema, reads_parameters_as_the_type_that_is_wanted) {
  const auto limit = schema_of(R"({"type":"integer","minimum":1})");
  EXPECT_THAT(limit.check_parameter("5"), IsEmpty());
  EXPECT_THAT(limit.check_parameter("0"), ElementsAre(BodyFault{"", "must be at least 1"}));
  EXPECT_THAT(limit.check_parameter("5x"), ElementsAre(BodyFault{"", "must be an integer"}));
  const auto flag = schema_of(R"({"type":"boolean"})");
  EXPECT_THAT(flag.check_parameter("true"), IsEmpty());
  EXPECT_THAT(flag.check_parameter("yes"), ElementsAre(BodyFault{"", "must be true or false"}));
  EXPECT_THAT(schema_of(R"({"type":"string"})").check_parameter("5"), IsEmpty());
}

TEST(JsonSchema, refuses_to_compile_what_it_would_ignore) {
  for (const char* text :
       {R"({"type":"text"})", R"({"oneOf":[]})", R"({"format":"uuid"})", R"({"pattern":"("})",
        R"({"$ref":"#/nowhere"})", R"({"$ref":"other.yaml"})", R"({"maxLength":-1})",
        R"({"properties":1})"}) {
    const auto schema = JsonSchema::compile(boost::json::parse(text).as_object(), {});
    ASSERT_FALSE(schema) << text;
    EXPECT_EQ(schema.error().code, ErrorCode::InvalidConfiguration);
  }
  const auto circle = boost::json::parse(R"({"a":{"$ref":"#/a"}})").as_object();
  EXPECT_FALSE(JsonSchema::compile(circle.at("a").as_object(), circle));
}

TEST(JsonSchema, of_others_restricts_by_what_is_known) {
  const auto compile = [](std::string_view text, std::string_view document = "{}") {
    return *JsonSchema::compile(boost::json::parse(text).as_object(),
                                boost::json::parse(document).as_object(), Unknown::Ignore);
  };
  const auto odd = compile(R"({"type":"integer","minimum":1.5,"maximum":9,"enum":[1,"x"],
                               "format":"odd","oneOf":[],"discriminator":{}})");
  EXPECT_THAT(odd.check(7), IsEmpty());
  EXPECT_THAT(odd.check(10), ElementsAre(BodyFault{"", "must be at most 9"}));
  EXPECT_THAT(compile(R"({"type":"file"})").check("x"), IsEmpty());
  EXPECT_THAT(compile(R"({"$ref":"other.json#/a"})").check(7), IsEmpty());
  EXPECT_THAT(compile(R"({"type":"string","nullable":true})").check(nullptr), IsEmpty());
}

// A schema that contains itself twice would be followed exponentially.
TEST(JsonSchema, of_others_may_contain_itself) {
  constexpr auto kDocument = R"({"node":{"type":"object","properties":{
      "left":{"$ref":"#/node"},"right":{"$ref":"#/node"},"value":{"type":"integer"}}}})";
  const auto document = boost::json::parse(kDocument).as_object();
  const auto schema =
      JsonSchema::compile(document.at("node").as_object(), document, Unknown::Ignore);
  ASSERT_TRUE(schema);
  EXPECT_THAT(schema->check(boost::json::parse(R"({"value":"x","left":{"value":1}})")),
              ElementsAre(BodyFault{"/value", "must be an integer"}));
}

}  // namespace
}  // namespace apiforge::schema
