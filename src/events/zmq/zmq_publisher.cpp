#include "events/zmq/zmq_publisher.hpp"

#include <pthread.h>

#include <zmq.hpp>

namespace apiforge::events {
namespace {

constexpr std::size_t kMaxSubscriptionBytes = 1'024;  // what subscribers may send

}  // namespace

Result<std::unique_ptr<ZmqPublisher>> ZmqPublisher::open(ZmqContext& context,
                                                         PublisherOptions options,
                                                         WallTime started) {
  auto bound = context.bind(SocketKind::Publisher, {.host = options.host,
                                                    .port = options.port,
                                                    .high_water_mark = options.high_water_mark,
                                                    .max_bytes = kMaxSubscriptionBytes});
  if (!bound) return std::unexpected(bound.error());
  return std::unique_ptr<ZmqPublisher>(
      new ZmqPublisher(*std::move(bound), std::move(options), started));
}

ZmqPublisher::ZmqPublisher(ZmqContext::Bound bound, PublisherOptions options, WallTime started)
    : options_(std::move(options)),
      run_(std::to_string(unix_milliseconds(started))),
      endpoint_(std::move(bound.endpoint)),
      socket_(std::move(bound.socket)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {
  pthread_setname_np(thread_.native_handle(), "apiforge-zmqpub");
}

ZmqPublisher::~ZmqPublisher() {
  thread_.request_stop();
  thread_.join();
}

void ZmqPublisher::publish(Event event) {
  {
    const std::lock_guard lock(mutex_);
    ++last_number_;  // also of one that is dropped, so that subscribers see the gap
    if (waiting_.size() >= options_.max_waiting) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    waiting_.push_back({last_number_, std::move(event)});
  }
  arrived_.notify_one();
}

void ZmqPublisher::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (arrived_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
    const std::deque<Numbered> batch = std::exchange(waiting_, {});
    lock.unlock();
    for (const Numbered& numbered : batch) send(numbered);
    lock.lock();
  }
}

void ZmqPublisher::send(const Numbered& numbered) {
  const std::string payload =
      to_json(numbered.event, run_ + "-" + std::to_string(numbered.number), options_.node);
  try {
    // A PUB socket never blocks: what a subscriber has no room for is dropped for it alone.
    socket_->send(zmq::buffer(name_of(numbered.event.type)), zmq::send_flags::sndmore);
    socket_->send(zmq::buffer(payload), zmq::send_flags::none);
    sent_.fetch_add(1, std::memory_order_relaxed);
  } catch (const zmq::error_t&) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace apiforge::events
