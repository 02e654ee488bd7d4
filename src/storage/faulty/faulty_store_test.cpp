#include "storage/faulty/faulty_store.hpp"

#include "storage/contract_test.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::storage {
namespace {

class FaultyUnderTest final : public StoreUnderTest {
 public:
  explicit FaultyUnderTest(const Clock& clock) : inner_(clock), store_(inner_) {}
  Store& store() override { return store_; }

 private:
  MemoryStore inner_;
  FaultyStore store_;
};

INSTANTIATE_TEST_SUITE_P(All, StoreContract,
                         testing::Values(Adapter{"FaultyWithoutFaults",
                                                 [](const Clock& clock) {
                                                   return std::make_unique<FaultyUnderTest>(clock);
                                                 }}),
                         name_of_adapter);

class FaultyStoreTest : public testing::Test {
 protected:
  /// A use of the store in four operations; whether it believes to have succeeded.
  bool store_session(std::string id) {
    const auto transaction = store_.begin(Scope::platform(), Mode::Write);
    if (!transaction) return false;
    Record record;
    record.kind = Kind::Session;
    record.id = std::move(id);
    record.tenant = "acme";
    return (*transaction)->revision() && (*transaction)->insert(record) && (*transaction)->commit();
  }
  bool is_stored(std::string_view id) {
    const auto transaction = inner_.begin(Scope::platform(), Mode::Read);
    return transaction.value()->find(Kind::Session, id).value().has_value();
  }

  SimulatedClock clock_;
  MemoryStore inner_{clock_};
  FaultyStore store_{inner_};
};

TEST_F(FaultyStoreTest, FailsTheAimedOperationOnce) {
  store_.fail_next(Operation::Insert);
  EXPECT_FALSE(store_session("s1"));
  EXPECT_EQ(store_.faults(), 1u);
  EXPECT_FALSE(is_stored("s1"));
  EXPECT_TRUE(store_session("s1"));
}

TEST_F(FaultyStoreTest, ACommitMayTakeEffectAndFailAllTheSame) {
  store_.fail_next(Operation::Commit, Fault::DoneUnreported);
  EXPECT_FALSE(store_session("s1"));
  EXPECT_TRUE(is_stored("s1"));
  store_.fail_next(Operation::Commit, Fault::NotDone);
  EXPECT_FALSE(store_session("s2"));
  EXPECT_FALSE(is_stored("s2"));
}

TEST_F(FaultyStoreTest, WalksEveryOperation) {
  std::size_t n = 1;
  for (;; ++n) {
    store_.fail_nth(n);
    const bool stored = store_session("s" + std::to_string(n));
    EXPECT_EQ(stored, store_.faults() == 0);
    EXPECT_EQ(stored, is_stored("s" + std::to_string(n)));
    if (stored) break;
  }
  EXPECT_EQ(n, 5u) << "begin, revision, insert, commit";
}

TEST_F(FaultyStoreTest, IsDownUntilItIsUp) {
  store_.set_down(true);
  EXPECT_FALSE(store_session("s1"));
  EXPECT_FALSE(store_.health().ok);
  store_.set_down(false);
  EXPECT_TRUE(store_session("s1"));
  EXPECT_TRUE(store_.health().ok);
}

}  // namespace
}  // namespace apiforge::storage
