// Transport: a connected byte stream (TCP, or TLS over TCP) on one event loop. One thread.
// It hides Asio and OpenSSL from everything above. At most one read and one write are under way.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "net/io.hpp"

namespace apiforge::net {

/// Receives the ends of operations. It is kept alive by the transport until they have all come.
class TransportListener {
 public:
  virtual void on_read(IoStatus status, std::size_t bytes) = 0;
  virtual void on_write(IoStatus status, std::size_t bytes) = 0;
  virtual void add_reference() noexcept = 0;
  virtual void drop_reference() noexcept = 0;

 protected:
  ~TransportListener() = default;
};

class Transport {
 public:
  virtual ~Transport() = default;

  /// Reads at least one byte into `into`, which must stay valid until `on_read`.
  virtual void start_read(std::span<char> into, TransportListener& listener) = 0;
  /// Writes what the kernel takes at once, up to kWriteTurn, and returns how much; 0 when it takes
  /// nothing now.
  /// Sets `broken` when the connection is gone. A TLS transport always returns 0.
  virtual std::size_t write_now(std::span<const std::string_view> pieces, bool& broken) = 0;
  /// Writes at least one byte of `piece`, which must stay valid until `on_write`.
  virtual void start_write(std::string_view piece, TransportListener& listener) = 0;
  /// The socket, when what it carries is the stream itself; -1 for TLS.
  virtual int plain_socket() const = 0;
  /// True when the peer has closed or sent something, as far as the kernel knows (one system call).
  virtual bool has_pending_input() = 0;
  /// Bytes of ours that the peer's kernel has acknowledged since the connection began.
  virtual std::uint64_t bytes_acknowledged() const = 0;
  /// Ends the sending side in order. TLS sends its close_notify.
  virtual void shutdown_send() = 0;
  /// Closes at once; operations under way end with `Closed`, later, from the event loop.
  /// With `reset`, the peer sees a reset instead of an orderly end.
  virtual void close(bool reset = false) = 0;
};

}  // namespace apiforge::net
