// The Ledger in a process that is killed.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "quota/ledger.hpp"
#include "quota/ledger_fixture_test.hpp"
#include "storage/sql/sql_store.hpp"
#include "support/temporary_folder.hpp"

namespace apiforge::quota {
namespace {

constexpr WallTime kDay{std::chrono::days(20'000)};

/// Asks a Ledger that does its work at once; how many units there were.
std::int64_t take(Ledger& ledger, const LimitPtr& limit) {
  std::int64_t granted = -1;
  ledger.take({.limit = limit, .subject = "ann", .period_start = kDay},
              [&](const Result<BlockGrant>& grant) { granted = grant ? grant->units : -1; });
  return granted;
}

TEST(LedgerKill, AProcessThatIsKilledStrandsABlockAndNeverOverspends) {
  constexpr std::int64_t kAmount = 50'000;
  constexpr std::int64_t kBlock = kAmount / 100;
  const SystemClock clock;
  const testing_support::TemporaryFolder folder;
  storage::SqlSettings settings;
  settings.data_dir = folder.path().string();
  const LimitPtr limit = period_limit(kAmount);
  const auto at_once = [](std::move_only_function<void()> work) {
    work();
    return true;
  };
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = storage::SqlStore::open(settings, clock);
    Ledger ledger(**store, clock, at_once);
    // Serves calls from its blocks, one byte for each.
    for (std::int64_t block = 0;; --block) {
      if (block == 0) block = take(ledger, limit);
      if (block <= 0 || ::write(pipe[1], "x", 1) != 1) break;
    }
    ::_exit(1);
  }
  ::close(pipe[1]);
  std::int64_t served = 0;
  std::array<char, 64> marks{};
  while (served < 7 * kBlock) {
    const auto got = ::read(pipe[0], marks.data(), marks.size());
    ASSERT_GT(got, 0);
    served += got;
  }
  ::kill(child, SIGKILL);
  for (ssize_t got = 1; got > 0; served += got) got = ::read(pipe[0], marks.data(), marks.size());
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);

  const auto store = storage::SqlStore::open(settings, clock);
  ASSERT_TRUE(store) << store.error().context;
  Ledger ledger(**store, clock, at_once);
  for (std::int64_t units = 1; units > 0; served += units) units = take(ledger, limit);
  EXPECT_LE(served, kAmount);
  EXPECT_GE(served, kAmount - kBlock);
}

}  // namespace
}  // namespace apiforge::quota
