#include "gateway/cache/reply_cache.hpp"

#include <gtest/gtest.h>

namespace apiforge::gateway::cache {
namespace {

using Fields = std::vector<net::Field>;

class ReplyCacheTest : public testing::Test {
 protected:
  static KeptPtr reply(std::string body, std::vector<SelectingField> selecting = {}) {
    auto kept = std::make_shared<KeptReply>();
    kept->reply.body = std::move(body);
    kept->selecting = std::move(selecting);
    return kept;
  }
  static KeptPtr in_language(std::string language) {
    return reply(language, {{"accept-language", language, true}});
  }
  static CacheKey key(std::string_view text) { return {text, std::hash<std::string_view>{}(text)}; }

  bool keep(std::string_view name, KeptPtr kept) {
    return cache_.put(key(name), {1, api_}, std::move(kept));
  }
  std::string found(std::string_view name) {
    const auto replies = cache_.find(key(name));
    return replies.empty() ? "nothing" : replies.back()->reply.body;
  }

  std::shared_ptr<int> api_ = std::make_shared<int>(1);
  ReplyCache cache_{64 * 1024};
};

TEST_F(ReplyCacheTest, what_was_kept_is_found_under_its_key_only) {
  keep("a", reply("1"));
  keep("b", reply("2"));
  EXPECT_EQ(found("a"), "1");
  EXPECT_EQ(found("b"), "2");
  EXPECT_EQ(found("c"), "nothing");
}

TEST_F(ReplyCacheTest, two_keys_with_the_same_hash_stay_apart) {
  cache_.put({"tenant one", 42}, {1, api_}, reply("of one"));
  EXPECT_TRUE(cache_.find({"tenant two", 42}).empty());
  cache_.put({"tenant two", 42}, {1, api_}, reply("of two"));
  EXPECT_EQ(cache_.find({"tenant one", 42}).front()->reply.body, "of one");
  EXPECT_EQ(cache_.find({"tenant two", 42}).front()->reply.body, "of two");
}

TEST_F(ReplyCacheTest, a_newer_reply_takes_the_place_of_that_for_the_same_requests) {
  keep("a", in_language("de"));
  keep("a", in_language("en"));
  keep("a", in_language("de"));
  const auto replies = cache_.find(key("a"));
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[0]->reply.body, "en");
  EXPECT_EQ(replies[1]->reply.body, "de");
}

TEST_F(ReplyCacheTest, of_many_variants_the_oldest_goes) {
  for (std::size_t i = 0; i <= ReplyCache::kMaxVariants; ++i) {
    keep("a", in_language(std::to_string(i)));
  }
  const auto replies = cache_.find(key("a"));
  EXPECT_EQ(replies.size(), ReplyCache::kMaxVariants);
  EXPECT_EQ(replies.front()->reply.body, "1");
}

TEST_F(ReplyCacheTest, it_never_grows_beyond_its_bound) {
  for (int i = 0; i < 1'000; ++i) {
    keep("key " + std::to_string(i), reply(std::string(1'000, 'x')));
    EXPECT_LE(cache_.bytes(), 64u * 1024);
  }
  EXPECT_GT(cache_.entries(), 30u);
  EXPECT_EQ(cache_.entries() + cache_.evictions(), 1'000u);
}

TEST_F(ReplyCacheTest, what_is_asked_for_survives_a_scan) {
  keep("hot", reply("hot"));
  for (int i = 0; i < 1'000; ++i) {
    keep("key " + std::to_string(i), reply(std::string(1'000, 'x')));
    EXPECT_EQ(found("hot"), "hot") << i;
  }
}

TEST_F(ReplyCacheTest, a_reply_that_would_push_out_the_others_is_not_taken) {
  keep("a", reply("1"));
  EXPECT_FALSE(keep("large", reply(std::string(20'000, 'x'))));
  EXPECT_EQ(found("large"), "nothing");
  EXPECT_EQ(found("a"), "1");
}

TEST_F(ReplyCacheTest, a_cache_without_room_keeps_nothing) {
  ReplyCache none(0);
  EXPECT_FALSE(none.put(key("a"), {1, api_}, reply("1")));
  EXPECT_EQ(none.entries(), 0u);
}

TEST_F(ReplyCacheTest, erasing_gives_the_memory_back) {
  keep("a", reply("1"));
  cache_.erase(key("a"));
  cache_.erase(key("never there"));
  EXPECT_EQ(found("a"), "nothing");
  EXPECT_EQ(cache_.bytes(), 0u);
}

TEST_F(ReplyCacheTest, a_sweep_takes_what_belongs_to_apis_that_are_gone) {
  auto gone = std::make_shared<int>(2);
  keep("stays", reply("1"));
  for (int i = 0; i < 10; ++i) {
    cache_.put(key("of 2: " + std::to_string(i)), {2, gone}, reply("x"));
  }
  cache_.sweep(10);
  EXPECT_EQ(cache_.entries(), 11u);
  gone.reset();
  cache_.sweep(10);
  EXPECT_EQ(cache_.entries(), 1u);
  EXPECT_EQ(found("stays"), "1");
}

TEST_F(ReplyCacheTest, sweeps_go_on_where_the_last_one_ended) {
  std::vector<std::shared_ptr<int>> apis;
  for (std::uint64_t id = 1; id <= 10; ++id) {
    apis.push_back(std::make_shared<int>());
    cache_.put(key(std::to_string(id)), {id, apis.back()}, reply("x"));
  }
  apis.clear();
  for (int i = 0; i < 5; ++i) cache_.sweep(2);
  EXPECT_EQ(cache_.entries(), 0u);
  EXPECT_EQ(cache_.bytes(), 0u);
}

TEST_F(ReplyCacheTest, evicting_and_erasing_in_any_order_keeps_the_books) {
  std::uint64_t state = 1;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    const std::string name = std::to_string((state >> 33) % 200);
    const auto choice = (state >> 20) % 10;
    if (choice < 5) {
      keep(name, reply(std::string((state >> 40) % 2'000, 'x')));
    } else if (choice < 9) {
      found(name);
    } else {
      cache_.erase(key(name));
    }
    ASSERT_LE(cache_.bytes(), 64u * 1024);
  }
  for (int i = 0; i < 200; ++i) cache_.erase(key(std::to_string(i)));
  EXPECT_EQ(cache_.bytes(), 0u);
  EXPECT_EQ(cache_.entries(), 0u);
}

// ------------------------------------------------------------------------------------- Vary

Fields request(std::initializer_list<net::Field> fields) {
  return fields;
}

TEST(KeptReply, is_for_requests_with_the_same_values) {
  KeptReply kept;
  kept.selecting.push_back(
      selecting_field("Accept-Encoding", request({{"accept-encoding", "gzip ,br"}})));
  EXPECT_TRUE(is_selected(kept, request({{"Accept-Encoding", "gzip, br"}})));
  EXPECT_TRUE(is_selected(kept, request({{"Accept-Encoding", "gzip"}, {"ACCEPT-ENCODING", "br"}})))
      << "two lines are one list";
  EXPECT_FALSE(is_selected(kept, request({{"Accept-Encoding", "br, gzip"}})));
  EXPECT_FALSE(is_selected(kept, request({{"Accept-Encoding", "gzip"}})));
  EXPECT_FALSE(is_selected(kept, request({{"Accept-Encoding", "gzip, br, deflate"}})));
  EXPECT_FALSE(is_selected(kept, request({})));
}

TEST(KeptReply, a_field_that_is_absent_is_another_than_an_empty_one) {
  KeptReply kept;
  kept.selecting.push_back(selecting_field("X-Mode", request({})));
  EXPECT_TRUE(is_selected(kept, request({{"X-Other", "1"}})));
  EXPECT_FALSE(is_selected(kept, request({{"X-Mode", ""}})));
}

TEST(KeptReply, elements_cannot_be_shifted_between_lines_and_texts) {
  KeptReply kept;
  kept.selecting.push_back(selecting_field("X", request({{"X", "ab,c"}})));
  EXPECT_FALSE(is_selected(kept, request({{"X", "a"}, {"X", "bc"}})));
  EXPECT_FALSE(is_selected(kept, request({{"X", "ab"}})));
  EXPECT_TRUE(is_selected(kept, request({{"X", "ab"}, {"X", "c"}})));
}

}  // namespace
}  // namespace apiforge::gateway::cache
