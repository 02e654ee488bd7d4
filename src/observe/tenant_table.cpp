#include "observe/tenant_table.hpp"

#include <memory>
#include <utility>

#include "base/load.hpp"

namespace apiforge::observe {
namespace {

/// Cheap, and different for most ids, which end at random.
std::size_t recent_slot(std::string_view tenant) {
  std::uint32_t end = 0;
  if (tenant.size() >= sizeof(end)) {
    end = load<std::uint32_t>(tenant.data() + tenant.size() - sizeof(end));
  }
  return (end * 0x9E3779B1u) >> 16;  // Knuth's multiplicative hash
}

}  // namespace

void TenantCells::record(const CallRecord& call) {
  calls.add();
  if (counts_as_error(call)) errors.add();
  if (call.error != nullptr) errors_by_source[static_cast<std::size_t>(call.error->source)].add();
  retries.add(retries_of(call));
  if (call.cached) cache_hits.add();
  bytes_in.add(call.bytes_in);
  bytes_out.add(call.bytes_out);
  latency.record(call.latency_ns);
}

TenantTable::~TenantTable() {
  Entry* entry = newest_.load(std::memory_order_relaxed);
  while (entry != nullptr) delete std::exchange(entry, entry->older);
}

TenantCells& TenantTable::of(std::string_view tenant) {
  if (tenant.empty()) tenant = kAnonymous;
  Entry*& recent = recent_[recent_slot(tenant) % kRecent];
  if (recent == nullptr || recent->tenant != tenant) recent = &entry_of(tenant);
  return recent->cells;
}

TenantTable::Entry& TenantTable::entry_of(std::string_view tenant) {
  const auto found = by_tenant_.find(tenant);
  if (found != by_tenant_.end()) return *found->second;
  const bool full = by_tenant_.size() >= kMaxTenants;
  if (full && tenant != kOther) return entry_of(kOther);
  auto entry = std::make_unique<Entry>();
  entry->tenant = tenant;
  entry->older = newest_.load(std::memory_order_relaxed);
  by_tenant_.emplace(entry->tenant, entry.get());
  // A reader that sees the entry sees its name and its zeros.
  newest_.store(entry.get(), std::memory_order_release);
  return *entry.release();
}

}  // namespace apiforge::observe
