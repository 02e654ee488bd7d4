#include "model/quota_reach.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace apiforge::model {
namespace {

Quota quota_for(QuotaMatch match) {
  Quota quota;
  quota.match = std::move(match);
  return quota;
}

std::size_t most_of(const std::vector<QuotaMatch>& matches) {
  std::vector<Quota> quotas;
  for (const QuotaMatch& match : matches) quotas.push_back(quota_for(match));
  return most_for_one_call(quotas);
}

TEST(QuotasOfOneCall, AreThoseThatAskForTheSame) {
  EXPECT_EQ(most_of({}), 0u);
  EXPECT_EQ(most_of({{}, {}, {.key = "*"}}), 3u);
  EXPECT_EQ(most_of({{.api = "a"}, {.api = "a"}, {.api = "b"}}), 2u);
  EXPECT_EQ(most_of({{.tenant = "t", .api = "a"}, {.tenant = "t", .api = "b"}}), 1u);
}

TEST(QuotasOfOneCall, AddUpWhereTheyAskForDifferentMembers) {
  EXPECT_EQ(most_of({{.key = "k"}, {.key = "l"}, {.user = "u"}, {.api = "a"}, {}}), 4u);
}

TEST(QuotasOfOneCall, CountThosePathsThatLieBelowEachOther) {
  EXPECT_EQ(most_of({{.path = "/a"}, {.path = "/b"}, {.path = "/a-b"}}), 1u);
  EXPECT_EQ(most_of({{.path = "/a"}, {.path = "/a-b"}, {.path = "/a/b"}, {.path = "/"}}), 3u);
  EXPECT_EQ(most_of({{.path = "/a/"}, {.path = "/a/b"}, {.path = "/ab"}}), 2u);
}

TEST(QuotasOfOneCall, AreNoneThatAreDisabled) {
  Quota quota;
  quota.enabled = false;
  EXPECT_EQ(most_for_one_call(std::vector{quota, quota}), 0u);
}

}  // namespace
}  // namespace apiforge::model
