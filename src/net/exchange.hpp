// One request and its reply, without framing: what a Call sees of HTTP/1.1 today and of other
// versions later. A new protocol is a new implementation of these two interfaces and nothing else.
// Lives on one event loop; views stay valid until the next operation on the same exchange.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "net/connection.hpp"
#include "net/head.hpp"
#include "net/task.hpp"

namespace apiforge::net {

/// Pieces of a body as they arrived; their boundaries are kept where the protocol has any.
struct Body {
  static constexpr std::size_t kMaxPieces = 8;
  std::array<std::string_view, kMaxPieces> pieces{};
  std::size_t count = 0;
  bool end = false;
  std::span<const Field> trailers;  ///< only with `end`

  bool empty() const { return count == 0; }
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += pieces[i].size();
    return sum;
  }
};

/// The head of a reply to a caller. `lines` are further fields, ready to send: `Name: value\r\n`.
struct OutgoingReply {
  int status = 200;
  std::string_view reason;  ///< the standard phrase when empty
  std::span<const Field> fields;
  std::string_view lines;
  BodyFraming framing = BodyFraming::None;
  std::uint64_t content_length = 0;
  bool close = false;  ///< the connection ends after this reply
};

/// The head of a request to an upstream.
struct OutgoingRequest {
  Method method = Method::Get;
  std::string_view method_text;
  std::string_view target;
  std::string_view authority;  ///< the Host field
  std::span<const Field> fields;
  std::string_view lines;
  BodyFraming framing = BodyFraming::None;
  std::uint64_t content_length = 0;
  std::string_view upgrade;  ///< value of the Upgrade field; empty for none
};

/// The side that faces a caller.
class ServerExchange {
 public:
  virtual ~ServerExchange() = default;

  virtual const RequestHead& request() const = 0;
  virtual std::string_view peer_address() const = 0;
  virtual bool is_tls() const = 0;

  /// Body bytes that are here already, without waiting; empty when none are.
  virtual Result<Body> buffered_body() = 0;
  /// Waits for more of the body. Sends `100 Continue` first if the caller waits for it.
  /// Errors: MalformedRequest, CallerGone, RequestTimeout.
  virtual Task<Result<Body>> read_body() = 0;
  virtual bool body_complete() const = 0;

  /// Sends the head and what is given of the body, with one write. What is given to this and to
  /// `send_body` has to live until the task has ended.
  virtual Task<IoStatus> send(const OutgoingReply& reply, const Body& body) = 0;
  virtual Task<IoStatus> send_body(const Body& body) = 0;
  /// Waits until the caller has taken what a ClientExchange passed on to `stream()`.
  virtual Task<IoStatus> flush() = 0;
  virtual Task<IoStatus> send_interim(int status, std::span<const Field> fields) = 0;

  /// `watcher` hears when the caller goes away while nothing is read; null ends that.
  virtual void watch(Connection::Watcher* watcher) = 0;
  /// After `send` of a 101: the raw stream, both ways. The exchange ends with it.
  virtual Connection& stream() = 0;
  /// The reply cannot be completed: the caller must see that it was cut.
  virtual void abort() = 0;
};

/// The side that faces an upstream.
class ClientExchange {
 public:
  virtual ~ClientExchange() = default;

  /// What is given to this and to `send_body` has to live until the task has ended.
  virtual Task<IoStatus> send(const OutgoingRequest& request, const Body& body,
                              MonotonicTime deadline) = 0;
  virtual Task<IoStatus> send_body(const Body& body, MonotonicTime deadline) = 0;
  /// The head of the final or of an interim reply. Errors: UpstreamBroke (the connection ended
  /// before a whole head), UpstreamProtocolError, UpstreamTimeout.
  virtual Task<Result<const ResponseHead*>> read_head(MonotonicTime deadline) = 0;
  virtual Result<Body> buffered_body() = 0;
  /// Errors: UpstreamBroke, UpstreamProtocolError, UpstreamTimeout.
  virtual Task<Result<Body>> read_body(MonotonicTime deadline) = 0;
  /// Passes on to `to`, where the head has gone already, what has arrived of a body that is sent as
  /// it is: of known length, and neither side TLS. Does not wait; returns how many bytes, 0 when it
  /// cannot. `to` is to be flushed before the next read.
  virtual std::uint64_t pass_body(Connection& to) = 0;
  virtual bool reply_complete() const = 0;
  /// True once any byte of a reply has come.
  virtual bool reply_begun() const = 0;
  /// True when the upstream's kernel cannot have taken any byte of the request.
  virtual bool surely_unseen() const = 0;
  virtual Connection& stream() = 0;
};

}  // namespace apiforge::net
