// MemoryStore: a store that lives as long as the object. For tests. Any thread; owned by the test,
// must outlive its transactions. A write transaction works on a copy of everything, so that a
// rollback forgets it and readers keep what they saw; a thousand records are cheap, a million are
// not.
#pragma once
#include <chrono>
#include <memory>

#include "base/clock.hpp"
#include "storage/store.hpp"

namespace apiforge::storage {

namespace detail {
struct MemoryShared;
}

class MemoryStore final : public Store {
 public:
  /// `lock_timeout` bounds how long `begin` waits for another write transaction.
  explicit MemoryStore(const Clock& clock,
                       std::chrono::milliseconds lock_timeout = std::chrono::seconds(5));
  ~MemoryStore() override;

  Result<std::unique_ptr<Transaction>> begin(Scope scope, Mode mode) override;
  StoreHealth health() override;

 private:
  std::unique_ptr<detail::MemoryShared> shared_;
};

}  // namespace apiforge::storage
