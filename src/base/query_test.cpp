#include "base/query.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/encoding.hpp"
#include "base/random.hpp"

namespace apiforge {
namespace {

constexpr std::array<std::string_view, 2> kNames{"timestamp", "signature"};

std::string without(std::string form) {
  remove_pairs(form, kNames);
  return form;
}

std::string target_without(std::string target) {
  remove_query_pairs(target, kNames);
  return target;
}

TEST(Query, PathAndQueryAreSplitAtTheFirstQuestionMark) {
  EXPECT_EQ(path_of("/api/v3/order?a=1?b"), "/api/v3/order");
  EXPECT_EQ(query_of("/api/v3/order?a=1?b"), "a=1?b");
  EXPECT_EQ(path_of("/ping"), "/ping");
  EXPECT_EQ(query_of("/ping"), "");
  EXPECT_EQ(query_of("/ping?"), "");
}

TEST(Query, PairsAreVisitedInOrderAsViews) {
  std::vector<std::string> seen;
  for_each_pair("a=1&&b&c==2&=d&", [&](const QueryPair& pair) {
    seen.push_back(std::string(pair.name) + "|" + std::string(pair.value));
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"a|1", "b|", "c|=2", "|d"}));
}

TEST(Query, ThePairThatIsFoundIsTheFirstAndRaw) {
  EXPECT_EQ(find_pair("a=1&b=%20&b=2", "b"), "%20");
  EXPECT_EQ(find_pair("a=1&%62=x", "b"), "x");
  EXPECT_EQ(find_pair("flag&a=1", "flag"), "");
  EXPECT_EQ(find_pair("ab=1", "a"), std::nullopt);
}

TEST(Query, NamesAreComparedDecodedAndCaseSensitively) {
  EXPECT_TRUE(is_query_name("signature", "signature"));
  EXPECT_TRUE(is_query_name("%73ign%61ture", "signature"));
  EXPECT_TRUE(is_query_name("a%2b", "a+"));
  EXPECT_FALSE(is_query_name("Signature", "signature"));
  EXPECT_FALSE(is_query_name("signature%00", "signature"));
  EXPECT_FALSE(is_query_name("%2573ignature", "signature"));
  EXPECT_FALSE(is_query_name("signatur", "signature"));
  EXPECT_TRUE(is_query_name("100%", "100%"));
  EXPECT_TRUE(is_query_name("%zz", "%zz"));
}

TEST(Query, RemovingTakesThePairAndOneSeparator) {
  EXPECT_EQ(without("timestamp=1"), "");
  EXPECT_EQ(without("timestamp=1&a=2"), "a=2");
  EXPECT_EQ(without("a=2&timestamp=1"), "a=2");
  EXPECT_EQ(without("a=2&timestamp=1&b=3&signature=x"), "a=2&b=3");
  EXPECT_EQ(without("timestamp=1&signature=x&timestamp=2"), "");
  EXPECT_EQ(without("timestamp&a&signature="), "a");
  EXPECT_EQ(without("%74imestamp=1&a=%2f&s%69gnature=x"), "a=%2f");
}

TEST(Query, WhatIsNotRemovedStaysByteForByte) {
  for (const std::string_view form :
       {"", "&", "&&", "a", "a=", "=", "a=1&&b=2&", "&a=1", "a=%e9%&b=%zz", "a=b=c&d=e+f",
        "my_timestamp=1&timestamp2=2&Signature=x", "a=timestamp&b=signature"}) {
    EXPECT_EQ(without(std::string(form)), form);
  }
}

TEST(Query, AnEmptiedQueryLosesItsQuestionMarkOnlyWhenSomethingWasRemoved) {
  EXPECT_EQ(target_without("/a?timestamp=1"), "/a");
  EXPECT_EQ(target_without("/a?timestamp=1&b=2"), "/a?b=2");
  EXPECT_EQ(target_without("/a?"), "/a?");
  EXPECT_EQ(target_without("/a"), "/a");
  EXPECT_EQ(target_without("/timestamp=1&b"), "/timestamp=1&b");
}

TEST(Query, AppendingAddsASeparatorOnlyWhereOneIsMissing) {
  const auto form_with = [](std::string form) {
    append_pair(form, "n", "v");
    return form;
  };
  EXPECT_EQ(form_with(""), "n=v");
  EXPECT_EQ(form_with("a=1"), "a=1&n=v");
  EXPECT_EQ(form_with("a=1&"), "a=1&n=v");

  const auto target_with = [](std::string target) {
    append_query_pair(target, "n", "v");
    return target;
  };
  EXPECT_EQ(target_with("/a"), "/a?n=v");
  EXPECT_EQ(target_with("/a?"), "/a?n=v");
  EXPECT_EQ(target_with("/a?b=1"), "/a?b=1&n=v");
  EXPECT_EQ(target_with("/a?b=1&"), "/a?b=1&n=v");
  EXPECT_EQ(target_with("/a?b=?"), "/a?b=?&n=v") << "only the first ? begins the query";
}

/// A form of random pairs, some of them with a name that is to be removed, and what has to stay.
struct RandomForm {
  std::string form;
  std::string kept;
};

RandomForm random_form(Random& random) {
  static constexpr std::array<std::string_view, 7> kPieces{
      "a=1", "timestamp=7", "x%20y=%zz", "s%69gnature=00", "signature", "timestamps=1", "b"};
  RandomForm result;
  const auto join = [](std::string& text, std::string_view piece) {
    if (!text.empty()) text += '&';
    text += piece;
  };
  for (std::uint64_t count = random.below(8); count > 0; --count) {
    const std::uint64_t pick = random.below(kPieces.size());
    join(result.form, kPieces[pick]);
    const bool is_removed = pick == 1 || pick == 3 || pick == 4;
    if (!is_removed) join(result.kept, kPieces[pick]);
  }
  return result;
}

TEST(Query, RemovingFromRandomFormsKeepsTheOthersInOrder) {
  const std::uint64_t seed = 20'260'721;
  Random random(seed);
  for (int round = 0; round < 2'000; ++round) {
    const RandomForm given = random_form(random);
    EXPECT_EQ(without(given.form), given.kept) << "seed " << seed << " form " << given.form;
  }
}

}  // namespace
}  // namespace apiforge
