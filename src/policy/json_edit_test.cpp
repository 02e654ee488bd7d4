#include "policy/json_edit.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/random.hpp"
#include "policy/json_scan.hpp"

namespace apiforge::policy {
namespace {

constexpr std::uint64_t kEditSeed = 20261123;
constexpr std::size_t kNoBound = 1 << 20;

/// One text while it is changed. Paths live as long as it does.
class Edited {
 public:
  explicit Edited(std::string text) : text_(std::move(text)), edit_(text_) {
    EXPECT_FALSE(find_json_fault(text_)) << text_;
  }

  bool set(std::string_view pointer, std::string_view text) {
    return edit_.root().set(path(pointer), text);
  }
  bool remove(std::string_view pointer) { return edit_.root().remove(path(pointer)); }
  bool move(std::string_view from, std::string_view to) {
    const JsonPath& source = path(from);
    return edit_.root().move(source, path(to));
  }
  std::string text() const {
    if (edit_.fault()) return "fault: " + edit_.fault()->detail;
    std::string out;
    return edit_.write(out, kNoBound) ? out : "too long";
  }
  JsonEdit& edit() { return edit_; }
  const JsonPath& path(std::string_view pointer) {
    return *paths_.emplace_back(std::make_unique<JsonPath>(*parse_json_path(pointer)));
  }

