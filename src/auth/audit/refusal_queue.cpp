#include "auth/audit/refusal_queue.hpp"

#include <algorithm>

namespace apiforge::auth {
namespace {

/// The text that fits, with zeros behind it.
template <std::size_t Size>
void put(std::array<char, Size>& slot, std::string_view text) {
  const auto end = std::ranges::copy(text.substr(0, Size), slot.begin()).out;
  std::fill(end, slot.end(), '\0');
}

}  // namespace

void RefusalQueue::note(const Refusal& refusal) {
  Slot slot;
  put(slot.tenant, refusal.tenant);
  put(slot.actor, refusal.actor);
  put(slot.target, refusal.target);
  put(slot.client, refusal.client);
  slot.code = refusal.code;
  if (!ring_.push(slot)) dropped_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace apiforge::auth
