#include "shared_state/redis/redis.hpp"

#include <utility>

#include "net/dialer.hpp"
#include "net/event_loop.hpp"
#include "net/tls_context.hpp"
#include "shared_state/redis/redis_counters.hpp"
#include "shared_state/redis/redis_hints.hpp"
#include "shared_state/redis/redis_routes.hpp"

namespace apiforge::shared_state {

struct Redis::State {
  State(net::EventLoop& event_loop, const RedisOptions& options, const RedisLinkConfig& config)
      : loop(event_loop),
        dialer(event_loop, [](const std::string&) { return true; }),
        routes(event_loop, dialer, config),
        counters(event_loop, routes, options),
        hints(event_loop, dialer, routes, config, options) {}

  static net::Task<void> beat(std::shared_ptr<State> state);

  net::EventLoop& loop;
  net::Dialer dialer;  ///< the operator named the server, so any address will do
  RedisRoutes routes;
  RedisCounters counters;
  RedisHints hints;
  bool is_closed = false;
};

net::Task<void> Redis::State::beat(std::shared_ptr<State> state) {
  while (!state->is_closed) {
    state->counters.beat();
    state->hints.beat();
    co_await state->loop.sleep_until(state->loop.now() + RedisCounters::kBeatInterval);
  }
}

Result<std::unique_ptr<Redis>> Redis::open(net::EventLoop& loop, RedisOptions options) {
  RedisLinkConfig config{.address = {options.host, options.port},
                         .tls = nullptr,
                         .user = options.user,
                         .password = options.password,
                         .database = options.database,
                         .channel = {}};
  if (options.tls) {
    auto tls = net::TlsClientContext::load({.ca_file = options.ca_file});
    if (!tls) return std::unexpected(std::move(tls.error()));
    config.tls = *std::move(tls);
  }
  return std::unique_ptr<Redis>(new Redis(std::make_shared<State>(loop, options, config)));
}

Redis::Redis(std::shared_ptr<State> state) : state_(std::move(state)) {}

Redis::~Redis() {
  state_->is_closed = true;
  state_->hints.close();
  state_->routes.close();
}

void Redis::start() {
  net::spawn(State::beat(state_));
}

SharedCounters& Redis::counters() {
  return state_->counters;
}

ChangeHints& Redis::hints() {
  return state_->hints;
}

RedisHealth Redis::health() const {
  const RedisLinkReading reading = state_->routes.reading();
  return {.reachable = state_->counters.reachable(),
          .last_latency = reading.last_latency,
          .last_error = reading.last_error,
          .commands = reading.commands,
          .timeouts = reading.timeouts,
          .errors = reading.errors,
          .refused = reading.refused};
}

}  // namespace apiforge::shared_state
