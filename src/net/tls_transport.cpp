#include "net/detail/held.hpp"
#include "net/detail/tcp_transport.hpp"
#include "net/detail/tls.hpp"

namespace apiforge::net::detail {
namespace {

// Without close_notify anybody on the way may have cut the stream (RFC 8446 6.1): no end in order,
// or a body that ends with its connection would pass for complete (RFC 9112 9.8).
IoStatus tls_status(const boost::system::error_code& error) {
  if (error == asio::ssl::error::stream_truncated) return IoStatus::Reset;
  return to_status(error);
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(std::unique_ptr<TlsStream> stream, std::shared_ptr<void> keep_alive)
      : keep_alive_(std::move(keep_alive)), stream_(std::move(stream)) {}

  void start_read(std::span<char> into, TransportListener& listener) override {
    stream_->async_read_some(
        asio::buffer(into.data(), into.size()),
        [held = Held(listener)](const boost::system::error_code& error, std::size_t bytes) {
          held->on_read(tls_status(error), bytes);
        });
  }

  std::size_t write_now(std::span<const std::string_view>, bool&) override { return 0; }

  void start_write(std::string_view piece, TransportListener& listener) override {
    stream_->async_write_some(
        asio::buffer(piece.data(), piece.size()),
        [held = Held(listener)](const boost::system::error_code& error, std::size_t bytes) {
          held->on_write(tls_status(error), bytes);
        });
  }

  int plain_socket() const override { return -1; }
  bool has_pending_input() override { return socket_has_pending_input(stream_->next_layer()); }
  std::uint64_t bytes_acknowledged() const override {
    return socket_bytes_acknowledged(stream_->next_layer().native_handle());
  }

  void shutdown_send() override {
    // Sends close_notify and would wait for the peer's; `close` ends that wait. The handler keeps
    // the stream alive until then.
    stream_->async_shutdown([stream = stream_](const boost::system::error_code&) {});
  }

  void close(bool reset) override {
    // OpenSSL takes a connection without both close_notify for broken and never resumes its
    // session.
    SSL_set_shutdown(stream_->native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    close_socket(stream_->next_layer(), reset);
  }

 private:
  std::shared_ptr<void> keep_alive_;
  std::shared_ptr<TlsStream> stream_;
};

}  // namespace

std::unique_ptr<Transport> make_tls_transport(std::unique_ptr<TlsStream> stream,
                                              std::shared_ptr<void> keep_alive) {
  return std::make_unique<TlsTransport>(std::move(stream), std::move(keep_alive));
}

}  // namespace apiforge::net::detail