 private:
  std::string text_;
  std::vector<std::unique_ptr<JsonPath>> paths_;
  JsonEdit edit_;
};

std::string after_set(std::string text, std::string_view pointer, std::string_view value) {
  Edited edited(std::move(text));
  edited.set(pointer, value);
  return edited.text();
}

std::string after_remove(std::string text, std::string_view pointer) {
  Edited edited(std::move(text));
  edited.remove(pointer);
  return edited.text();
}

std::string after_move(std::string text, std::string_view from, std::string_view to) {
  Edited edited(std::move(text));
  edited.move(from, to);
  return edited.text();
}

TEST(JsonEdit, WritesWhatNobodyTouchedByteForByte) {
  const std::string text = "{ \"a\" : 1.10, \"b\":\t[1e5 , \"\\u0041\"] }";
  EXPECT_EQ(Edited(text).text(), text);
}

TEST(JsonEdit, KeepsTheSpellingOfNumbersAndTextsBesideAChange) {
  EXPECT_EQ(after_set(R"({"price": 0.10, "id":12345678901234567890123, "n":"\u00e9", "x": [ 1 ]})",
                      "/y", "true"),
            R"({"price":0.10,"id":12345678901234567890123,"n":"\u00e9","x":[ 1 ],"y":true})");
}

TEST(JsonEdit, SetsAMemberInItsPlace) {
  EXPECT_EQ(after_set(R"({"a":1,"b":2})", "/a", R"("x")"), R"({"a":"x","b":2})");
}

TEST(JsonEdit, MakesTheObjectsOnTheWay) {
  EXPECT_EQ(after_set("{}", "/a/b/c", "1"), R"({"a":{"b":{"c":1}}})");
  EXPECT_EQ(after_set(R"({"a":null})", "/a/b", "1"), R"({"a":{"b":1}})");
}

TEST(JsonEdit, LeavesAnotherValueOnTheWayAlone) {
  EXPECT_EQ(after_set(R"({"a":5})", "/a/b", "1"), R"({"a":5})");
  EXPECT_EQ(after_set(R"("text")", "/a", "1"), R"("text")");
}

TEST(JsonEdit, ReplacesTheWhole) {
  EXPECT_EQ(after_set(R"({"a":5})", "", "[1]"), "[1]");
  EXPECT_EQ(after_set("null", "/a", "1"), R"({"a":1})");
}

TEST(JsonEdit, SetsElementsOfArraysAndAppendsToThem) {
  EXPECT_EQ(after_set("[1,2]", "/1", "9"), "[1,9]");
  EXPECT_EQ(after_set("[1,2]", "/2", "9"), "[1,2,9]");
  EXPECT_EQ(after_set("[1,2]", "/-", "9"), "[1,2,9]");
  EXPECT_EQ(after_set("[1,2]", "/3", "9"), "[1,2]");
  EXPECT_EQ(after_set("[1,2]", "/01", "9"), "[1,2]");
  EXPECT_EQ(after_set("[1,2]", "/x", "9"), "[1,2]");
}

TEST(JsonEdit, RemovesMembersAndElements) {
  EXPECT_EQ(after_remove(R"({"a":1,"b":{"c":2,"d":3}})", "/b/c"), R"({"a":1,"b":{"d":3}})");
  EXPECT_EQ(after_remove("[1,2,3]", "/1"), "[1,3]");
  EXPECT_EQ(after_remove(R"({"a":1})", "/a"), "{}");
}

TEST(JsonEdit, RemovesNothingThatIsNotThere) {
  EXPECT_EQ(after_remove(R"({ "a":1 })", "/b/c"), R"({ "a":1 })");
  EXPECT_EQ(after_remove("[1]", "/-"), "[1]");
}

TEST(JsonEdit, MovesAMember) {
  EXPECT_EQ(after_move(R"({"a":{"x": 1.0},"b":2})", "/a/x", "/c/y"),
            R"({"a":{},"b":2,"c":{"y":1.0}})");
}

TEST(JsonEdit, MovesAValueOverOneThatIsThere) {
  EXPECT_EQ(after_move(R"({"a":1,"b":2})", "/a", "/b"), R"({"b":1})");
}

TEST(JsonEdit, UnwrapsAValueByMovingItOverWhatItIsIn) {
  EXPECT_EQ(after_move(R"({"data":{"data":1,"b":2},"meta":0})", "/data", ""),
            R"({"data":1,"b":2})");
  EXPECT_EQ(after_move(R"({"a":{"b":{"c":1}}})", "/a/b/c", "/a"), R"({"a":1})");
}

TEST(JsonEdit, KeepsAValueThatCannotBeMoved) {
  EXPECT_EQ(after_move(R"({ "a":1,"b":2})", "/a", "/b/c"), R"({ "a":1,"b":2})");
  EXPECT_EQ(after_move(R"({ "a":1,"b":[]})", "/a", "/b/4"), R"({ "a":1,"b":[]})");
  EXPECT_EQ(after_move(R"({ "a":1})", "/x", "/y"), R"({ "a":1})");
}

TEST(JsonEdit, MovesWithinOneArray) {
  EXPECT_EQ(after_move("[1,2,3]", "/0", "/-"), "[2,3,1]");
}

TEST(JsonEdit, FindsMembersWhoseNamesAreEscaped) {
  EXPECT_EQ(after_remove(R"({"\u0061":1,"b":2})", "/a"), R"({"b":2})");
  EXPECT_EQ(after_remove(R"({"a/b":1,"m~n":2})", "/a~1b"), R"({"m~n":2})");
  EXPECT_EQ(after_set(R"({})", "/a\"b", "1"), R"({"a\"b":1})");
}

TEST(JsonEdit, ReadsEveryEscapeOfAName) {
  EXPECT_TRUE(is_json_string(R"("plain")", "plain"));
  EXPECT_TRUE(is_json_string(R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"));
  EXPECT_TRUE(is_json_string(R"("\u0041\u00e9\u20AC\uD83D\ude00")", "A\u00e9\u20ac\U0001F600"));
  EXPECT_TRUE(is_json_string("\"\u00e9\"", "\u00e9"));
  EXPECT_TRUE(is_json_string(R"("\u0000")", std::string_view("\0", 1)));
  EXPECT_FALSE(is_json_string(R"("\u0041")", ""));
  EXPECT_FALSE(is_json_string(R"("\u0041")", "AB"));
  EXPECT_FALSE(is_json_string(R"("\u0041b")", "A"));
  EXPECT_FALSE(is_json_string("", ""));
}

// Readers differ in which of two equal members they take: the one that is not removed may be read.
TEST(JsonEdit, RefusesAnObjectThatHasTheSoughtMemberTwice) {
  EXPECT_EQ(after_remove(R"({"a":1,"a":2})", "/a"),
            "fault: an object of the JSON body has the member 'a' twice");
  EXPECT_EQ(after_remove(R"({"a":1,"\u0061":2})", "/a"),
            "fault: an object of the JSON body has the member 'a' twice");
  EXPECT_EQ(after_remove(R"({"b":1,"b":2,"a":0})", "/a"), R"({"b":1,"b":2})");
}

TEST(JsonEdit, VisitsEachElementOfAnArrayAndEachValueOfAnObject) {
  const auto path = *parse_json_path("/x");
  for (const auto& [text, result] :
       {std::pair{R"([{"x":1,"y":2},{"y":3},5])", R"([{"y":2},{"y":3},5])"},
        {R"({"p":{"x":1}, "q" :{}})", R"({"p":{},"q":{}})"},
        {R"( "text")", R"("text")"}}) {
    Edited edited(text);
    edited.edit().root().each({}, [&](JsonEdit::Place place) { return place.remove(path); });
    EXPECT_EQ(edited.text(), result);
  }
}

TEST(JsonEdit, StopsAtABodyOfTooManyValues) {
  std::string text = "[0";
  for (std::size_t i = 1; i < JsonEdit::kMaxValues + 1; ++i) text += ",0";
  text += "]";
  EXPECT_EQ(after_set(text, "/0", "1"),
            "fault: the JSON body has more than 250000 values where it is changed");
}

TEST(JsonEdit, WritesNoMoreThanItsBound) {
  Edited edited(R"({"a":1})");
  edited.set("/b", "2");
  std::string out;
  EXPECT_TRUE(edited.edit().write(out, 13));
  EXPECT_EQ(out, R"({"a":1,"b":2})");
  EXPECT_FALSE(edited.edit().write(out, 12));
}

TEST(JsonFault, NamesTheByteAtWhichATextStopsBeingJson) {
  EXPECT_FALSE(find_json_fault(R"( {"a":[1,2,{}]} )"));
  const auto at = [](std::string_view text) {
    const auto fault = find_json_fault(text);
    return fault ? fault->detail.substr(0, fault->detail.find(" (")) : "valid";
  };
  EXPECT_EQ(at(R"({"a":1,})"), "no JSON at byte 7");
  EXPECT_EQ(at(R"({"a" 1})"), "no JSON at byte 5");
  EXPECT_EQ(at("[1] 2"), "no JSON at byte 4");
  EXPECT_EQ(at(""), "no JSON at byte 0");
  EXPECT_EQ(at("[1"), "no JSON at byte 2");
  EXPECT_NE(at("\"\xff\""), "valid");
  EXPECT_NE(at("'a'"), "valid");
  EXPECT_NE(at("NaN"), "valid");
  EXPECT_NE(at("// comment\n1"), "valid");
}

TEST(JsonFault, RefusesNestingBeyondItsBound) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_FALSE(find_json_fault(nested(JsonEdit::kMaxDepth)));
  EXPECT_TRUE(find_json_fault(nested(JsonEdit::kMaxDepth + 1)));
}

TEST(JsonPath, IsReadFromAPointer) {
  EXPECT_TRUE(parse_json_path("")->empty());
  const auto path = parse_json_path("/a~1b/~0/");
  ASSERT_TRUE(path);
  ASSERT_EQ(path->size(), 3u);
  EXPECT_EQ((*path)[0].text, "a/b");
  EXPECT_EQ((*path)[1].text, "~");
  EXPECT_EQ((*path)[2].text, "");
  EXPECT_EQ((*path)[2].quoted, "\"\"");
}

TEST(JsonPath, RefusesWhatIsNoPointer) {
  EXPECT_FALSE(parse_json_path("a"));
  EXPECT_FALSE(parse_json_path("/a~2"));
  EXPECT_FALSE(parse_json_path("/a~"));
  std::string deep;
  for (std::size_t i = 0; i < JsonEdit::kMaxTokens; ++i) deep += "/a";
  EXPECT_TRUE(parse_json_path(deep));
  EXPECT_FALSE(parse_json_path(deep + "/a"));
}

/// A text of any shape: random nesting, names, white space.
std::string random_json(Random& random, int depth) {
  const auto pick = [&](std::uint64_t below) { return random.below(below); };
  const std::string space(pick(3), ' ');
  if (depth == 0 || pick(3) == 0) {
    const char* words[] = {"null", "true", "-1.50e+3", R"("a\"]}b")", "[]", "{}", R"("\\")", "0"};
    return space + words[pick(std::size(words))] + space;
  }
  std::string text;
  const std::uint64_t count = pick(4);
  const bool is_object = pick(2) == 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i > 0) text += ",";
    if (is_object)
      text += space + "\"" + std::string(1, static_cast<char>('a' + i)) + "\"" + space + ":";
    text += random_json(random, depth - 1);
  }
  return space + (is_object ? "{" + text + space + "}" : "[" + text + space + "]") + space;
}

TEST(JsonEdit, RemovingTwiceIsRemovingOnceWhateverTheText) {
  Random random(kEditSeed);
  for (int round = 0; round < 2'000; ++round) {
    const std::string text = random_json(random, 4);
    for (const char* pointer : {"/a", "/b/a", "/a/b/c"}) {
      const std::string once = after_remove(text, pointer);
      EXPECT_FALSE(find_json_fault(once)) << text << " -> " << once;
      EXPECT_EQ(after_remove(once, pointer), once) << text;
    }
  }
}

TEST(JsonEdit, WhatWasSetIsThereAndMovingItBackChangesNothing) {
  Random random(kEditSeed);
  for (int round = 0; round < 2'000; ++round) {
    const std::string text = random_json(random, 4);
    const std::string set = after_set(text, "/z/y", "17");
    EXPECT_FALSE(find_json_fault(set)) << text << " -> " << set;
    EXPECT_EQ(after_set(set, "/z/y", "17"), set);
    const std::string moved = after_move(set, "/z/y", "/w");
    EXPECT_EQ(after_move(moved, "/w", "/z/y"), set) << text;
  }
}

}  // namespace
}  // namespace apiforge::policy
