#include "net/http1_server.hpp"

#include "net/detail/http1_session.hpp"
#include "net/event_loop.hpp"

namespace apiforge::net {

Http1Server::Http1Server(EventLoop& loop, RequestHandler& handler,
                         const Http1ServerOptions& options,
                         std::function<void()> on_connection_ended)
    : loop_(loop),
      handler_(handler),
      options_(options),
      on_connection_ended_(std::move(on_connection_ended)),
      sessions_(std::make_unique<SessionList>()) {}

Http1Server::~Http1Server() = default;

namespace {
Task<void> run_session(std::unique_ptr<Http1Session> session, std::function<void()> ended) {
  co_await session->run();
  session.reset();
  ended();
}
}  // namespace

void Http1Server::serve(ConnectionPtr connection, bool tls) {
  auto session = std::make_unique<Http1Session>(*this, std::move(connection), tls);
  sessions_->push_back(*session);
  ++session_count_;
  spawn(run_session(std::move(session), [this] {
    --session_count_;
    on_connection_ended_();
  }));
}

void Http1Server::drain(std::chrono::milliseconds grace) {
  if (std::exchange(draining_, true)) return;
  spawn(close_idle_after(grace));
}

Task<void> Http1Server::close_idle_after(std::chrono::milliseconds grace) {
  co_await loop_.sleep_until(loop_.now() + grace);
  for (auto it = sessions_->begin(); it != sessions_->end();) {
    Http1Session& session = *it++;
    if (session.idle()) session.cut();
  }
}

void Http1Server::close_all() {
  for (auto it = sessions_->begin(); it != sessions_->end();) {
    Http1Session& session = *it++;
    session.cut();
  }
}

}  // namespace apiforge::net
