#include <latch>
#include <thread>

#include "catalogue/catalogue_fixture.hpp"
#include "catalogue/feed.hpp"

namespace apiforge::catalogue {
namespace {

using FeedOnThreads = CatalogueFixture;

TEST_F(FeedOnThreads, AChangeIsInForceWhenItsCatchUpReturns) {
  constexpr int kThreads = 4;
  constexpr int kEach = 20;
  std::mutex mutex;
  std::shared_ptr<const StoredCatalogue> in_force = std::make_shared<StoredCatalogue>();
  CatalogueFeed feed{store, vault, inventory,
                     [&](auto next) {
                       const std::lock_guard lock(mutex);
                       in_force = std::move(next);
                     },
                     [](const Error&) {}};
  const Actor actor = of("acme");
  const auto is_in_force = [&](const std::string& name) {
    const std::lock_guard lock(mutex);
    return std::ranges::any_of(in_force->apis, [&](const auto& api) { return api->name == name; });
  };
  std::latch start(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        start.arrive_and_wait();
        for (int i = 0; i < kEach; ++i) {
          const std::string name = "a" + std::to_string(thread) + "-" + std::to_string(i);
          ASSERT_EQ(code_of(catalogue.apis.create(actor, api_named(name))), "ok");
          ASSERT_EQ(code_of(feed.catch_up()), "ok");
          ASSERT_TRUE(is_in_force(name));
          ASSERT_EQ(code_of(catalogue.apis.get(actor, name)), "ok");
        }
      });
    }
  }
  EXPECT_EQ(feed.current()->apis.size(), static_cast<std::size_t>(kThreads * kEach));
}

}  // namespace
}  // namespace apiforge::catalogue
