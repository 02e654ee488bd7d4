#include "policy/transform_body.hpp"

#include <gtest/gtest.h>

#include "policy/transform_fixture.hpp"

namespace apiforge::policy {
namespace {

constexpr std::size_t kNoBound = 1 << 20;

std::string refusal_of_body(const Operations& operations) {
  const auto transform = CompiledTransform::compile(operations, TransformOf::Request);
  return transform ? "accepted" : transform.error().detail;
}

/// The body afterwards, or the code and what is said.
std::string body_after(const Operations& operations, std::string_view body,
                       std::size_t max_bytes = kNoBound, TransformOf of = TransformOf::Request,
                       const KnownCall& call = {}) {
  const auto transform = CompiledTransform::compile(operations, of);
  if (!transform) return transform.error().detail;
  auto changed = transform->edit_body(body, call, max_bytes);
  if (!changed) {
    return std::string(changed.error().info().name) + ": " + changed.error().detail;
  }
  return *changed ? **changed : std::string(body);
}

TEST(JsonTransform, SetsAValue) {
  EXPECT_EQ(body_after({set_json("/meta/source", R"({ "name": "gateway" })")}, R"({"a":1})"),
            R"({"a":1,"meta":{"source":{ "name": "gateway" }}})");
}

TEST(JsonTransform, FillsInValuesOfTheCallAsTexts) {
  KnownCall call;
  call.values[{CallValue::Client, ""}] = "\"}, \"admin\": \"\\";
  EXPECT_EQ(
      body_after({set_json("/who", R"("{{client}}")")}, "{}", kNoBound, TransformOf::Request, call),
      R"({"who":"\"}, \"admin\": \"\\"})");
}

TEST(JsonTransform, RemovesAValue) {
  EXPECT_EQ(body_after({remove_json("/card/number")}, R"({"card":{"number":"4111","name":"N"}})"),
            R"({"card":{"name":"N"}})");
}

TEST(JsonTransform, MovesAValue) {
  EXPECT_EQ(body_after({move_json("/symbol", "/instrument/id")}, R"({"symbol":"BTC","qty":1.50})"),
            R"({"qty":1.50,"instrument":{"id":"BTC"}})");
}

TEST(JsonTransform, MapsEachElementOfAnArray) {
  EXPECT_EQ(body_after({map_json("/items", {remove_json("/secret"), move_json("/n", "/name"),
                                            set_json("/by", R"("{{api.name}}")")})},
                       R"({"items":[{"n":"a","secret":1},{"n":"b"}]})"),
            R"({"items":[{"name":"a","by":"shop"},{"name":"b","by":"shop"}]})");
}

TEST(JsonTransform, MapsTheValuesOfAnObjectAndMapsInsideOfMaps) {
  EXPECT_EQ(body_after({map_json("", {map_json("/legs", {remove_json("/x")})})},
                       R"({"a":{"legs":[{"x":1,"y":2}]},"b":{"legs":[]}})"),
            R"({"a":{"legs":[{"y":2}]},"b":{"legs":[]}})");
}

TEST(JsonTransform, SeesWhatOperationsBeforeItHaveDone) {
  EXPECT_EQ(
      body_after({set_json("/a", R"({"b":1,"c":2})"), remove_json("/a/b"), move_json("/a", "/d")},
                 "{}"),
      R"({"d":{"c":2}})");
}

TEST(JsonTransform, ChangesNoByteWhenThereIsNothingToChange) {
  const std::string body = "  { \"a\" : 1.0 }\n";
  EXPECT_EQ(
      body_after({remove_json("/b"), move_json("/c", "/d"), map_json("/e", {remove_json("/f")})},
                 body),
      body);
}

TEST(JsonTransform, DoneTwiceIsDoneOnce) {
  const Operations operations{remove_json("/a"), set_json("/b/c", "[1.0]"),
                              map_json("/items", {remove_json("/x"), set_json("/y", "null")})};
  const std::string once = body_after(
      operations, R"({"a":1,"items":[{"x":1e2,"z":0.10},[],"t",{"y":3}],"b":{"d":"\u0041"}})");
  EXPECT_EQ(once,
            R"({"items":[{"z":0.10,"y":null},[],"t",{"y":null}],"b":{"d":"\u0041","c":[1.0]}})");
  EXPECT_EQ(body_after(operations, once), once);
}

TEST(JsonTransform, SaysWhereABodyIsNoJson) {
  const Operations operations{remove_json("/a")};
  EXPECT_TRUE(
      body_after(operations, R"({"a":1,})").starts_with("malformed_request: no JSON at byte 7"));
  EXPECT_TRUE(body_after(operations, "<html>", kNoBound, TransformOf::Response)
                  .starts_with("transform_failed: no JSON at byte 0"));
}

TEST(JsonTransform, RefusesABodyThatCanBeReadInTwoWays) {
  EXPECT_EQ(body_after({remove_json("/a")}, R"({"a":1,"a":2})"),
            "malformed_request: an object of the JSON body has the member 'a' twice");
}

TEST(JsonTransform, RefusesABodyAboveItsBound) {
  const Operations operations{set_json("/b", "2")};
  EXPECT_EQ(body_after(operations, R"({"a":1})", 13), R"({"a":1,"b":2})");
  EXPECT_TRUE(body_after(operations, R"({"a":1})", 12).starts_with("body_too_large"));
  EXPECT_TRUE(body_after(operations, R"({"a":1})", 6).starts_with("body_too_large"));
  EXPECT_TRUE(body_after(operations, R"({"a":1})", 6, TransformOf::Response)
                  .starts_with("reply_too_large"));
}

TEST(JsonTransform, CannotMakeALargeBodyOfManySmallElements) {
  std::string body = "[{}";
  for (int i = 0; i < 1'000; ++i) body += ",{}";
  body += "]";
  const std::string text = "\"" + std::string(10'000, 'x') + "\"";
  EXPECT_TRUE(
      body_after({map_json("", {set_json("/a", text)})}, body).starts_with("body_too_large"));
}

TEST(JsonTransform, RefusesTextsAndPointersThatCannotBeRead) {
  EXPECT_TRUE(refusal_of_body({set_json("/a", "{")})
                  .starts_with("/transform/request/0/json: no JSON at byte 1"));
  EXPECT_TRUE(refusal_of_body({set_json("/a", "")}).starts_with("/transform/request/0/json: "));
  EXPECT_TRUE(refusal_of_body({set_json("/a", R"("{{none}}")")})
                  .starts_with("/transform/request/0/json: there is"));
  EXPECT_TRUE(refusal_of_body({set_json("a", "1")}).starts_with("/transform/request/0/pointer: "));
  EXPECT_TRUE(refusal_of_body({move_json("a", "/b")}).starts_with("/transform/request/0/from: "));
  EXPECT_EQ(
      refusal_of_body({remove_json("")}),
      "/transform/request/0/pointer: must name a part of the body; the whole cannot be removed");
}

TEST(JsonTransform, RefusesToMoveAValueIntoItself) {
  EXPECT_EQ(refusal_of_body({move_json("/a", "/a/b")}),
            "/transform/request/0/pointer: must not be at or below `from`");
  EXPECT_NE(refusal_of_body({move_json("/a", "/a")}), "accepted");
  EXPECT_EQ(refusal_of_body({move_json("/a", "/ab")}), "accepted");
}

TEST(JsonTransform, HasABoundOfMapsInsideOfMaps) {
  auto nested = map_json("/a", {remove_json("/x")});
  for (std::size_t i = 1; i < CompiledTransform::kMaxMapDepth; ++i)
    nested = map_json("/a", {nested});
  EXPECT_EQ(refusal_of_body({nested}), "accepted");
  EXPECT_NE(refusal_of_body({map_json("/a", {nested})})
                .find("map_json may be inside of map_json 3 times"),
            std::string::npos);
}

TEST(JsonTransform, MapsOnlyWithOperationsOnJson) {
  EXPECT_EQ(refusal_of_body({map_json("/a", {set_header("A", "1")})}),
            "/transform/request/0/operations/0/op: only operations on JSON are possible inside of "
            "map_json");
  EXPECT_EQ(refusal_of_body({map_json("/a", {})}),
            "/transform/request/0/operations: must have at least one operation");
}

}  // namespace
}  // namespace apiforge::policy
