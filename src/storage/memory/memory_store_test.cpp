#include "storage/memory/memory_store.hpp"

#include "storage/contract_test.hpp"

namespace apiforge::storage {
namespace {

class MemoryUnderTest final : public StoreUnderTest {
 public:
  explicit MemoryUnderTest(const Clock& clock) : store_(clock) {}
  Store& store() override { return store_; }

 private:
  MemoryStore store_;
};

INSTANTIATE_TEST_SUITE_P(All, StoreContract,
                         testing::Values(Adapter{"Memory",
                                                 [](const Clock& clock) {
                                                   return std::make_unique<MemoryUnderTest>(clock);
                                                 }}),
                         name_of_adapter);

TEST(MemoryStore, AWriterThatWaitsTooLongIsToldSo) {
  const SimulatedClock clock;
  MemoryStore store(clock, std::chrono::milliseconds(1));
  const auto first = store.begin(Scope::platform(), Mode::Write);
  ASSERT_TRUE(first);
  const auto second = store.begin(Scope::platform(), Mode::Write);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::StorageUnavailable);
  EXPECT_TRUE(store.begin(Scope::platform(), Mode::Read)) << "readers do not wait";
}

}  // namespace
}  // namespace apiforge::storage
