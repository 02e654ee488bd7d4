// How many units are paid for at once, before they are used. More spares questions to the store;
// less strands less when a node dies, and leaves more for others. Pure; any thread.
#pragma once
#include <cstdint>

#include "model/quota.hpp"
#include "policy/rate.hpp"

namespace apiforge::quota {

/// How to take units of a period from the store, of a limit that has `amount`.
struct BlockPlan {
  std::int64_t block = 1;  ///< to take as long as less than `open_bound` is used
  std::int64_t open_bound = 0;
  std::int64_t piece = 1;  ///< to take of the rest, up to `amount`
};

/// For a call that needs `units` (1 or more). A block is a hundredth of the amount, of requests and
/// weight at most 10'000 and of tokens 1'000'000, and never less than is needed. The last two
/// blocks are taken in pieces of a sixteenth, so that no node sits on what another could use.
BlockPlan plan_block(const model::Limit& limit, std::int64_t units);

/// For a call that needs `units` of a rate that `nodes` share: what this node's share brings in
/// 100 ms, not more than a tenth of the limit, never less than is needed.
std::int64_t lease_units(const policy::RateRule& rate, std::uint32_t nodes, std::int64_t units);

}  // namespace apiforge::quota
