// What the tests against a real Redis are written with: a server, and a loop that is polled by
// hand on the machine's clock, since Redis has no other. Tests only.
#pragma once
#include <gtest/gtest.h>
#include <poll.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/event_loop.hpp"
#include "shared_state/redis/redis.hpp"
#include "support/redis_server.hpp"

namespace apiforge::shared_state {

/// A loop that runs only while somebody waits for something.
class PolledLoop {
 public:
  ~PolledLoop() { loop.run_out(); }

  [[nodiscard]] bool becomes(const std::function<bool()>& condition) {
    constexpr std::chrono::seconds kPatience{30};
    const MonotonicTime end = clock.now() + kPatience;
    while (!condition()) {
      if (clock.now() >= end) return false;
      ::poll(nullptr, 0, 1);
      loop.poll();
      loop.timers().advance(loop.now());
    }
    return true;
  }
  void pass(std::chrono::nanoseconds time) {
    const MonotonicTime end = clock.now() + time;
    EXPECT_TRUE(becomes([&] { return clock.now() >= end; }));
  }

  SystemClock clock;
  net::EventLoop loop{clock, 1};
};

class RedisTest : public testing::Test {
 protected:
  /// Long enough for a busy machine; tests of the deadline have their own.
  static constexpr std::chrono::seconds kPatientTimeout{10};

  RedisOptions options(std::chrono::nanoseconds timeout = kPatientTimeout) const {
    RedisOptions options;
    options.port = server->port();
    options.command_timeout = timeout;
    options.node = "node-1";
    return options;
  }
  std::unique_ptr<Redis> open(RedisOptions redis_options) {
    auto opened = Redis::open(on.loop, std::move(redis_options));
    EXPECT_TRUE(opened);
    return opened ? *std::move(opened) : nullptr;
  }
  std::unique_ptr<Redis> open_node(const std::string& name) {
    RedisOptions of_node = options();
    of_node.node = name;
    return open(std::move(of_node));
  }

  Result<Lease> lease(Redis& redis, const SharedRate& rate, std::int64_t units) {
    std::optional<Result<Lease>> answer;
    redis.counters().lease(rate, units, false,
                           [&](Result<Lease> lease) { answer = std::move(lease); });
    EXPECT_TRUE(on.becomes([&] { return answer.has_value(); }));
    return answer.value_or(fail(ErrorCode::InternalError, "was not answered"));
  }
  std::int64_t units(Redis& redis, const SharedRate& rate, std::int64_t wanted) {
    const auto answer = lease(redis, rate, wanted);
    EXPECT_TRUE(answer) << answer.error().detail << " " << answer.error().context;
    return answer ? answer->units : -1;
  }
  [[nodiscard]] bool answers(Redis& redis) {
    return on.becomes([&] {
      return lease(redis, {.key = "is it there", .per = std::chrono::hours(1)}, 1).has_value();
    });
  }

  std::unique_ptr<testing_support::RedisServer> server =
      std::make_unique<testing_support::RedisServer>();
  PolledLoop on;
  /// So slow that no unit comes back while a test runs.
  const SharedRate slow{.key = "slow", .amount = 10, .per = std::chrono::hours(1), .burst = 10};
};

}  // namespace apiforge::shared_state
