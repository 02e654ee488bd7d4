#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "auth/audit/refusal_log.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::auth {
namespace {

/// The sum of all numbers in the details of an entry.
std::uint64_t counted_in(std::string_view details) {
  std::uint64_t sum = 0;
  std::uint64_t number = 0;
  for (const char c : details) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
    } else {
      sum += number;
      number = 0;
    }
  }
  return sum;
}

TEST(RefusalLogConcurrencyTest, counts_every_refusal_exactly_once) {
  constexpr std::size_t kWorkers = 3;
  constexpr int kNotes = 20'000;
  const SimulatedClock clock;
  storage::MemoryStore store(clock);
  RefusalLog log(kWorkers);
  {
    std::vector<std::jthread> workers;
    for (std::size_t worker = 0; worker < kWorkers; ++worker) {
      workers.emplace_back([&log, worker] {
        for (int i = 0; i < kNotes; ++i) {
          const std::string target = "/" + std::to_string(i % 10);
          log.queue(worker).note({"acme", "key:k1", target, ErrorCode::Forbidden, "10.0.0.1"});
        }
      });
    }
    for (int round = 0; round < 50; ++round) ASSERT_TRUE(log.drain(store, clock.wall()));
  }
  ASSERT_TRUE(log.drain(store, clock.wall()));

  std::uint64_t counted = 0;
  const auto transaction = *store.begin(storage::Scope::platform(), storage::Mode::Read);
  ASSERT_TRUE(transaction->for_each_audit(1, [&](const storage::AuditEntry& entry) {
    counted += counted_in(entry.details);
    return true;
  }));
  EXPECT_EQ(counted, kWorkers * kNotes);
}

}  // namespace
}  // namespace apiforge::auth
