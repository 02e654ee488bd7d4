#include "net/signals.hpp"

#include <boost/asio/signal_set.hpp>

#include "net/detail/native_loop.hpp"

namespace apiforge::net {

struct SignalWatch::State : std::enable_shared_from_this<State> {
  State(EventLoop& loop, std::function<void(int)> handler)
      : on_signal(std::move(handler)), signals(loop.native().context) {}

  void wait() {
    signals.async_wait(
        [self = shared_from_this()](const boost::system::error_code& error, int number) {
          if (error) return;
          self->on_signal(number);
          self->wait();
        });
  }

  std::function<void(int)> on_signal;
  detail::asio::basic_signal_set<detail::Executor> signals;
};

SignalWatch::SignalWatch(EventLoop& loop, const std::vector<int>& signals,
                         std::function<void(int)> on_signal)
    : state_(std::make_shared<State>(loop, std::move(on_signal))) {
  for (const int number : signals) state_->signals.add(number);
  state_->wait();
}

SignalWatch::~SignalWatch() {
  state_->signals.cancel();
}

}  // namespace apiforge::net
