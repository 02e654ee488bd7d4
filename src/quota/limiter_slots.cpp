#include <algorithm>

#include "quota/counter_name.hpp"
#include "quota/detail/limiter_state.hpp"

namespace apiforge::quota {
namespace {

/// Subjects of which a worker remembers their counters. A power of two.
constexpr std::size_t kCacheEntries = 1'024;
/// A Verdict may still name a limit of a book that was replaced so long ago.
constexpr auto kBookKept = std::chrono::seconds(30);

std::size_t entry_of(std::uint64_t fingerprint) {
  return (fingerprint * 0x9e3779b97f4a7c15 >> 32) % kCacheEntries;
}

bool may_reuse(std::span<const LimitSlot> slots) {
  return std::ranges::none_of(slots, &LimitSlot::overflowed);
}

}  // namespace

Limiter::State::State(Limiter::Needs given) : needs(std::move(given)) {
  mailbox = std::make_shared<LimitMailbox>(*this, needs.post);
}

void Limiter::State::use(std::shared_ptr<const LimitBook> book, MonotonicTime now) {
  if (current != nullptr && current->book == book) return;
  if (current != nullptr) current->replaced_at = now;
  current = &books.emplace_back(BookInUse{std::move(book)});
  cache.clear();
  uncached_slots.clear();
  forget_books(now);
  tell_all(now);
}

void Limiter::State::forget_books(MonotonicTime now) {
  std::erase_if(books, [&](const BookInUse& book) {
    return &book != current && book.holdings == 0 && now - book.replaced_at >= kBookKept;
  });
}

bool Limiter::State::counts_in_blocks(const CompiledLimit& limit) const {
  const model::Limit& values = limit.config->limit;
  if (values.unit == model::LimitUnit::Concurrent) return false;
  return values.period || needs.shared != nullptr;
}

LimitSlot Limiter::State::make_slot(const LimitPtr& limit, const Subject& subject) const {
  const CounterValues values = counter_values(limit->config->match, subject);
  const auto kind = limit->unit == model::LimitUnit::Concurrent ? LimitTable::CellKind::Running
                                                                : LimitTable::CellKind::Rate;
  LimitSlot slot{.limit = &limit,
                 .key = needs.table.key_of(kind, limit->salt, values.view()),
                 .counts_in_blocks = counts_in_blocks(*limit)};
  if (!slot.counts_in_blocks) return slot;
  // Blocks are found here, while the values that name them are at hand.
  slot.block = find_or_make_block(slot.key, counter_name(values));
  if (slot.block == nullptr) {
    slot.overflowed = true;
    slot.key = needs.table.overflow_key(kind, limit->salt);
    slot.block = needs.table.blocks().find_or_make_overflow(slot.key);
  }
  return slot;
}

std::shared_ptr<Block> Limiter::State::find_or_make_block(std::uint64_t key,
                                                          const std::string& name) const {
  BlockTable& blocks = needs.table.blocks();
  std::shared_ptr<Block> block = blocks.find_or_make(key, name, false);
  if (block != nullptr) return block;
  if (!blocks.make_room(key, now_seen, wall_seen, needs.durable, needs.shared)) return nullptr;
  return blocks.find_or_make(key, name, false);
}

std::shared_ptr<Block> Limiter::State::successor_of(const Block& retired) const {
  std::shared_ptr<Block> block = find_or_make_block(retired.key(), retired.subject());
  if (block != nullptr) return block;
  return needs.table.blocks().find_or_make(retired.key(), retired.subject(), true);
}

std::span<LimitSlot> Limiter::State::slots_of(const Subject& subject) {
  CacheEntry* entry = nullptr;
  if (subject.fingerprint != 0) {
    if (cache.empty()) cache.resize(kCacheEntries);
    entry = &cache[entry_of(subject.fingerprint)];
    const std::span<LimitSlot> known(entry->slots.data(), entry->count);
    if (entry->fingerprint == subject.fingerprint && may_reuse(known)) return known;
  }
  candidates.clear();
  current->book->candidates(subject, candidates);
  const std::span<const LimitPtr> limits = current->book->limits();
  if (entry == nullptr || candidates.size() > CacheEntry::kSlots) {
    uncached_slots.clear();
    for (const std::uint32_t place : candidates) {
      uncached_slots.push_back(make_slot(limits[place], subject));
    }
    return uncached_slots;
  }
  entry->fingerprint = subject.fingerprint;
  entry->count = candidates.size();
  for (std::size_t i = 0; i < CacheEntry::kSlots; ++i) {
    entry->slots[i] =
        i < candidates.size() ? make_slot(limits[candidates[i]], subject) : LimitSlot{};
  }
  return {entry->slots.data(), entry->count};
}

}  // namespace apiforge::quota
