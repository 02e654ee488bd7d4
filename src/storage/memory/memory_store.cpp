#include "storage/memory/memory_store.hpp"

#include <cstdlib>

#include "storage/memory/memory_transaction.hpp"
#include "storage/records.hpp"

namespace apiforge::storage {

MemoryStore::MemoryStore(const Clock& clock, std::chrono::milliseconds lock_timeout)
    : shared_(std::make_unique<detail::MemoryShared>(clock, lock_timeout)) {
  shared_->state = std::make_shared<const detail::MemoryState>();
  // Every store has the tenant of administrators from the beginning.
  Record platform =
      to_record(model::Tenant{.id = {model::kPlatformTenant}, .name = model::kPlatformTenant});
  detail::MemoryTransaction first(*shared_, Scope::platform(), Mode::Write, *shared_->state,
                                  nullptr);
  // Into an empty store, so neither can fail.
  if (!first.insert(platform) || !first.commit()) std::abort();
}

MemoryStore::~MemoryStore() = default;

Result<std::unique_ptr<Transaction>> MemoryStore::begin(Scope scope, Mode mode) {
  detail::TakenTurn writer;
  if (mode != Mode::Read) {
    if (shared_->writer.take(shared_->lock_timeout)) writer.reset(&shared_->writer);
    if (!writer) return fail(ErrorCode::StorageUnavailable, {}, "another transaction is writing");
  }
  std::shared_ptr<const detail::MemoryState> state;
  {
    const std::lock_guard lock(shared_->mutex);
    state = shared_->state;
  }
  if (mode == Mode::Read) {
    return std::make_unique<detail::MemoryTransaction>(*shared_, std::move(scope),
                                                       std::move(state));
  }
  return std::make_unique<detail::MemoryTransaction>(*shared_, std::move(scope), mode, *state,
                                                     std::move(writer));
}

StoreHealth MemoryStore::health() {
  return {.ok = true, .detail = {}};
}

}  // namespace apiforge::storage
