// UnitsFrom: where a call's units were taken from, so that they go back there. A value.
#pragma once
#include <cstdint>

#include "base/clock.hpp"

namespace apiforge::quota {

struct UnitsFrom {
  WallTime period{};  ///< whose units these are; 0 of a rate
  /// Which of the shares that a node had of a rate while the source was away; 0: of the Block.
  std::uint32_t share = 0;
};

}  // namespace apiforge::quota
