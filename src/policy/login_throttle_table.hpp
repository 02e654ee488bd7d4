// LoginThrottleTable: values by a 64-bit key in the order in which they were last touched, so that
// the oldest is found at once. Constant time. It bounds nothing itself: its owner asks for the
// oldest and removes it. No I/O; one thread at a time.
#pragma once
#include <cstdint>
#include <list>
#include <unordered_map>

#include "base/clock.hpp"

namespace apiforge::policy {

template <class Value>
class LoginThrottleTable {
 public:
  struct Entry {
    std::uint64_t key = 0;
    MonotonicTime touched_at{};
    Value value;
  };

  std::size_t size() const { return order_.size(); }
  Value* find(std::uint64_t key) {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second->value;
  }
  const Value* find(std::uint64_t key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second->value;
  }
  /// The value, made if need be, as the youngest.
  Value& touch(std::uint64_t key, MonotonicTime now) {
    const auto [place, inserted] = by_key_.try_emplace(key);
    if (inserted) {
      place->second = order_.insert(order_.end(), Entry{key, now, Value{}});
    } else {
      order_.splice(order_.end(), order_, place->second);
      place->second->touched_at = now;
    }
    return place->second->value;
  }
  /// nullptr when empty.
  const Entry* oldest() const { return order_.empty() ? nullptr : &order_.front(); }
  void remove_oldest() {
    by_key_.erase(order_.front().key);
    order_.pop_front();
  }

 private:
  std::list<Entry> order_;  ///< the oldest first
  std::unordered_map<std::uint64_t, typename std::list<Entry>::iterator> by_key_;
};

}  // namespace apiforge::policy
