// BlockSource: where units come from that are paid before they are used: the shared counters of
// several nodes, or the database for quotas of calendar periods. The Limiter asks it from workers;
// it never blocks. Owned by the application.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace apiforge::quota {

struct CompiledLimit;

struct BlockRequest {
  std::shared_ptr<const CompiledLimit> limit;
  std::string subject;      ///< the values that tell the counter from the limit's others
  WallTime period_start{};  ///< of a quota with a period; else 0
  std::int64_t units = 1;
  bool exactly = false;  ///< all of them or none: the limit is strict
};

struct BlockGrant {
  std::int64_t units = 0;
  MonotonicTime valid_until = MonotonicTime::max();
  MonotonicTime answered_at{};              ///< by a source whose units end
  std::chrono::nanoseconds retry_after{0};  ///< when `units` is 0: not before
  /// Of the whole limit, that may still be taken by anyone after this; -1: the source cannot say.
  std::int64_t left_behind = -1;
};

class BlockSource {
 public:
  virtual ~BlockSource() = default;
  /// `done` runs once, on any thread: StorageUnavailable when nobody answers in time.
  using OnGrant = std::move_only_function<void(Result<BlockGrant>)>;
  virtual void take(BlockRequest request, OnGrant done) = 0;
  /// Units of a block that will not be used: at the end of the process, or of a changed quota.
  virtual void give_back(const CompiledLimit& limit, std::string_view subject,
                         WallTime period_start, std::int64_t units) = 0;
  /// Nodes that share the limits, as last known, this one included; 0: not known.
  virtual std::uint32_t nodes() const { return 1; }
};

}  // namespace apiforge::quota
