#include "net/input_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace apiforge::net {

void InputBuffer::pin() {
  pinned_ = true;
  pin_start_ = cursor_;
  room_end_ = capacity_;  // what an earlier pin kept is free again
}

void InputBuffer::allow(std::size_t bytes, bool at_once) {
  limit_ = std::max(bytes, idle_bytes_);
  grow_at_once_ = at_once;
}

void InputBuffer::move_to(std::size_t capacity) {
  // Not make_unique: it would clear what is overwritten at once.
  std::unique_ptr<char[]> block(new char[capacity]);
  const std::size_t unread = end_ - cursor_;
  if (unread > 0) std::memcpy(block.get(), block_.get() + cursor_, unread);
  if (head_is_here()) {
    pinned_block_ = std::move(block_);
    pinned_capacity_ = capacity_;
  }
  block_ = std::move(block);
  capacity_ = room_end_ = capacity;
  cursor_ = 0;
  end_ = unread;
}

std::span<char> InputBuffer::room() {
  if (!block_) move_to(idle_bytes_);
  const std::size_t unread = end_ - cursor_;
  if (grow_at_once_ && capacity_ < limit_) {
    move_to(limit_);
  } else if (unread == 0 && !head_is_here()) {
    cursor_ = end_ = 0;
    room_end_ = capacity_;
  } else if (unread == 0 && room_end_ == capacity_ && capacity_ - end_ < pin_start_) {
    cursor_ = end_ = 0;
    room_end_ = pin_start_;
  }
  if (end_ == room_end_) {
    if (head_is_here()) {
      if (unread < limit_) move_to(std::clamp(unread * 4, idle_bytes_, limit_));
    } else if (cursor_ > 0) {
      std::memmove(block_.get(), block_.get() + cursor_, unread);
      cursor_ = 0;
      end_ = unread;
    } else if (capacity_ < limit_) {
      move_to(std::min(capacity_ * 4, limit_));
    }
  }
  return {block_.get() + end_, room_end_ - end_};
}

void InputBuffer::release(bool movable) {
  pinned_ = false;
  limit_ = idle_bytes_;
  grow_at_once_ = false;
  room_end_ = capacity_;
  // A read that is under way goes into the other block.
  if (!movable) return pinned_block_.reset();
  const std::size_t unread = end_ - cursor_;
  if (capacity_ > idle_bytes_ && unread <= idle_bytes_) {
    if (unread == 0 && pinned_block_ && pinned_capacity_ == idle_bytes_) {
      block_ = std::move(pinned_block_);
      capacity_ = room_end_ = idle_bytes_;
      cursor_ = end_ = 0;
    } else {
      move_to(idle_bytes_);
    }
  }
  pinned_block_.reset();
}

}  // namespace apiforge::net
