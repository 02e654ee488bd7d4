#include "shared_state/redis/redis_fixture.hpp"
#include "shared_state/shared_counters_contract_test.hpp"

namespace apiforge::shared_state {
namespace {

class RedisUnderTest final : public CountersUnderTest {
 public:
  RedisUnderTest() {
    RedisOptions options;
    options.port = server_.port();
    options.command_timeout = std::chrono::seconds(10);
    options.node = "node-1";
    redis_ = Redis::open(on_.loop, std::move(options)).value();
    redis_->start();
  }
  SharedCounters& counters() override { return redis_->counters(); }
  void pass(std::chrono::nanoseconds time) override { on_.pass(time); }
  bool becomes(const std::function<bool()>& condition) override { return on_.becomes(condition); }
  void take_store_away() override { server_.kill(); }
  void bring_store_back() override { server_.start(); }

 private:
  testing_support::RedisServer server_;
  PolledLoop on_;
  std::unique_ptr<Redis> redis_;
};

INSTANTIATE_TEST_SUITE_P(Redis, SharedCountersContract,
                         testing::Values([]() -> std::unique_ptr<CountersUnderTest> {
                           return std::make_unique<RedisUnderTest>();
                         }));

}  // namespace
}  // namespace apiforge::shared_state
