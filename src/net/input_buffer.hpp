// InputBuffer: the bytes a connection has received and not yet used. One thread.
//
// While pinned, the bytes from the pin on stay where they are, because views point into them. New
// bytes then go behind them, or before them when the block is half used up; if neither has room,
// they go to a second block and the first is kept until `release`.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace apiforge::net {

class InputBuffer {
 public:
  /// `idle_bytes` is what an idle connection holds.
  explicit InputBuffer(std::size_t idle_bytes) : idle_bytes_(idle_bytes), limit_(idle_bytes) {}

  std::string_view unread() const { return {block_.get() + cursor_, end_ - cursor_}; }
  void consume(std::size_t bytes) { cursor_ += bytes; }
  /// Pins what is unread now, also when it is consumed.
  void pin();
  /// Ends the pin. `movable` is false while a read is under way into the buffer.
  void release(bool movable);
  /// The buffer may grow to this many bytes: when it is full, or at the next read if `at_once`.
  void allow(std::size_t bytes, bool at_once);

  /// Room for the next read; empty when the limit is reached. Must not be called while a read is
  /// under way. Moves or grows as needed.
  std::span<char> room();
  void received(std::size_t bytes) { end_ += bytes; }
  std::size_t capacity() const { return capacity_; }

 private:
  bool head_is_here() const { return pinned_ && !pinned_block_; }
  void move_to(std::size_t capacity);

  std::unique_ptr<char[]> block_;
  std::unique_ptr<char[]> pinned_block_;
  std::size_t idle_bytes_;
  std::size_t limit_;
  std::size_t capacity_ = 0;
  std::size_t pinned_capacity_ = 0;
  std::size_t cursor_ = 0;
  std::size_t end_ = 0;
  std::size_t room_end_ = 0;  // reads stop here: the block's end, or the pin
  std::size_t pin_start_ = 0;
  bool pinned_ = false;
  bool grow_at_once_ = false;
};

}  // namespace apiforge::net
