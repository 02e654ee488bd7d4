// FakeUpstream: a server on loopback that does to each connection what a script says, and remembers
// every byte it was sent. Scripts run on a thread per connection and read like a conversation.
// Owned by the test; its questions may be asked from the test's thread at any time.
#pragma once
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "support/http_message.hpp"

namespace apiforge::testing_support {

class FakeUpstream;

/// One connection, as its script sees it. Lives on the script's thread.
class UpstreamConnection {
 public:
  UpstreamConnection(FakeUpstream& upstream, Stream& stream, std::size_t number)
      : upstream_(upstream), stream_(stream), number_(number) {}

  std::size_t number() const { return number_; }  ///< the first connection has 0
  /// Waits for a whole request; nothing when the connection ends or `patience` does.
  std::optional<HttpMessage> next_request(milliseconds patience = milliseconds(60'000));
  /// Waits for the head alone.
  std::optional<HttpMessage> next_head();
  bool send(std::string_view bytes) { return stream_.send(bytes); }
  /// Reads until the gateway ends the connection.
  void read_to_end();
  void close();
  void reset();
  void shutdown_send() { stream_.shutdown_send(); }
  Stream& stream() { return stream_; }

 private:
  std::optional<HttpMessage> noted(std::optional<HttpMessage> request);

  FakeUpstream& upstream_;
  Stream& stream_;
  std::size_t number_;
  std::string buffer_;
};

class FakeUpstream {
 public:
  using Script = std::function<void(UpstreamConnection&)>;

  /// Listens on a free port. The connection is closed where the script ends. With `tls`, which must
  /// outlive this, connections that fail their handshake never reach the script.
  explicit FakeUpstream(Script script, SSL_CTX* tls = nullptr);
  ~FakeUpstream();
  FakeUpstream(const FakeUpstream&) = delete;
  FakeUpstream& operator=(const FakeUpstream&) = delete;

  /// Answers every request with what `answer` makes of it, keeping connections alive.
  static Script answering(std::function<std::string(const HttpMessage&)> answer);
  /// Answers every request with 200 and its own method and target.
  static Script echoing();

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view scheme = "http") const;

  std::size_t connections() const;
  std::vector<HttpMessage> requests() const;
  HttpMessage last_request() const;
  /// True once `count` requests have come, false when they do not within `patience`.
  bool wait_for_requests(std::size_t count, milliseconds patience = kPatience);
  /// How many connections' scripts have ended; waits for `count` of them.
  bool wait_for_ended_scripts(std::size_t count, milliseconds patience = kPatience);

 private:
  friend class UpstreamConnection;
  struct Session {
    std::unique_ptr<Stream> stream;
    std::thread thread;
  };

  void accept_all();
  void run(Session& session, std::size_t number);
  void note(const HttpMessage& request);

  Script script_;
  SSL_CTX* tls_;
  std::uint16_t port_ = 0;
  int listener_;  // sets the port
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Session> sessions_;
  std::size_t ended_ = 0;
  bool stopping_ = false;
  std::vector<HttpMessage> requests_;
  std::thread acceptor_;
};

}  // namespace apiforge::testing_support
