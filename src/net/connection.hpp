// Connection: a transport with an input buffer, deadlines and coroutine waits. Lives on one event
// loop; owned by ConnectionPtr (a non-atomic reference count, so it must never leave its thread).
//
// A read stays pending while nobody waits ("watching"), which is how a peer that goes away is
// noticed without a system call of its own.
#pragma once
#include <boost/intrusive_ptr.hpp>
#include <coroutine>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/input_buffer.hpp"
#include "net/timer_wheel.hpp"
#include "net/transport.hpp"

namespace apiforge::net {

class EventLoop;
class Connection;
using ConnectionPtr = boost::intrusive_ptr<Connection>;

class Connection final : private TransportListener, private Timer::Owner {
 public:
  /// Told when the peer goes away while nobody reads and nothing has arrived.
  class Watcher {
   public:
    virtual void on_peer_gone() = 0;

   protected:
    ~Watcher() = default;
  };

  static ConnectionPtr make(EventLoop& loop, std::unique_ptr<Transport> transport,
                            std::size_t input_bytes, std::string peer_address);

  // ---- reading
  /// Bytes received and not yet consumed.
  std::string_view input() const { return input_.unread(); }
  void consume(std::size_t bytes) { input_.consume(bytes); }
  /// Keeps consumed bytes in place until `release`, because views point into them.
  void pin() { input_.pin(); }
  void release() { input_.release(!read_pending_); }
  /// Lets the buffer grow to `bytes` when a message needs it; pinned bytes stay where they are.
  void allow_input(std::size_t bytes, bool at_once) { input_.allow(bytes, at_once); }

  class ReadAwaiter;
  /// Waits until at least one more byte is in `input()`. Ok, or how the stream ended; Full when the
  /// buffer may not grow further. On TimedOut the connection is closed.
  ReadAwaiter read(MonotonicTime deadline);
  /// Keeps a read pending without waiting for it; `watcher` (may be null) hears of the peer's end.
  /// Input that arrives, such as a pipelined request, ends the watch.
  void watch(Watcher* watcher);
  /// Gives a read that is under way an earlier deadline.
  void expire_read(MonotonicTime deadline) {
    if (reader_) read_timer_.set(deadline);
  }
  /// True when the peer is known to be gone.
  bool peer_gone() const { return read_end_ != IoStatus::Ok; }
  /// The same, asking the kernel too: also true when unexpected input waits. One system call.
  bool peer_gone_now();

  // ---- writing
  class WriteAwaiter;
  /// Writes all pieces. The first `volatile_pieces` of them lie in memory that may change as soon
  /// as this coroutine is suspended (a scratch buffer); they are copied if they cannot be written
  /// at once.
  WriteAwaiter write(std::span<const std::string_view> pieces, std::size_t volatile_pieces,
                     MonotonicTime deadline);

  // ---- passing on
  /// True when bytes can pass to `to` inside the kernel: both are open and neither is TLS.
  bool can_pass_to(const Connection& to) const;
  /// Passes at most `most` bytes that have arrived behind `input()`, which must be empty, on to
  /// `to`, which must not be writing. Returns how many. What `to` does not take at once it keeps, a
  /// bounded amount, and writes with `flush`.
  std::uint64_t pass_now(Connection& to, std::uint64_t most);
  /// Waits until what was passed here is written. As `write` of nothing more.
  WriteAwaiter flush(MonotonicTime deadline);

  // ---- ending
  void shutdown_send();
  void close(bool reset = false);
  bool closed() const { return closed_; }

  const std::string& peer_address() const { return peer_address_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t bytes_written() const { return bytes_written_; }
  /// See Transport::bytes_acknowledged.
  std::uint64_t bytes_acknowledged() const { return transport_->bytes_acknowledged(); }
  EventLoop& loop() { return loop_; }

  friend void intrusive_ptr_add_ref(Connection* connection) { ++connection->references_; }
  friend void intrusive_ptr_release(Connection* connection) {
    if (--connection->references_ == 0) delete connection;
  }

 private:
  Connection(EventLoop& loop, std::unique_ptr<Transport> transport, std::size_t input_bytes,
             std::string peer_address);
  ~Connection();

  void on_read(IoStatus status, std::size_t bytes) override;
  void on_write(IoStatus status, std::size_t bytes) override;
  void on_deadline(Timer& timer) override;
  void add_reference() noexcept override { ++references_; }
  void drop_reference() noexcept override { intrusive_ptr_release(this); }
  bool start_read();
  void continue_write();
  void finish_write(IoStatus status);

  EventLoop& loop_;
  std::unique_ptr<Transport> transport_;
  InputBuffer input_;
  std::string peer_address_;
  Timer read_timer_;
  Timer write_timer_;
  std::coroutine_handle<> reader_ = nullptr;
  std::coroutine_handle<> writer_ = nullptr;
  Watcher* watcher_ = nullptr;
  std::string spill_;                         // copies of volatile pieces
  std::unique_ptr<std::string_view[]> rest_;  // pieces still to write, after spill_
  std::uint32_t rest_count_ = 0;
  std::uint32_t rest_next_ = 0;
  std::size_t spill_offset_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
  std::uint32_t references_ = 0;
  IoStatus read_end_ = IoStatus::Ok;   // why no more input will come
  IoStatus write_end_ = IoStatus::Ok;  // result of the last write
  bool read_pending_ = false;
  bool timed_out_ = false;
  bool closed_ = false;
};

class Connection::ReadAwaiter {
 public:
  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiter);
  IoStatus await_resume();

 private:
  friend class Connection;
  ReadAwaiter(Connection& connection, MonotonicTime deadline)
      : connection_(connection), deadline_(deadline) {}
  Connection& connection_;
  MonotonicTime deadline_;
  std::size_t before_ = 0;
  bool full_ = false;
};

class Connection::WriteAwaiter {
 public:
  bool await_ready();
  void await_suspend(std::coroutine_handle<> waiter);
  /// Ok when everything was handed to the kernel.
  IoStatus await_resume();

 private:
  friend class Connection;
  WriteAwaiter(Connection& connection, std::span<const std::string_view> pieces,
               std::size_t volatile_pieces, MonotonicTime deadline)
      : connection_(connection),
        pieces_(pieces),
        volatile_pieces_(volatile_pieces),
        deadline_(deadline) {}
  Connection& connection_;
  std::span<const std::string_view> pieces_;
  std::size_t volatile_pieces_;
  MonotonicTime deadline_;
};

}  // namespace apiforge::net
