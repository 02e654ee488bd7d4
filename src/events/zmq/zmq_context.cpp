#include "events/zmq/zmq_context.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <zmq.hpp>

namespace apiforge::events {
namespace {

namespace opt = zmq::sockopt;

constexpr const char* kAdmissionEndpoint = "inproc://zeromq.zap.01";  // ZAP knows this name only
constexpr std::string_view kDomain = "apiforge";
constexpr std::size_t kRawKeyBytes = 32;
constexpr std::chrono::milliseconds kHeartbeat{
    15'000};  // so that peers that vanished are forgotten
constexpr std::chrono::milliseconds kHeartbeatPatience{45'000};

/// A question of ZAP: version, request id, domain, address, identity, mechanism, credentials.
enum QuestionFrame : std::uint8_t {
  Version,
  RequestId,
  Mechanism = 5,
  Credentials = 6,
  Frames = 7
};

int native_type(SocketKind kind) {
  return kind == SocketKind::Publisher ? ZMQ_PUB : ZMQ_REP;
}

std::string address_of(const Binding& binding) {
  const bool is_v6 = binding.host.contains(':');
  const std::string host = is_v6 ? "[" + binding.host + "]" : binding.host;
  return "tcp://" + host + ":" + (binding.port == 0 ? "*" : std::to_string(binding.port));
}

/// The client's public key in Z85; empty when the question is not about CURVE.
std::string client_of(const std::vector<std::string>& question) {
  if (question.size() != Frames || question[Mechanism] != "CURVE") return {};
  const std::string& raw = question[Credentials];
  if (raw.size() != kRawKeyBytes) return {};
  std::array<char, kCurveKeyLength + 1> text{};
  zmq_z85_encode(text.data(), reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size());
  return {text.data(), kCurveKeyLength};
}

std::vector<std::string> receive(zmq::socket_t& socket) {
  std::vector<std::string> frames;
  zmq::message_t frame;
  do {
    (void)socket.recv(frame);
    frames.push_back(frame.to_string());
  } while (frame.more());
  return frames;
}

void send(zmq::socket_t& socket, const std::vector<std::string>& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const bool is_last = i + 1 == frames.size();
    socket.send(zmq::buffer(frames[i]), is_last ? zmq::send_flags::none : zmq::send_flags::sndmore);
  }
}

void prepare(zmq::socket_t& socket, const Binding& binding, const std::optional<CurveKeys>& keys) {
  socket.set(opt::linger, 0);
  socket.set(opt::sndhwm, std::max(1, binding.high_water_mark));
  socket.set(opt::rcvhwm, std::max(1, binding.high_water_mark));
  socket.set(opt::maxmsgsize, static_cast<std::int64_t>(binding.max_bytes));
  socket.set(opt::heartbeat_ivl, static_cast<int>(kHeartbeat.count()));
  socket.set(opt::heartbeat_timeout, static_cast<int>(kHeartbeatPatience.count()));
  socket.set(opt::ipv6, binding.host.contains(':'));
  if (!keys) return;
  socket.set(opt::curve_server, true);
  socket.set(opt::curve_secretkey, keys->secret_key.reveal());
  // With a domain libzmq lets nobody in unless somebody answers for it.
  socket.set(opt::zap_domain, kDomain);
}

}  // namespace

ZmqContext::ZmqContext(std::optional<CurveKeys> keys)
    : keys_(std::move(keys)), context_(std::make_unique<zmq::context_t>(1)) {}

ZmqContext::~ZmqContext() {
  context_->shutdown();  // ends the wait for questions
  if (admission_.joinable()) admission_.join();
}

Result<std::unique_ptr<ZmqContext>> ZmqContext::open(std::optional<CurveKeys> keys) {
  try {
    std::unique_ptr<ZmqContext> made(new ZmqContext(std::move(keys)));
    if (!made->keys_) return made;
    auto questions = std::make_unique<zmq::socket_t>(*made->context_, ZMQ_REP);
    questions->set(opt::linger, 0);
    questions->bind(kAdmissionEndpoint);
    made->admission_ = std::thread(&ZmqContext::admit_clients, made.get(), std::move(questions));
    return made;
  } catch (const zmq::error_t& error) {
    return fail(ErrorCode::InvalidConfiguration, "ZeroMQ could not be started", error.what());
  }
}

Result<ZmqContext::Bound> ZmqContext::bind(SocketKind kind, const Binding& binding) {
  try {
    Bound bound{std::make_unique<zmq::socket_t>(*context_, native_type(kind)), {}};
    prepare(*bound.socket, binding, keys_);
    bound.socket->bind(address_of(binding));
    bound.endpoint = bound.socket->get(opt::last_endpoint);
    return bound;
  } catch (const zmq::error_t& error) {
    return fail(ErrorCode::InvalidConfiguration,
                "ZeroMQ cannot listen on " + address_of(binding) + ": " + error.what());
  }
}

void ZmqContext::admit_clients(std::unique_ptr<zmq::socket_t> questions) const {
  pthread_setname_np(pthread_self(), "apiforge-zap");
  while (true) {
    try {
      const std::vector<std::string> question = receive(*questions);
      const std::string client = client_of(question);
      const bool known = std::ranges::binary_search(keys_->clients, client);
      const std::string id = question.size() > RequestId ? question[RequestId] : std::string();
      send(*questions, {"1.0", id, known ? "200" : "400", known ? "OK" : "not a known client",
                        known ? client : std::string(), std::string()});
    } catch (const zmq::error_t& error) {
      if (error.num() != EINTR) return;  // the context was shut down
    }
  }
}

}  // namespace apiforge::events
