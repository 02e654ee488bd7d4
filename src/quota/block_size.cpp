#include "quota/block_size.hpp"

#include <algorithm>
#include <limits>

namespace apiforge::quota {
namespace {

constexpr std::int64_t kBlocksOfAmount = 100;
constexpr std::int64_t kPiecesOfBlock = 16;
constexpr std::int64_t kLastBlocks = 2;  ///< are taken in pieces
constexpr std::int64_t kLeasesOfLimit = 10;
constexpr std::chrono::duration<double> kLeaseTime = std::chrono::milliseconds(100);

/// Of a unit whose size says something about how fast it is used; money has none.
std::int64_t largest_block(model::LimitUnit unit) {
  switch (unit) {
    case model::LimitUnit::Tokens:
      return 1'000'000;
    case model::LimitUnit::Usd:
      return std::numeric_limits<std::int64_t>::max();
    case model::LimitUnit::Requests:
    case model::LimitUnit::Weight:
    case model::LimitUnit::Concurrent:
      break;
  }
  return 10'000;
}

}  // namespace

BlockPlan plan_block(const model::Limit& limit, std::int64_t units) {
  const std::int64_t block =
      std::clamp<std::int64_t>(limit.amount / kBlocksOfAmount, 1, largest_block(limit.unit));
  return {.block = std::max(block, units),
          .open_bound = std::max<std::int64_t>(limit.amount - kLastBlocks * block, 0),
          .piece = std::max({block / kPiecesOfBlock, units, std::int64_t{1}})};
}

std::int64_t lease_units(const policy::RateRule& rate, std::uint32_t nodes, std::int64_t units) {
  const std::chrono::duration<double> per = rate.per();
  const double share =
      static_cast<double>(rate.amount()) * (kLeaseTime / per) / std::max(nodes, 1U);
  const std::int64_t most = std::max<std::int64_t>(rate.limit() / kLeasesOfLimit, 1);
  // Compared before the conversion, since what comes of a short `per` may be out of its range.
  const auto lease = share >= static_cast<double>(most) ? most : static_cast<std::int64_t>(share);
  return std::max({lease, units, std::int64_t{1}});
}

}  // namespace apiforge::quota
