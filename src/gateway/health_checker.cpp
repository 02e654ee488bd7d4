#include "gateway/health_checker.hpp"

#include <deque>
#include <unordered_map>

#include "gateway/endpoint_probe.hpp"
#include "net/event_loop.hpp"
#include "policy/active_health.hpp"

namespace apiforge::gateway {

/// One endpoint that is checked. Checks under way hold it.
class HealthChecker::Target final : public std::enable_shared_from_this<Target>,
                                    private net::Timer::Owner {
 public:
  Target(State& state, std::shared_ptr<const CompiledApi> api, const CompiledEndpoint& endpoint);

  /// The Api was compiled anew; endpoint and check are the same.
  void renew(std::shared_ptr<const CompiledApi> api, const CompiledEndpoint& endpoint);
  void schedule() { timer_.set(machine_.next_check()); }
  /// Leaves it without further checks; one under way counts for nothing.
  void retire();
  bool is_up() const { return machine_.is_up(); }

  net::Task<void> check(std::shared_ptr<State> state);

 private:
  void on_deadline(net::Timer&) override;
  void take_in(State& state, MonotonicTime begun, const Result<void>& result);

  State& state_;  ///< outlives it unless it is retired
  std::shared_ptr<const CompiledApi> api_;
  std::string url_;
  std::shared_ptr<EndpointHealth> health_;
  std::shared_ptr<const EndpointProbe> probe_;
  policy::ActiveHealth machine_;
  net::Timer timer_;
  bool retired_ = false;
};

struct HealthChecker::State : std::enable_shared_from_this<State> {
  State(net::EventLoop& control, net::Dialer::AddressRule allowed, OnChange heard)
      : loop(control), dialer(control, std::move(allowed)), on_change(std::move(heard)) {}

  void begin(const std::shared_ptr<Target>& target);
  void begin_waiting();

  net::EventLoop& loop;
  net::Dialer dialer;
  OnChange on_change;
  std::size_t under_way = 0;
  bool beginning = false;
  std::deque<std::weak_ptr<Target>> waiting;  ///< each target once at most
  std::unordered_map<const EndpointHealth*, std::shared_ptr<Target>> targets;
};

HealthChecker::Target::Target(State& state, std::shared_ptr<const CompiledApi> api,
                              const CompiledEndpoint& endpoint)
    : state_(state),
      api_(std::move(api)),
      url_(endpoint.url),
      health_(endpoint.health),
      probe_(std::make_shared<const EndpointProbe>(make_probe(*api_, endpoint))),
      machine_(probe_->check, state.loop.now(), health_->is_up()),
      timer_(state.loop.timers(), *this) {}

void HealthChecker::Target::renew(std::shared_ptr<const CompiledApi> api,
                                  const CompiledEndpoint& endpoint) {
  if (api == api_) return;
  api_ = std::move(api);
  probe_ = std::make_shared<const EndpointProbe>(make_probe(*api_, endpoint));
}

void HealthChecker::Target::retire() {
  retired_ = true;
  timer_.clear();
}

void HealthChecker::Target::on_deadline(net::Timer&) {
  if (!retired_) state_.begin(shared_from_this());
}

net::Task<void> HealthChecker::Target::check(std::shared_ptr<State> state) {
  // The map may let go of this object meanwhile.
  const auto self = shared_from_this();
  const MonotonicTime begun = state->loop.now();
  ++state->under_way;
  const auto result = co_await run_probe(state->loop, state->dialer, probe_);
  --state->under_way;
  if (!retired_) take_in(*state, begun, result);
  state->begin_waiting();
}

void HealthChecker::Target::take_in(State& state, MonotonicTime begun, const Result<void>& result) {
  const auto turn = machine_.update(begun, result.has_value(), state.loop.random());
  schedule();
  if (!turn) return;
  health_->change(machine_.is_up(), state.loop.now());
  if (!state.on_change) return;
  state.on_change({.tenant = api_->config.tenant.value,
                   .api = api_->config.name,
                   .version = api_->config.version,
                   .url = url_,
                   .up = machine_.is_up(),
                   .reason = result ? std::string() : result.error().detail});
}

void HealthChecker::State::begin(const std::shared_ptr<Target>& target) {
  waiting.push_back(target);
  begin_waiting();
}

void HealthChecker::State::begin_waiting() {
  // A check that fails at once comes here again: this loop goes on with the next, not deeper.
  if (std::exchange(beginning, true)) return;
  const auto self = shared_from_this();
  while (!waiting.empty() && under_way < kMaxAtOnce) {
    const auto target = waiting.front().lock();
    waiting.pop_front();
    if (target) net::spawn(target->check(self));
  }
  beginning = false;
}

HealthChecker::HealthChecker(net::EventLoop& control, net::Dialer::AddressRule allowed,
                             OnChange on_change)
    : state_(std::make_shared<State>(control, std::move(allowed), std::move(on_change))) {}

HealthChecker::~HealthChecker() {
  stop();
}

void HealthChecker::configure(const std::shared_ptr<const Snapshot>& snapshot) {
  auto before = std::move(state_->targets);
  state_->targets.clear();
  for (const auto& api : snapshot->apis) {
    for (const CompiledEndpoint& endpoint : api->endpoints) {
      if (!endpoint.health || state_->targets.contains(endpoint.health.get())) continue;
      if (const auto known = before.find(endpoint.health.get()); known != before.end()) {
        known->second->renew(api, endpoint);
        state_->targets.insert(before.extract(known));
        continue;
      }
      auto target = std::make_shared<Target>(*state_, api, endpoint);
      target->schedule();
      state_->targets.emplace(endpoint.health.get(), std::move(target));
    }
  }
  for (const auto& [health, target] : before) target->retire();
}

void HealthChecker::stop() {
  for (const auto& [health, target] : state_->targets) target->retire();
  state_->targets.clear();
  state_->waiting.clear();
}

HealthChecker::Counts HealthChecker::counts() const {
  Counts counts{.checked = state_->targets.size()};
  for (const auto& [health, target] : state_->targets) counts.down += target->is_up() ? 0 : 1;
  return counts;
}

}  // namespace apiforge::gateway
