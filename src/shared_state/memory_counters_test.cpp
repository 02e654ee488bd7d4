#include "shared_state/memory_counters.hpp"

#include "shared_state/shared_counters_contract_test.hpp"

namespace apiforge::shared_state {
namespace {

class MemoryUnderTest final : public CountersUnderTest {
 public:
  SharedCounters& counters() override { return counters_; }
  void pass(std::chrono::nanoseconds time) override { clock_.advance(time); }
  bool becomes(const std::function<bool()>& condition) override { return condition(); }
  void take_store_away() override { counters_.set_away(true); }
  void bring_store_back() override { counters_.set_away(false); }

 private:
  SimulatedClock clock_;
  MemoryCounters counters_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Memory, SharedCountersContract,
                         testing::Values([]() -> std::unique_ptr<CountersUnderTest> {
                           return std::make_unique<MemoryUnderTest>();
                         }));

}  // namespace
}  // namespace apiforge::shared_state
