// ZmqPublisher: tells other programs of events, on a PUB socket: a frame with the type's name,
// which is the topic, and one with the JSON. `publish` may be called from any thread but a worker:
// it takes a short lock. Sending is up to a thread of its own. Nobody ever waits for a subscriber:
// what a slow one cannot take is lost for it. Owned by the application.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "events/event_bus.hpp"
#include "events/zmq/zmq_context.hpp"

namespace apiforge::events {

struct PublisherOptions {
  std::string host = "127.0.0.1";    ///< an IP address
  std::uint16_t port = 5'555;        ///< 0: any free one
  std::string node{};                ///< who tells
  int high_water_mark = 10'000;      ///< messages kept for each subscriber
  std::size_t max_waiting = 10'000;  ///< events that wait for the thread
};

class ZmqPublisher final : public EventBus {
 public:
  /// `started` is when this process began: with it the ids of events never repeat.
  /// InvalidConfiguration when the address cannot be listened on.
  static Result<std::unique_ptr<ZmqPublisher>> open(ZmqContext& context, PublisherOptions options,
                                                    WallTime started);
  /// Sends what waits, without waiting for subscribers.
  ~ZmqPublisher() override;
  ZmqPublisher(const ZmqPublisher&) = delete;
  ZmqPublisher& operator=(const ZmqPublisher&) = delete;

  void publish(Event event) override;
  std::uint64_t dropped() const override { return dropped_.load(std::memory_order_relaxed); }
  /// Handed to libzmq, whether somebody listens or not.
  std::uint64_t sent() const { return sent_.load(std::memory_order_relaxed); }
  const std::string& endpoint() const { return endpoint_; }

 private:
  struct Numbered {
    std::uint64_t number = 0;
    Event event{};
  };

  ZmqPublisher(ZmqContext::Bound bound, PublisherOptions options, WallTime started);
  void run(const std::stop_token& stop);
  void send(const Numbered& numbered);

  const PublisherOptions options_;
  const std::string run_;  ///< the first part of ids
  const std::string endpoint_;
  std::unique_ptr<zmq::socket_t> socket_;  ///< of the thread
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> sent_{0};
  std::mutex mutex_;  ///< guards the two below
  std::deque<Numbered> waiting_;
  std::uint64_t last_number_ = 0;
  std::condition_variable_any arrived_;
  std::jthread thread_;  // last: it uses all the others
};

}  // namespace apiforge::events
