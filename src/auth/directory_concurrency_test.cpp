#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "auth/directory_feed.hpp"
#include "auth/directory_samples.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::auth {
namespace {

constexpr int kKeys = 60;

void store_key(storage::Store& store, int number) {
  const std::string id = "k" + std::to_string(number);
  auto transaction = store.begin(storage::Scope::platform(), storage::Mode::Write);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(storage::insert(**transaction, sample_key(id, "t", "u")));
  ASSERT_TRUE((*transaction)->commit());
}

// Where a worker's Directory would be.
class Place {
 public:
  void put(std::shared_ptr<const Directory> directory) {
    const std::lock_guard lock(mutex_);
    directory_ = std::move(directory);
  }
  std::shared_ptr<const Directory> get() const {
    const std::lock_guard lock(mutex_);
    return directory_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Directory> directory_ = std::make_shared<const Directory>();
};

TEST(DirectoryConcurrency, who_has_caught_up_finds_its_change_in_force_while_others_read) {
  const SystemClock clock;
  storage::MemoryStore store(clock);
  Place place;
  DirectoryFeed feed(store, clock, std::chrono::hours(1),
                     [&](std::shared_ptr<const Directory> next) { place.put(std::move(next)); });
  std::atomic<bool> done = false;
  std::atomic<std::size_t> readings = 0;

  std::thread reader([&] {
    std::size_t most = 0;
    while (!done) {
      const auto directory = place.get();
      std::size_t found = 0;
      for (int i = 0; i < kKeys; ++i) {
        found += directory->find_by_digest(sample_digest("k" + std::to_string(i))).has_value();
      }
      EXPECT_EQ(found, directory->key_count());
      EXPECT_GE(found, most) << "keys are only added";
      most = found;
      ++readings;
    }
  });
  const auto write_keys = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      store_key(store, i);
      ASSERT_TRUE(feed.catch_up());
      EXPECT_TRUE(place.get()->find_key(model::ApiKeyId{"k" + std::to_string(i)})) << i;
    }
  };
  std::thread first([&] { write_keys(0, kKeys / 2); });
  std::thread second([&] { write_keys(kKeys / 2, kKeys); });
  first.join();
  second.join();
  done = true;
  reader.join();
  EXPECT_EQ(feed.current()->key_count(), static_cast<std::size_t>(kKeys));
}

}  // namespace
}  // namespace apiforge::auth
