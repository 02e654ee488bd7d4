#include "app/quota_plane.hpp"

#include "app/redis_settings.hpp"
#include "quota/block_table.hpp"

namespace apiforge::app {
namespace {

/// So many counters are looked at in each round whether they are idle: all of a million, which have
/// room for half as many more, within a minute.
constexpr std::size_t kSweep = 8'192;
constexpr std::chrono::milliseconds kSweepInterval{200};

}  // namespace

Result<std::unique_ptr<QuotaPlane>> QuotaPlane::open(Needs needs) {
  auto options = redis_options(needs.settings.redis, needs.node);
  if (!options) return std::unexpected(std::move(options.error()));
  std::unique_ptr<QuotaPlane> plane(new QuotaPlane(std::move(needs)));
  if (!*options) return plane;
  auto redis = shared_state::Redis::open(plane->needs_.control, **std::move(options));
  if (!redis) return std::unexpected(std::move(redis.error()));
  plane->redis_ = *std::move(redis);
  plane->ledger_.set_nodes(plane->redis_->counters().nodes());
  net::EventLoop& control = plane->needs_.control;
  plane->leases_ = std::make_unique<quota::SharedLeases>(
      plane->redis_->counters(), plane->needs_.clock,
      [&control](auto work) { control.post(std::move(work)); });
  plane->redis_->hints().listen([plane = plane.get()](std::uint64_t) { plane->needs_.on_hint(); });
  return plane;
}

QuotaPlane::QuotaPlane(Needs needs)
    : needs_(std::move(needs)),
      table_({.callers_max = needs_.settings.limits.limited_callers, .hash_key = {}}),
      ledger_(needs_.store, needs_.clock,
              [this](auto work) { return needs_.pool.post(std::move(work)); }),
      redis_health_{.name = "redis",
                    .status = observe::HealthStatus::Disabled,
                    .required = false,
                    .latency = {}} {}

QuotaPlane::~QuotaPlane() = default;

void QuotaPlane::start() {
  if (redis_) redis_->start();
  net::spawn(tend());
}

net::Task<void> QuotaPlane::tend() {
  while (!stopping_) {
    co_await needs_.control.sleep_until(needs_.clock.now() + kSweepInterval);
    if (stopping_) co_return;
    const MonotonicTime now = needs_.clock.now();
    table_.forget_idle(now, kSweep);
    table_.blocks().forget_idle(now, needs_.clock.wall(), &ledger_, leases_.get());
    if (redis_) look_at_redis();
  }
}

void QuotaPlane::stop() {
  stopping_ = true;
}

void QuotaPlane::give_back_blocks() {
  table_.give_back_blocks(&ledger_, leases_.get());
  ledger_.close();
  leases_.reset();
  redis_.reset();
}

void QuotaPlane::announce_change(std::uint64_t revision) {
  if (!redis_) return;
  needs_.control.post([this, revision] { redis_->hints().announce(revision); });
}

void QuotaPlane::look_at_redis() {
  using observe::HealthStatus;
  ledger_.set_nodes(redis_->counters().nodes());
  const shared_state::RedisHealth now = redis_->health();
  const auto status = now.reachable ? HealthStatus::Ok : HealthStatus::Down;
  // Only this thread writes the status, so that it may read it without the lock.
  const HealthStatus before = redis_health_.status;
  const bool turned = status != before;
  if (turned) {
    needs_.log.write(now.reachable ? observe::LogLevel::Info : observe::LogLevel::Warning,
                     now.reachable ? "Redis answers" : "Redis does not answer",
                     {{"reason", now.last_error}});
  }
  // One that was there from the start has not come back.
  if (turned && (before != HealthStatus::Disabled || !now.reachable)) {
    needs_.store_turned(now.reachable);
  }
  const std::lock_guard lock(health_mutex_);
  redis_health_.status = status;
  redis_health_.detail = now.reachable ? std::string() : now.last_error;
  redis_health_.latency = std::chrono::duration_cast<std::chrono::microseconds>(now.last_latency);
}

observe::ComponentHealth QuotaPlane::health() const {
  const std::lock_guard lock(health_mutex_);
  return redis_health_;
}

observe::ComponentHealth QuotaPlane::counters_health() const {
  const bool full = table_.usage().overflowed > 0;
  return {
      .name = "counters",
      .status = full ? observe::HealthStatus::Degraded : observe::HealthStatus::Ok,
      .detail = full ? "callers share counters for lack of room; raise LIMITED_CALLERS_MAX" : "",
      .latency = {}};
}

void QuotaPlane::add_readings(std::vector<observe::ExtraReading>& readings) const {
  const auto add = [&](std::string name, std::string help, auto value) {
    readings.push_back({std::move(name), std::move(help), {}, static_cast<double>(value)});
  };
  const quota::LimitTable::Usage usage = table_.usage();
  add("apiforge_limit_counters", "Counters of limits in use.", usage.counters + usage.blocks);
  add("apiforge_limit_counters_bytes", "Memory of the counters of limits.", usage.bytes);
  add("apiforge_limit_counters_shared_total",
      "Calls that were counted together with others for lack of room.", usage.overflowed);
  if (!redis_) return;
  const shared_state::RedisHealth redis = redis_->health();
  add("apiforge_redis_reachable", "1 while Redis answers.", redis.reachable ? 1 : 0);
  add("apiforge_redis_commands_total", "Commands for Redis.", redis.commands);
  add("apiforge_redis_timeouts_total", "Commands that Redis did not answer in time.",
      redis.timeouts);
  add("apiforge_redis_errors_total", "Error replies, and commands that were lost.", redis.errors);
  add("apiforge_redis_refused_total", "Commands not sent, for Redis was known to be away.",
      redis.refused);
}

}  // namespace apiforge::app
