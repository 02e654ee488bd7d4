#include "events/zmq/zmq_intake.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <zmq.hpp>

namespace apiforge::events {
namespace {

/// What ZAP said of the peer that sent the message: its public key.
std::string client_of(const zmq::message_t& message) {
  const char* user = zmq_msg_gets(message.handle(), "User-Id");
  return user == nullptr ? std::string() : std::string(user);
}

}  // namespace

Result<std::unique_ptr<ZmqIntake>> ZmqIntake::open(ZmqContext& context,
                                                   const IntakeOptions& options, Handler handler) {
  auto bound = context.bind(SocketKind::Replier, {.host = options.host,
                                                  .port = options.port,
                                                  .high_water_mark = options.high_water_mark,
                                                  .max_bytes = kMaxCommandBytes});
  if (!bound) return std::unexpected(bound.error());
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) return fail(ErrorCode::InvalidConfiguration, "no file descriptor is left");
  return std::unique_ptr<ZmqIntake>(new ZmqIntake(*std::move(bound), std::move(handler), wake));
}

ZmqIntake::ZmqIntake(ZmqContext::Bound bound, Handler handler, int wake)
    : handler_(std::move(handler)),
      endpoint_(std::move(bound.endpoint)),
      socket_(std::move(bound.socket)),
      wake_(wake),
      thread_([this] { run(); }) {
  pthread_setname_np(thread_.native_handle(), "apiforge-zmqcmd");
}

ZmqIntake::~ZmqIntake() {
  eventfd_write(wake_, 1);
  thread_.join();
  close(wake_);
}

void ZmqIntake::run() {
  zmq::pollitem_t items[] = {{nullptr, wake_, ZMQ_POLLIN, 0},
                             {socket_->handle(), 0, ZMQ_POLLIN, 0}};
  while (true) {
    try {
      zmq::poll(items, std::size(items), std::chrono::milliseconds(-1));
      if (items[0].revents != 0) return;
      if (items[1].revents != 0) answer();
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) return;  // the context was shut down under us
    }
  }
}

void ZmqIntake::answer() {
  zmq::message_t message;
  if (!socket_->recv(message, zmq::recv_flags::dontwait)) return;
  bool is_single = true;
  for (zmq::message_t rest; socket_->get(zmq::sockopt::rcvmore);) {
    (void)socket_->recv(rest, zmq::recv_flags::dontwait);
    is_single = false;
  }
  const Result<void> outcome = is_single
                                   ? execute(message.to_string_view(), client_of(message))
                                   : fail(ErrorCode::MalformedRequest, "a command is one frame");
  taken_.fetch_add(1, std::memory_order_relaxed);
  if (!outcome) refused_.fetch_add(1, std::memory_order_relaxed);
  (void)socket_->send(zmq::buffer(reply_to(outcome)), zmq::send_flags::dontwait);
}

Result<void> ZmqIntake::execute(std::string_view text, std::string client) {
  auto command = parse_command(text);
  if (!command) return std::unexpected(command.error());
  command->client = std::move(client);
  return handler_(*command);
}

}  // namespace apiforge::events
