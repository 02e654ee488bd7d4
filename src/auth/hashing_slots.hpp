// HashingSlots: a counting semaphore whose waiters are bounded in number and in time. Any thread;
// it blocks, so a worker must not use it. Outlives the slots it gave out.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/error.hpp"

namespace apiforge::auth {

class HashingSlots {
 public:
  /// The right to hash; gives itself back when it goes.
  class Slot {
   public:
    explicit Slot(HashingSlots& owner) : owner_(&owner) {}
    Slot(Slot&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (owner_ != nullptr) owner_->give_back();
    }

   private:
    HashingSlots* owner_;
  };

  HashingSlots(unsigned slots, unsigned max_waiting, std::chrono::milliseconds max_wait)
      : free_(slots), max_waiting_(max_waiting), max_wait_(max_wait) {}

  /// A slot, at once or after at most `max_wait`. TooBusy when none came free in that time, and at
  /// once when `max_waiting` callers wait already.
  Result<Slot> take();
  /// How many callers wait at this moment.
  unsigned waiting() const;

 private:
  void give_back();

  mutable std::mutex mutex_;
  std::condition_variable freed_;
  unsigned free_;
  unsigned waiting_ = 0;
  const unsigned max_waiting_;
  const std::chrono::milliseconds max_wait_;
};

}  // namespace apiforge::auth
