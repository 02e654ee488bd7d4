// SharedLeases: the BlockSource of rates that nodes share: leases of units from counters outside
// the process. A lease is paid when it is given and good for a second, so a node that dies costs
// the others at most its leases, and only until the rate has brought as much again.
//
// Requests for a counter that come while it is being asked for are answered together with one more
// question; a counter that had nothing is left alone until there can be something, or until its
// limit is changed. Made and destroyed on the control thread, where the counters are; `take` from
// any thread. Owned by the application.
#pragma once
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "quota/block_source.hpp"
#include "shared_state/shared_counters.hpp"

namespace apiforge::quota {

class SharedLeases final : public BlockSource {
 public:
  /// Runs work on the control thread, from any thread.
  using Post = std::function<void(std::move_only_function<void()>)>;

  /// Both must outlive the leases.
  SharedLeases(shared_state::SharedCounters& counters, const Clock& clock, Post post);
  /// Answers who waits with StorageUnavailable. Nobody is answered after that.
  ~SharedLeases() override;
  SharedLeases(const SharedLeases&) = delete;
  SharedLeases& operator=(const SharedLeases&) = delete;

  /// Of a limit with a rate. What is asked for `exactly` is asked for alone. `done` runs on the
  /// control thread.
  void take(BlockRequest request, OnGrant done) override;
  /// Does nothing: a lease that is not used lapses, and the rate goes on by itself.
  void give_back(const CompiledLimit& limit, std::string_view subject, WallTime period_start,
                 std::int64_t units) override;
  /// Any thread; as of the last question.
  std::uint32_t nodes() const override;

 private:
  struct State;
  Post post_;
  std::shared_ptr<State> state_;  ///< but for arrivals and `nodes` of the control thread only
};

}  // namespace apiforge::quota
