// What the tests of sockets share: a context, clients with and without keys, and waits with an end.
// One thread; owned by the test.
#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "events/zmq/zmq_context.hpp"

namespace apiforge::events {

inline constexpr std::chrono::seconds kPatience{20};

/// A socket of another program.
class ZmqClient {
 public:
  ZmqClient(zmq::socket_type type, const std::string& endpoint,
            const std::optional<CurveKeyPair>& own = {}, const std::string& server = {})
      : socket_(context_, type) {
    socket_.set(zmq::sockopt::linger, 0);
    socket_.set(zmq::sockopt::sndtimeo, 0);
    if (type == zmq::socket_type::sub) socket_.set(zmq::sockopt::rcvhwm, 1'000'000);
    if (own) {
      socket_.set(zmq::sockopt::curve_publickey, own->public_key);
      socket_.set(zmq::sockopt::curve_secretkey, own->secret_key.reveal());
      socket_.set(zmq::sockopt::curve_serverkey, server);
    }
    socket_.connect(endpoint);
  }

  void subscribe(const std::string& topic) { socket_.set(zmq::sockopt::subscribe, topic); }
  void send(const std::vector<std::string>& frames) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto flag = i + 1 < frames.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
      socket_.send(zmq::buffer(frames[i]), flag);
    }
  }
  /// The frames of the next message; none when there is none for so long.
  std::vector<std::string> receive(std::chrono::milliseconds patience = kPatience) {
    socket_.set(zmq::sockopt::rcvtimeo, static_cast<int>(patience.count()));
    std::vector<std::string> frames;
    zmq::message_t frame;
    do {
      if (!socket_.recv(frame)) return {};
      frames.push_back(frame.to_string());
    } while (frame.more());
    return frames;
  }

 private:
  zmq::context_t context_{1};
  zmq::socket_t socket_;
};

class ZmqTest : public testing::Test {
 protected:
  void given_an_open_context() { context_ = *ZmqContext::open({}); }
  /// A server key, and the clients that may come.
  void given_an_encrypted_context(const std::vector<CurveKeyPair>& clients) {
    server_ = *make_curve_key_pair();
    CurveSettings settings{.secret_key = server_.secret_key};
    for (const CurveKeyPair& client : clients) settings.client_keys.push_back(client.public_key);
    context_ = *ZmqContext::open(*read_curve_keys(settings));
  }

  CurveKeyPair server_;
  std::unique_ptr<ZmqContext> context_;
};

}  // namespace apiforge::events
