// ZmqIntake: takes commands of other programs on a REP socket, one after the other, on a thread of
// its own, and answers each. What a command does is up to the function it is given, which runs on
// that thread and may block it; others wait meanwhile, in bounded queues. Owned by the application.
#pragma once
#include <atomic>
#include <functional>
#include <thread>

#include "events/zmq/command.hpp"
#include "events/zmq/zmq_context.hpp"

namespace apiforge::events {

struct IntakeOptions {
  std::string host = "127.0.0.1";  ///< an IP address
  std::uint16_t port = 5'556;      ///< 0: any free one
  int high_water_mark = 100;       ///< commands that wait for each client
};

class ZmqIntake {
 public:
  using Handler = std::function<Result<void>(const Command&)>;

  /// InvalidConfiguration when the address cannot be listened on.
  static Result<std::unique_ptr<ZmqIntake>> open(ZmqContext& context, const IntakeOptions& options,
                                                 Handler handler);
  /// Waits for the command under way.
  ~ZmqIntake();
  ZmqIntake(const ZmqIntake&) = delete;
  ZmqIntake& operator=(const ZmqIntake&) = delete;

  const std::string& endpoint() const { return endpoint_; }
  std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }
  /// Of those, how many were malformed or refused by the handler.
  std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  ZmqIntake(ZmqContext::Bound bound, Handler handler, int wake);
  void run();
  void answer();
  Result<void> execute(std::string_view text, std::string client);

  const Handler handler_;
  const std::string endpoint_;
  std::unique_ptr<zmq::socket_t> socket_;  ///< of the thread
  const int wake_;                         ///< an eventfd: readable when it is time to end
  std::atomic<std::uint64_t> taken_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::thread thread_;  // last: it uses all the others
};

}  // namespace apiforge::events
