#include "quota/block_table.hpp"

namespace apiforge::quota {
namespace {

/// Of the subject, beside the Block: a short one is inside it.
std::size_t subject_heap_bytes(const Block& block) {
  const std::size_t room = block.subject().capacity();
  return room > std::string().capacity() ? room + 1 : 0;
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
  if (!anyway && count_.load(std::memory_order_relaxed) >= most_) return nullptr;
  auto block = std::make_shared<Block>(key, std::string(subject));
  part.blocks.emplace(key, block);
  count_.fetch_add(1, std::memory_order_relaxed);
  subject_bytes_.fetch_add(subject_heap_bytes(*block), std::memory_order_relaxed);
  return block;
}

void BlockTable::retire(Shard& part, MonotonicTime now, WallTime wall, bool anyway,
                        BlockSource* durable, BlockSource* shared) {
  std::vector<std::shared_ptr<Block>> gone;
  {
    const std::lock_guard lock(part.lock);
    std::erase_if(part.blocks, [&](const auto& entry) {
      if (!entry.second->retire(now, wall, anyway)) return false;
      gone.push_back(entry.second);
      return true;
    });
  }
  count_.fetch_sub(gone.size(), std::memory_order_relaxed);
  for (const std::shared_ptr<Block>& block : gone) {
    subject_bytes_.fetch_sub(subject_heap_bytes(*block), std::memory_order_relaxed);
    give_back(*block, durable, shared);
  }
}

void BlockTable::forget_idle(MonotonicTime now, WallTime wall, BlockSource* durable,
                             BlockSource* shared) {
  if (count_.load(std::memory_order_relaxed) == 0) return;
  const std::size_t next = next_shard_.fetch_add(1, std::memory_order_relaxed) % kShards;
  retire(shards_[next], now, wall, false, durable, shared);
}

void BlockTable::give_back_all(BlockSource* durable, BlockSource* shared) {
  for (Shard& part : shards_) retire(part, {}, {}, true, durable, shared);
}

BlockTable::Usage BlockTable::usage() const {
  // A node of the map, its place in the table of buckets, the block with its count.
  constexpr std::size_t kEach = sizeof(Block) + 16 + 4 * sizeof(void*);
  const std::size_t blocks = count_.load(std::memory_order_relaxed);
  return {blocks, blocks * kEach + subject_bytes_.load(std::memory_order_relaxed)};
}

}  // namespace apiforge::quota
