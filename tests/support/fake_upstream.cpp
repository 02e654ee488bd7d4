#include "support/fake_upstream.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace apiforge::testing_support {
namespace {

// A loopback listener on a free port.
int listen_anywhere(std::uint16_t& port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ::bind(socket, reinterpret_cast<const sockaddr*>(&address), size);
  ::listen(socket, 1'024);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return socket;
}

}  // namespace

// ---------------------------------------------------------------------------------- the connection

std::optional<HttpMessage> UpstreamConnection::noted(std::optional<HttpMessage> request) {
  if (request) upstream_.note(*request);
  return request;
}

std::optional<HttpMessage> UpstreamConnection::next_request(milliseconds patience) {
  auto request = read_message(stream_, buffer_, MessageKind::Request, patience);
  if (request && !request->complete) request.reset();
  return noted(std::move(request));
}

std::optional<HttpMessage> UpstreamConnection::next_head() {
  return noted(read_head(stream_, buffer_, milliseconds(60'000)));
}

void UpstreamConnection::read_to_end() {
  while (stream_.receive(buffer_, milliseconds(60'000))) buffer_.clear();
}

// The upstream may want to interrupt the stream just then.
void UpstreamConnection::close() {
  const std::lock_guard lock(upstream_.mutex_);
  stream_.close();
}

void UpstreamConnection::reset() {
  const std::lock_guard lock(upstream_.mutex_);
  stream_.reset();
}

// ------------------------------------------------------------------------------------ the upstream

FakeUpstream::FakeUpstream(Script script, SSL_CTX* tls)
    : script_(std::move(script)), tls_(tls), listener_(listen_anywhere(port_)) {
  acceptor_ = std::thread([this] { accept_all(); });
}

FakeUpstream::~FakeUpstream() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (Session& session : sessions_) session.stream->interrupt();
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (Session& session : sessions_) session.thread.join();
}

void FakeUpstream::accept_all() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (socket < 0 || stopping_) {
      if (socket >= 0) ::close(socket);
      return;
    }
    const std::size_t number = sessions_.size();
    Session& session = sessions_.emplace_back();
    session.stream = std::make_unique<Stream>(socket);
    session.thread = std::thread([this, &session, number] { run(session, number); });
  }
}

void FakeUpstream::run(Session& session, std::size_t number) {
  Stream& stream = *session.stream;
  if (!tls_ || stream.begin_tls_server(tls_)) {
    UpstreamConnection connection(*this, stream, number);
    script_(connection);
    if (tls_ && stream.tls()) stream.shutdown_send();
  }
  const std::lock_guard lock(mutex_);
  stream.close();
  ++ended_;
  changed_.notify_all();
}

void FakeUpstream::note(const HttpMessage& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
  changed_.notify_all();
}

// --------------------------------------------------------------------------------------- questions

FakeUpstream::Script FakeUpstream::answering(
    std::function<std::string(const HttpMessage&)> answer) {
  return [answer = std::move(answer)](UpstreamConnection& connection) {
    while (const auto request = connection.next_request()) {
      if (!connection.send(answer(*request))) return;
    }
  };
}

FakeUpstream::Script FakeUpstream::echoing() {
  return answering([](const HttpMessage& request) {
    const std::string body = request.method() + " " + request.target();
    if (request.method() != "HEAD") return reply(200, body);
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  });
}

std::string FakeUpstream::url(std::string_view scheme) const {
  return std::string(scheme) + "://127.0.0.1:" + std::to_string(port_);
}

std::size_t FakeUpstream::connections() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

std::vector<HttpMessage> FakeUpstream::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

HttpMessage FakeUpstream::last_request() const {
  const std::lock_guard lock(mutex_);
  return requests_.empty() ? HttpMessage{} : requests_.back();
}

bool FakeUpstream::wait_for_requests(std::size_t count, milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return requests_.size() >= count; });
}

bool FakeUpstream::wait_for_ended_scripts(std::size_t count, milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return ended_ >= count; });
}

}  // namespace apiforge::testing_support
