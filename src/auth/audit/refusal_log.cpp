#include "auth/audit/refusal_log.hpp"

#include <string_view>

#include "auth/audit/audit_details.hpp"
#include "auth/audit/audit_log.hpp"

namespace apiforge::auth {
namespace {

template <std::size_t Size>
std::string text_of(const std::array<char, Size>& slot) {
  const std::string_view all(slot.data(), slot.size());
  return std::string(all.substr(0, all.find('\0')));
}

std::int64_t as_number(std::uint64_t count) {
  return static_cast<std::int64_t>(count);
}

}  // namespace

RefusalLog::RefusalLog(std::size_t workers) {
  queues_.reserve(workers);
  for (std::size_t i = 0; i < workers; ++i) queues_.push_back(std::make_unique<RefusalQueue>());
}

void RefusalLog::collect() {
  for (const auto& queue : queues_) {
    RefusalQueue::Slot slot;
    // A worker may go on filling; no round takes more than a full queue.
    for (std::size_t taken = 0; taken < RefusalQueue::kCapacity && queue->take(slot); ++taken) {
      Key key{text_of(slot.tenant), text_of(slot.actor), text_of(slot.target), text_of(slot.client),
              slot.code};
      const auto known = batch_.find(key);
      if (known != batch_.end()) {
        ++known->second;
      } else if (batch_.size() < kMaximumEntries) {
        batch_.emplace(std::move(key), 1);
      } else {
        ++unlisted_;
      }
    }
    dropped_ += queue->take_dropped();
  }
}

Result<void> RefusalLog::write(storage::Transaction& transaction, WallTime now) const {
  for (const auto& [key, count] : batch_) {
    AuditEvent event;
    event.tenant = key.tenant;
    event.actor = key.actor;
    event.action = "access.refused";
    event.target = key.target;
    event.outcome = kErrorCodes[static_cast<std::size_t>(key.code)].name;
    event.client = key.client;
    event.details = AuditDetails().fact("count", as_number(count)).text();
    if (auto done = append_audit(transaction, event, now); !done) return done;
  }
  if (unlisted_ + dropped_ == 0) return {};
  AuditEvent event;
  event.actor = "system";
  event.action = "access.refusals_unlisted";
  event.details = AuditDetails()
                      .fact("different", as_number(unlisted_))
                      .fact("dropped", as_number(dropped_))
                      .text();
  return append_audit(transaction, event, now);
}

Result<std::size_t> RefusalLog::drain(storage::Store& store, WallTime now) {
  const std::lock_guard lock(draining_);
  collect();
  const std::size_t entries = batch_.size() + (unlisted_ + dropped_ > 0 ? 1 : 0);
  if (entries == 0) return 0;
  auto transaction = store.begin(storage::Scope::platform(), storage::Mode::Write);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  if (auto written = write(**transaction, now); !written) {
    return std::unexpected(std::move(written.error()));
  }
  if (auto done = (*transaction)->commit(); !done) return std::unexpected(std::move(done.error()));
  batch_.clear();
  unlisted_ = 0;
  dropped_ = 0;
  return entries;
}

}  // namespace apiforge::auth
