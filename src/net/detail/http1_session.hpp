// One connection of an Http1Server and the exchange under way on it. Owned by its own coroutine.
#pragma once
#include <boost/intrusive/list.hpp>

#include "net/http1_server.hpp"

namespace apiforge::net {

class Http1Session final : public ServerExchange,
                           public boost::intrusive::list_base_hook<
                               boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Http1Session(Http1Server& server, ConnectionPtr connection, bool tls);

  /// Serves requests until the connection ends.
  Task<void> run();
  bool idle() const { return idle_; }
  void cut() { connection_->close(); }

  const RequestHead& request() const override { return parser_.head(); }
  std::string_view peer_address() const override { return connection_->peer_address(); }
  bool is_tls() const override { return tls_; }
  Result<Body> buffered_body() override;
  Task<Result<Body>> read_body() override;
  bool body_complete() const override { return parser_.complete(); }
  Task<IoStatus> send(const OutgoingReply& reply, const Body& body) override;
  Task<IoStatus> send_body(const Body& body) override;
  Task<IoStatus> flush() override;
  Task<IoStatus> send_interim(int status, std::span<const Field> fields) override;
  void watch(Connection::Watcher* watcher) override { connection_->watch(watcher); }
  Connection& stream() override { return *connection_; }
  void abort() override;

 private:
  Task<bool> read_head();
  Task<void> refuse(const Error& error);
  Task<void> linger();
  Task<void> send_continue();
  MonotonicTime body_deadline() const;

  Http1Server& server_;
  ConnectionPtr connection_;
  Http1RequestParser parser_;
  bool tls_;
  std::uint32_t pipelined_ =
      0;                ///< requests in a row that were here before the last reply had gone
  ChildTask continue_;  // sends `100 Continue`, so that whoever waits for the body need not
  bool idle_ = true;
  bool keep_alive_ = true;
  bool continue_sent_ = false;
  bool replied_ = false;
  bool upgraded_ = false;
  BodyFraming reply_framing_ = BodyFraming::None;
};

struct Http1Server::SessionList
    : boost::intrusive::list<Http1Session, boost::intrusive::constant_time_size<false>> {};

}  // namespace apiforge::net
