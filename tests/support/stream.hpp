// Stream: a blocking TCP connection on loopback, with or without TLS, where every wait has an end.
// Used by one thread at a time; `interrupt` may come from another. Owned by the client or the fake
// upstream that made it.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;

namespace apiforge::testing_support {

using std::chrono::milliseconds;
using TestClock = std::chrono::steady_clock;

/// The end of every wait that a test does not bound itself: far above what a healthy gateway needs.
inline constexpr milliseconds kPatience{5'000};

class Stream {
 public:
  enum class End { Open, Closed, Reset, TimedOut };

  /// Takes over a connected socket.
  explicit Stream(int socket);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// To 127.0.0.1. `receive_buffer`: bytes the kernel may keep for a slow reader; 0 for its
  /// default.
  static std::unique_ptr<Stream> connect(std::uint16_t port, int receive_buffer = 0);

  /// TLS handshakes. False when they fail. `context` must outlive the stream.
  bool begin_tls_server(SSL_CTX* context);
  bool begin_tls_client(SSL_CTX* context, const std::string& server_name);
  SSL* tls() const { return ssl_; }

  /// False when the peer is gone or does not read for `patience`.
  bool send(std::string_view bytes, milliseconds patience = kPatience);
  /// Appends what has come to `buffer`; waits for at least a byte. False at the end: see `end`.
  bool receive(std::string& buffer, milliseconds patience = kPatience);
  /// True when the peer closes, in order or not, within `patience`. What it sends before is
  /// dropped.
  bool closed_within(milliseconds patience);
  End end() const { return end_; }

  void shutdown_send();
  void close();
  /// Closes with a reset, so that the peer loses what it has not read.
  void reset();
  /// Ends the waits of another thread.
  void interrupt();
  int socket() const { return socket_; }

 private:
  bool wait(short events, TestClock::time_point deadline);

  int socket_;
  SSL* ssl_ = nullptr;
  End end_ = End::Open;
};

}  // namespace apiforge::testing_support
