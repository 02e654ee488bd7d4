// TenantTable: what the callers of each tenant did on one worker. That worker alone writes it, any
// thread reads. Owned by the worker's cells.
//
// The number of tenants follows the traffic, so it has a bound: those that come when the table is
// full are counted together. Cells are never taken away while the worker lives.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "observe/call_record.hpp"
#include "observe/cells.hpp"
#include "observe/histogram.hpp"

namespace apiforge::observe {

/// The callers of one tenant on one worker.
struct TenantCells {
  Counter calls;
  Counter errors;  ///< see counts_as_error
  std::array<Counter, kErrorSources.size()> errors_by_source;
  Counter retries;
  Counter cache_hits;
  Counter bytes_in;
  Counter bytes_out;
  Gauge in_flight;  ///< written by the gateway where a call begins and ends
  LatencyHistogram latency;

  /// Counts a finished call. Everything but `in_flight`.
  void record(const CallRecord& call);
};
// There may be kMaxTenants of them for each worker.
static_assert(sizeof(TenantCells) <= 512);

class TenantTable {
 public:
  static constexpr std::size_t kMaxTenants = 4'096;
  /// Stands for all tenants that came when the table was full.
  static constexpr std::string_view kOther = "(other)";
  /// Stands for the callers of public Apis that brought no credential.
  static constexpr std::string_view kAnonymous = "(anonymous)";

  TenantTable() = default;
  TenantTable(const TenantTable&) = delete;
  TenantTable& operator=(const TenantTable&) = delete;
  ~TenantTable();

  /// The cells of a tenant; of callers without a credential when the name is empty. The worker's
  /// thread only; they stay while the table lives.
  TenantCells& of(std::string_view tenant);
  /// Counts a finished call for its `tenant`. The worker's thread only.
  void record(const CallRecord& call) { of(call.tenant).record(call); }

  /// `visit(std::string_view tenant, const TenantCells&)` for each; any thread.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Entry* entry = newest_.load(std::memory_order_acquire); entry != nullptr;
         entry = entry->older) {
      visit(std::string_view(entry->tenant), entry->cells);
    }
  }

 private:
  struct Entry {
    std::string tenant;
    TenantCells cells{};
    Entry* older = nullptr;
  };
  Entry& entry_of(std::string_view tenant);

  std::atomic<Entry*> newest_{nullptr};  ///< a list that only grows, so that readers need no lock
  // The worker's own way to an entry.
  std::unordered_map<std::string_view, Entry*> by_tenant_;
  static constexpr std::size_t kRecent = 64;
  std::array<Entry*, kRecent> recent_{};  ///< by the end of the name; a shorter way
};

}  // namespace apiforge::observe
