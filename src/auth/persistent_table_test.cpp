#include "auth/persistent_table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace apiforge::auth {
namespace {

struct Item {
  int key;
  int value;
};
using Table = PersistentTable<Item>;
using Model = std::map<int, int>;

auto has_key(int key) {
  return [key](const Item& item) { return item.key == key; };
}

// Few different hashes, and those alike in their low bits: deep trees and full collisions.
std::uint64_t bad_hash(int key) {
  return static_cast<std::uint64_t>(key % 7) << 60 | 0x123;
}
std::uint64_t good_hash(int key) {
  return static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15ull;
}

using Hash = std::uint64_t (*)(int);

void expect_equal(const Table& table, const Model& model, Hash hash, int keys) {
  ASSERT_EQ(table.size(), model.size());
  for (int key = 0; key < keys; ++key) {
    const Item* item = table.find(hash(key), has_key(key));
    const auto expected = model.find(key);
    ASSERT_EQ(item != nullptr, expected != model.end()) << key;
    if (item) {
      ASSERT_EQ(item->value, expected->second) << key;
    }
  }
}

class PersistentTables : public testing::TestWithParam<Hash> {};

TEST_P(PersistentTables, every_version_stays_what_it_was) {
  constexpr int kKeys = 400;
  std::mt19937 random(1);
  std::vector<std::pair<Table, Model>> versions{{Table(), Model()}};
  for (int round = 0; round < 120; ++round) {
    // From any version: branches must not meet either.
    auto [base, model] = versions[random() % versions.size()];
    Table::Editor editor(base);
    for (unsigned change = random() % 40; change > 0; --change) {
      const int key = static_cast<int>(random() % kKeys);
      if (random() % 3 == 0) {
        editor.remove(GetParam()(key), has_key(key));
        model.erase(key);
      } else {
        const int value = static_cast<int>(random());
        editor.put(GetParam()(key), std::make_shared<const Item>(Item{key, value}), has_key(key));
        model[key] = value;
      }
    }
    versions.emplace_back(std::move(editor).finish(), std::move(model));
  }
  for (const auto& [table, model] : versions) expect_equal(table, model, GetParam(), kKeys);
}
INSTANTIATE_TEST_SUITE_P(WithHash, PersistentTables, testing::Values(good_hash, bad_hash));

TEST(PersistentTable, an_editor_sees_its_own_changes) {
  Table::Editor editor{Table()};
  editor.put(1, std::make_shared<const Item>(Item{1, 10}), has_key(1));
  ASSERT_TRUE(editor.table().find(1, has_key(1)));
  editor.put(1, std::make_shared<const Item>(Item{1, 11}), has_key(1));
  EXPECT_EQ(editor.table().find(1, has_key(1))->value, 11);
  EXPECT_EQ(std::move(editor).finish().size(), 1u);
}

}  // namespace
}  // namespace apiforge::auth
