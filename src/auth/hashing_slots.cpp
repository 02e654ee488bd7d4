#include "auth/hashing_slots.hpp"

namespace apiforge::auth {
namespace {

constexpr const char* kTooBusy = "too many passwords are being checked; try again in a few seconds";

}  // namespace

Result<HashingSlots::Slot> HashingSlots::take() {
  std::unique_lock lock(mutex_);
  if (free_ == 0) {
    if (waiting_ >= max_waiting_) return fail(ErrorCode::TooBusy, kTooBusy, "too many wait");
    ++waiting_;
    const bool came_free = freed_.wait_for(lock, max_wait_, [&] { return free_ > 0; });
    --waiting_;
    if (!came_free) return fail(ErrorCode::TooBusy, kTooBusy, "no slot came free in time");
  }
  --free_;
  return Slot(*this);
}

unsigned HashingSlots::waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_;
}

void HashingSlots::give_back() {
  {
    const std::scoped_lock lock(mutex_);
    ++free_;
  }
  freed_.notify_one();
}

}  // namespace apiforge::auth
