#include "gateway/cache/reply_cache.hpp"

#include <algorithm>
#include <iterator>

namespace apiforge::gateway::cache {
namespace {

// Nodes of table and lists, and what the allocator adds to each block.
constexpr std::size_t kEntryOverhead = 160;

bool answers_same_requests(const KeptReply& a, const KeptReply& b) {
  return std::ranges::equal(
      a.selecting, b.selecting, [](const SelectingField& one, const SelectingField& other) {
        return one.name == other.name && one.value == other.value && one.present == other.present;
      });
}

}  // namespace

ReplyCache::ReplyCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}
ReplyCache::~ReplyCache() = default;

std::span<const KeptPtr> ReplyCache::find(CacheKey key) {
  const auto found = table_.find(key);
  if (found == table_.end()) return {};
  (*found)->used = true;
  return (*found)->variants;
}

bool ReplyCache::put(CacheKey key, const CacheOwner& owner, KeptPtr reply) {
  if (reply->bytes() + key.text.size() > max_bytes_ / 4) return false;
  Entry& entry = entry_for(key, owner);
  std::erase_if(entry.variants,
                [&reply](const KeptPtr& kept) { return answers_same_requests(*kept, *reply); });
  if (entry.variants.size() == kMaxVariants) entry.variants.erase(entry.variants.begin());
  entry.variants.push_back(std::move(reply));
  measure(entry);
  make_room();
  return true;
}

void ReplyCache::erase(CacheKey key) {
  const auto found = table_.find(key);
  if (found != table_.end()) remove(**found);
}

void ReplyCache::sweep(std::size_t owners) {
  for (std::size_t i = 0; i < owners; ++i) {
    auto group = groups_.lower_bound(next_swept_);
    if (group == groups_.end()) {
      next_swept_ = 0;
      return;
    }
    next_swept_ = group->first + 1;
    if (!group->second.alive.expired()) continue;
    auto& entries = group->second.entries;
    for (std::size_t left = entries.size(); left > 1; --left) remove(entries.front());
    remove(entries.front());  // takes the group with it
  }
}

ReplyCache::Entry& ReplyCache::entry_for(CacheKey key, const CacheOwner& owner) {
  if (const auto found = table_.find(key); found != table_.end()) return **found;
  auto made = std::make_unique<Entry>();
  Entry& entry = *made;
  entry.key = key.text;
  entry.hash = key.hash;
  table_.insert(std::move(made));
  by_age_.push_front(entry);
  Group& group = groups_[owner.id];
  group.id = owner.id;
  group.alive = owner.alive;
  group.entries.push_back(entry);
  entry.group = &group;
  return entry;
}

void ReplyCache::measure(Entry& entry) {
  std::size_t bytes = sizeof(Entry) + kEntryOverhead + entry.key.capacity();
  for (const KeptPtr& reply : entry.variants) bytes += reply->bytes();
  bytes_ += bytes - entry.bytes;
  entry.bytes = bytes;
}

void ReplyCache::remove(Entry& entry) {
  bytes_ -= entry.bytes;
  if (hand_ == &entry) {
    auto place = by_age_.iterator_to(entry);
    hand_ = place == by_age_.begin() ? nullptr : &*std::prev(place);
  }
  Group& group = *entry.group;
  group.entries.erase(group.entries.iterator_to(entry));
  if (group.entries.empty()) groups_.erase(group.id);
  table_.erase(table_.find(CacheKey{entry.key, entry.hash}));
}

void ReplyCache::make_room() {
  while (bytes_ > max_bytes_) {
    ++evictions_;
    remove(next_victim());
  }
}

// Ends within two rounds, as the first clears every bit.
ReplyCache::Entry& ReplyCache::next_victim() {
  auto place = hand_ ? by_age_.iterator_to(*hand_) : std::prev(by_age_.end());
  while (place->used) {
    place->used = false;
    place = place == by_age_.begin() ? std::prev(by_age_.end()) : std::prev(place);
  }
  hand_ = &*place;
  return *place;
}

}  // namespace apiforge::gateway::cache
