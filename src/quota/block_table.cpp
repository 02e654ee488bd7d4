#include "quota/block_table.hpp"

#include <algorithm>

namespace apiforge::quota {
namespace {

/// What malloc takes for so many bytes.
constexpr std::size_t on_heap(std::size_t bytes) {
  return (bytes + sizeof(void*) + 15) / 16 * 16;
}
/// The block with its counts of owners, a node of the map, its place in the table of buckets.
constexpr std::size_t kBlockBytes =
    on_heap(sizeof(Block) + 2 * sizeof(void*)) + on_heap(4 * sizeof(void*)) + sizeof(void*);

/// A block that was not used for so long goes though there is room.
constexpr auto kIdleTime = std::chrono::minutes(10);
/// A part of which none could go is looked at again after so long for each block in it.
constexpr auto kSparedForEach = std::chrono::microseconds(200);
/// Parts in which room is looked for: one of a small table may have none.
constexpr std::size_t kLookedThrough = 16;

/// Of the subject, beside the Block: a short one is inside it.
std::size_t subject_heap_bytes(const Block& block) {
  const std::size_t room = block.subject().capacity();
  return room > std::string().capacity() ? on_heap(room + 1) : 0;
}

}  // namespace

void give_back(Block& block, BlockSource* durable, BlockSource* shared) {
  BlockSource* const source = block.payer() == Payer::Shared ? shared : durable;
  for (const BlockRefund& refund : block.take_refunds()) {
    if (source != nullptr) {
      source->give_back(*refund.limit, refund.subject, refund.period, refund.units);
    }
  }
}

std::shared_ptr<Block> BlockTable::find(std::uint64_t key) const {
  const Shard& part = shard(key);
  const std::lock_guard lock(part.lock);
  const auto found = part.blocks.find(key);
  return found == part.blocks.end() ? nullptr : found->second;
}

std::shared_ptr<Block> BlockTable::find_or_make(std::uint64_t key, std::string_view subject,
                                                bool anyway) {
  Shard& part = shard(key);
  const std::lock_guard lock(part.lock);
  if (const auto found = part.blocks.find(key); found != part.blocks.end()) return found->second;
  if (!anyway && !has_room()) return nullptr;
  auto block = std::make_shared<Block>(key, std::string(subject));
  part.blocks.emplace(key, block);
  count_.fetch_add(1, std::memory_order_relaxed);
  subject_bytes_.fetch_add(subject_heap_bytes(*block), std::memory_order_relaxed);
  return block;
}

std::shared_ptr<Block> BlockTable::find_or_make_overflow(std::uint64_t key) {
  overflowed_.fetch_add(1, std::memory_order_relaxed);
  return find_or_make(key, "others", true);
}

std::size_t BlockTable::retire(Shard& part, const std::function<bool(Block&)>& goes,
                               BlockSource* durable, BlockSource* shared) {
  std::vector<std::shared_ptr<Block>> gone;
  {
    const std::lock_guard lock(part.lock);
    std::erase_if(part.blocks, [&](const auto& entry) {
      if (!goes(*entry.second)) return false;
      gone.push_back(entry.second);
      return true;
    });
  }
  count_.fetch_sub(gone.size(), std::memory_order_relaxed);
  for (const std::shared_ptr<Block>& block : gone) {
    subject_bytes_.fetch_sub(subject_heap_bytes(*block), std::memory_order_relaxed);
    give_back(*block, durable, shared);
  }
  return gone.size();
}

std::optional<MonotonicTime> BlockTable::oldest_eighth(const Shard& part, MonotonicTime now,
                                                       WallTime wall) {
  const std::lock_guard lock(part.lock);
  std::vector<MonotonicTime> idle;
  for (const auto& [key, block] : part.blocks) {
    if (const auto since = block->idle_since(now, wall)) idle.push_back(*since);
  }
  if (idle.empty()) return std::nullopt;
  const auto last = idle.begin() + static_cast<std::ptrdiff_t>(idle.size() / 8);
  std::ranges::nth_element(idle, last);
  return *last;
}

bool BlockTable::make_room(std::uint64_t key, MonotonicTime now, WallTime wall,
                           BlockSource* durable, BlockSource* shared) {
  const std::size_t own = shard_of(key);
  for (std::size_t i = 0; i < kLookedThrough; ++i) {
    make_room_in(shards_[(own + i) % kShards], now, wall, durable, shared);
    if (has_room()) return true;
  }
  return false;
}

bool BlockTable::has_room() const {
  return usage().bytes + kBlockBytes <= bytes_max_;
}

void BlockTable::make_room_in(Shard& part, MonotonicTime now, WallTime wall, BlockSource* durable,
                              BlockSource* shared) {
  {
    const std::lock_guard lock(part.lock);
    if (now < part.full_until) return;
  }
  const auto idle_at = oldest_eighth(part, now, wall);
  const auto goes = [&](Block& block) { return block.retire_idle(*idle_at, now, wall); };
  if (idle_at && retire(part, goes, durable, shared) > 0) return;
  const std::lock_guard lock(part.lock);
  part.full_until = now + part.blocks.size() * kSparedForEach;
}

void BlockTable::forget_idle(MonotonicTime now, WallTime wall, BlockSource* durable,
                             BlockSource* shared) {
  if (count_.load(std::memory_order_relaxed) == 0) return;
  const std::size_t next = next_shard_.fetch_add(1, std::memory_order_relaxed) % kShards;
  const auto goes = [&](Block& block) { return block.retire_idle(now - kIdleTime, now, wall); };
  retire(shards_[next], goes, durable, shared);
}

void BlockTable::give_back_all(BlockSource* durable, BlockSource* shared) {
  const auto goes = [](Block& block) {
    block.retire_anyway();
    return true;
  };
  for (Shard& part : shards_) retire(part, goes, durable, shared);
}

BlockTable::Usage BlockTable::usage() const {
  const std::size_t blocks = count_.load(std::memory_order_relaxed);
  return {blocks, blocks * kBlockBytes + subject_bytes_.load(std::memory_order_relaxed),
          overflowed_.load(std::memory_order_relaxed)};
}

}  // namespace apiforge::quota
