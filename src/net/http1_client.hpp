// Http1Client: HTTP/1.1 towards an upstream over one connection, for one exchange after another.
// Lives on one event loop; owned by an UpstreamPool or a Lease.
#pragma once
#include "net/exchange.hpp"
#include "net/http1_parser.hpp"

namespace apiforge::net {

struct Http1ClientOptions {
  Http1Limits limits{.head_bytes = 64 * 1024, .fields = 200, .target_bytes = 64 * 1024};
  /// While a large body streams that cannot pass inside the kernel (see `pass_body`). A caller that
  /// hardly reads holds this and no more than 64 KiB with its head; a smaller buffer costs CPU
  /// (half as much again at 32 KiB), a larger one saves none.
  std::size_t body_buffer_bytes = 56 * 1024;
};

class Http1Client final : public ClientExchange {
 public:
  /// `scratch` is the loop's buffer for heads; it may change at every suspension.
  Http1Client(ConnectionPtr connection, const Http1ClientOptions& options, std::string& scratch);

  Task<IoStatus> send(const OutgoingRequest& request, const Body& body,
                      MonotonicTime deadline) override;
  Task<IoStatus> send_body(const Body& body, MonotonicTime deadline) override;
  Task<Result<const ResponseHead*>> read_head(MonotonicTime deadline) override;
  Result<Body> buffered_body() override;
  Task<Result<Body>> read_body(MonotonicTime deadline) override;
  std::uint64_t pass_body(Connection& to) override;
  bool reply_complete() const override { return head_seen_ && parser_.complete(); }
  bool reply_begun() const override { return connection_->bytes_read() > read_before_; }
  bool surely_unseen() const override;
  Connection& stream() override { return *connection_; }

  /// True when the exchange ended so that the connection may carry another one.
  bool reusable() const;
  /// Readies an unused connection for keeping: input that comes now is a fault of the upstream.
  void rest(Connection::Watcher* watcher);
  std::uint32_t exchanges() const { return exchanges_; }

 private:
  ConnectionPtr connection_;
  const Http1ClientOptions& options_;
  std::string& scratch_;
  Http1ResponseParser parser_;
  std::uint64_t read_before_ = 0;
  std::uint64_t written_before_ = 0;
  std::uint32_t exchanges_ = 0;
  BodyFraming request_framing_ = BodyFraming::None;
  bool request_sent_ = false;
  bool without_body_ = false;
  bool head_seen_ = false;
};

}  // namespace apiforge::net
