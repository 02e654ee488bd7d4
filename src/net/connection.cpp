#include "net/connection.hpp"

#include <algorithm>
#include <utility>

#include "net/detail/native_loop.hpp"
#include "net/event_loop.hpp"

namespace apiforge::net {

ConnectionPtr Connection::make(EventLoop& loop, std::unique_ptr<Transport> transport,
                               std::size_t input_bytes, std::string peer_address) {
  return ConnectionPtr(
      new Connection(loop, std::move(transport), input_bytes, std::move(peer_address)));
}

Connection::Connection(EventLoop& loop, std::unique_ptr<Transport> transport,
                       std::size_t input_bytes, std::string peer_address)
    : loop_(loop),
      transport_(std::move(transport)),
      input_(input_bytes),
      peer_address_(std::move(peer_address)),
      read_timer_(loop.timers(), *this),
      write_timer_(loop.timers(), *this) {}

Connection::~Connection() = default;

// ---------------------------------------------------------------------------------------- reading

bool Connection::start_read() {
  if (read_pending_) return true;
  if (read_end_ != IoStatus::Ok) return false;
  const std::span<char> room = input_.room();
  if (room.empty()) return false;
  read_pending_ = true;
  transport_->start_read(room, *this);
  return true;
}

Connection::ReadAwaiter Connection::read(MonotonicTime deadline) {
  return {*this, deadline};
}

bool Connection::ReadAwaiter::await_ready() {
  before_ = connection_.input().size();
  if (connection_.read_end_ != IoStatus::Ok) return true;
  full_ = !connection_.start_read();
  return full_;
}

void Connection::ReadAwaiter::await_suspend(std::coroutine_handle<> waiter) {
  connection_.reader_ = waiter;
  connection_.read_timer_.set(deadline_);
}

IoStatus Connection::ReadAwaiter::await_resume() {
  if (full_) return IoStatus::Full;
  if (connection_.input().size() > before_) return IoStatus::Ok;
  return connection_.timed_out_ ? IoStatus::TimedOut : connection_.read_end_;
}

void Connection::watch(Watcher* watcher) {
  watcher_ = watcher;
  if (!closed_ && input_.unread().empty()) start_read();
}

bool Connection::peer_gone_now() {
  return closed_ || peer_gone() || !input().empty() || transport_->has_pending_input();
}

void Connection::on_read(IoStatus status, std::size_t bytes) {
  read_pending_ = false;
  if (status == IoStatus::Ok) {
    input_.received(bytes);
    bytes_read_ += bytes;
  } else {
    read_end_ = status;
  }
  if (reader_) {
    read_timer_.clear();
    std::exchange(reader_, nullptr).resume();
  } else if (status != IoStatus::Ok && watcher_) {
    std::exchange(watcher_, nullptr)->on_peer_gone();
  }
}

// ---------------------------------------------------------------------------------------- writing

Connection::WriteAwaiter Connection::write(std::span<const std::string_view> pieces,
                                           std::size_t volatile_pieces, MonotonicTime deadline) {
  return {*this, pieces, volatile_pieces, deadline};
}

bool Connection::WriteAwaiter::await_ready() {
  Connection& c = connection_;
  if (c.closed_) {
    c.write_end_ = c.timed_out_ ? IoStatus::TimedOut : IoStatus::Closed;
    return true;
  }
  const bool behind_passed = !c.spill_.empty();
  bool broken = false;
  std::size_t written = 0;
  if (!behind_passed && !pieces_.empty()) written = c.transport_->write_now(pieces_, broken);
  c.bytes_written_ += written;
  if (broken) {
    c.write_end_ = IoStatus::Reset;
    return true;
  }
  std::size_t next = 0;
  while (next < pieces_.size() && written >= pieces_[next].size())
    written -= pieces_[next++].size();
  if (next == pieces_.size() && !behind_passed) {
    c.write_end_ = IoStatus::Ok;
    return true;
  }
  // The rest waits until the peer takes it; memory that may change meanwhile is copied. Small
  // pieces are copied too, so that TLS makes one record of them.
  constexpr std::size_t kSmall = 16 * 1024;
  for (; next < pieces_.size(); ++next, written = 0) {
    const std::string_view piece = pieces_[next].substr(written);
    if (next >= volatile_pieces_ && c.spill_.size() + piece.size() > kSmall) break;
    c.spill_.append(piece);
  }
  c.rest_count_ = static_cast<std::uint32_t>(pieces_.size() - next);
  c.rest_next_ = 0;
  if (c.rest_count_ > 0) {
    c.rest_ = std::make_unique<std::string_view[]>(c.rest_count_);
    std::copy(pieces_.begin() + static_cast<std::ptrdiff_t>(next), pieces_.end(), c.rest_.get());
    c.rest_[0].remove_prefix(written);
  }
  return false;
}

void Connection::WriteAwaiter::await_suspend(std::coroutine_handle<> waiter) {
  connection_.writer_ = waiter;
  connection_.write_timer_.set(deadline_);
  connection_.continue_write();
}

IoStatus Connection::WriteAwaiter::await_resume() {
  return connection_.write_end_;
}

void Connection::continue_write() {
  if (spill_offset_ < spill_.size()) {
    transport_->start_write(std::string_view(spill_).substr(spill_offset_, kWriteTurn), *this);
    return;
  }
  while (rest_next_ < rest_count_ && rest_[rest_next_].empty()) ++rest_next_;
  if (rest_next_ < rest_count_) {
    transport_->start_write(rest_[rest_next_].substr(0, kWriteTurn), *this);
    return;
  }
  finish_write(IoStatus::Ok);
}

void Connection::on_write(IoStatus status, std::size_t bytes) {
  bytes_written_ += bytes;
  if (status != IoStatus::Ok) {
    finish_write(timed_out_ ? IoStatus::TimedOut : status);
    return;
  }
  if (spill_offset_ < spill_.size()) {
    spill_offset_ += bytes;
  } else {
    rest_[rest_next_].remove_prefix(bytes);
  }
  continue_write();
}

void Connection::finish_write(IoStatus status) {
  write_end_ = status;
  write_timer_.clear();
  rest_.reset();
  rest_count_ = rest_next_ = 0;
  // An idle connection keeps no copy of what it once wrote.
  spill_ = std::string();
  spill_offset_ = 0;
  if (writer_) std::exchange(writer_, nullptr).resume();
}

// ------------------------------------------------------------------------------------- passing on

bool Connection::can_pass_to(const Connection& to) const {
  return transport_->plain_socket() >= 0 && to.transport_->plain_socket() >= 0 &&
         loop_.native().pipe.open();
}

std::uint64_t Connection::pass_now(Connection& to, std::uint64_t most) {
  // The most that `to` may have to keep, so what a caller that hardly reads costs.
  constexpr std::uint64_t kAtOnce = 32 * 1024;
  // Then other connections have their turn.
  constexpr std::uint64_t kTurn = 1024 * 1024;
  if (read_pending_ || !to.spill_.empty() || !can_pass_to(to)) return 0;
  most = std::min(most, kTurn);
  std::uint64_t passed = 0;
  while (passed < most && to.spill_.empty()) {
    const std::size_t moved =
        loop_.native().pipe.move(transport_->plain_socket(), to.transport_->plain_socket(),
                                 std::min(most - passed, kAtOnce), to.spill_);
    if (moved == 0) break;
    passed += moved;
  }
  bytes_read_ += passed;
  to.bytes_written_ += passed - to.spill_.size();
  return passed;
}

Connection::WriteAwaiter Connection::flush(MonotonicTime deadline) {
  return write({}, 0, deadline);
}

// ----------------------------------------------------------------------------------------- ending

void Connection::on_deadline(Timer&) {
  timed_out_ = true;
  close();
}

void Connection::shutdown_send() {
  if (!closed_) transport_->shutdown_send();
}

void Connection::close(bool reset) {
  if (closed_) return;
  closed_ = true;
  watcher_ = nullptr;
  if (read_end_ == IoStatus::Ok && !read_pending_) read_end_ = IoStatus::Closed;
  read_timer_.clear();
  write_timer_.clear();
  transport_->close(reset);
}

}  // namespace apiforge::net
