// NodeCount: how many nodes share the counters, for the share of each when the store is away. It
// errs on the side of more nodes. Pure; one thread; owned by RedisCounters.
#pragma once
#include <algorithm>
#include <cstdint>

namespace apiforge::shared_state {

class NodeCount {
 public:
  /// A new node has no share before the others have had a beat to count it.
  static constexpr std::uint32_t kBeatsUntilKnown = 2;
  /// A store that lost its data counts too few until each node has beaten again.
  static constexpr std::uint32_t kBeatsUntilFewer = 3;

  /// Takes the count of one beat, this node included.
  void counted(std::uint32_t nodes) {
    ++beats_;
    if (nodes >= nodes_) {
      nodes_ = nodes;
      fewer_beats_ = most_of_fewer_ = 0;
      return;
    }
    most_of_fewer_ = std::max(most_of_fewer_, nodes);
    if (++fewer_beats_ < kBeatsUntilFewer) return;
    nodes_ = most_of_fewer_;
    fewer_beats_ = most_of_fewer_ = 0;
  }
  /// 0: not known, since the store was not reached for long enough.
  std::uint32_t known() const { return beats_ < kBeatsUntilKnown ? 0 : nodes_; }
  /// The best guess, 1 or more.
  std::uint32_t likely() const { return std::max(nodes_, 1U); }

 private:
  std::uint64_t beats_ = 0;
  std::uint32_t nodes_ = 0;
  std::uint32_t fewer_beats_ = 0;
  std::uint32_t most_of_fewer_ = 0;
};

}  // namespace apiforge::shared_state
