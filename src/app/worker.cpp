#include "app/worker.hpp"

#include "app/address_rule.hpp"
#include "base/random.hpp"

namespace apiforge::app {
namespace {

constexpr std::chrono::milliseconds kTick{200};
constexpr std::chrono::seconds kKeyUseInterval{10};
// A request may be on its way on an idle connection when draining begins; so long it is still
// taken.
constexpr std::chrono::milliseconds kIdleGrace{1'500};

net::Http1ServerOptions http_options(const LimitSettings& limits) {
  net::Http1ServerOptions options;
  options.limits.head_bytes = limits.max_head_bytes;
  options.limits.fields = limits.max_fields;
  options.limits.target_bytes = limits.max_target_bytes;
  options.max_pipelined_requests = limits.max_pipelined_requests;
  options.head_timeout = limits.head_timeout;
  options.idle_timeout = limits.idle_timeout;
  return options;
}

}  // namespace

Worker::Worker(Needs needs)
    : settings_(needs.settings),
      index_(needs.index),
      metrics_(needs.metrics),
      report_key_uses_(std::move(needs.report_key_uses)),
      loop_(needs.clock, system_seed()),
      gateway_settings_{.trusted_proxies = settings_.network.trusted_proxies,
                        .slow_call = settings_.log.slow_call,
                        .max_body_bytes = settings_.limits.max_body_bytes},
      dialer_(loop_, [this](const std::string& ip) { return may_connect(settings_.network, ip); }),
      cells_(needs.metrics.worker(needs.index)),
      call_log_(needs.log.add_writer(cells_)),
      view_({.worker_index = index_,
             .loop = loop_,
             .dialer = dialer_,
             .metrics = metrics_,
             .scratch = upstream_scratch_}),
      cache_(loop_, needs.caches, index_, settings_.limits.cache_bytes / needs.caches->size()),
      limiter_({.table = needs.counters,
                .durable = &needs.durable,
                .shared = needs.shared,
                .post = [this](auto work) { loop_.post(std::move(work)); },
                .now = [this] { return loop_.recent(); }}),
      turns_(loop_, limiter_),
      shedder_({.target = settings_.limits.shedding_target}),
      load_probe_(loop_, shedder_),
      authenticator_(std::move(needs.hasher), {}),
      gateway_(gateway::WorkerContext{.loop = loop_,
                                      .settings = gateway_settings_,
                                      .view = view_,
                                      .cache = cache_,
                                      .local = needs.local,
                                      .authenticator = authenticator_,
                                      .directory = directory_,
                                      .refusals = needs.refusals,
                                      .cells = *cells_,
                                      .call_log = *call_log_,
                                      .limiter = limiter_,
                                      .turns = turns_,
                                      .shedder = shedder_,
                                      .load_probe = load_probe_,
                                      .events = &needs.events,
                                      .fields = {}}),
      http_(loop_, gateway_, http_options(settings_.limits), [this] { --connections_.open; }) {
  connections_.max = settings_.limits.max_connections;
  net::ListenerOptions options;
  options.handshake_timeout = settings_.limits.head_timeout;
  for (const int socket : needs.sockets) {
    listeners_.push_back(std::make_unique<net::Listener>(
        loop_, socket, options, connections_, [this](net::ConnectionPtr connection, bool tls) {
          http_.serve(std::move(connection), tls);
        }));
  }
}

Worker::~Worker() {
  stop();
}

void Worker::start(State state) {
  apply(std::move(state.snapshot));
  directory_ = std::move(state.directory);
  authenticator_.trust(std::move(state.trust));
  for (auto& listener : listeners_) {
    listener->set_tls(state.tls);
    listener->start();
  }
  net::spawn(tick());
  thread_ = std::thread([this] { loop_.run(); });
}

void Worker::apply(std::shared_ptr<const gateway::Snapshot> snapshot) {
  limiter_.use(snapshot->limits);
  view_.apply(std::move(snapshot));
}

void Worker::publish(std::shared_ptr<const gateway::Snapshot> snapshot,
                     std::move_only_function<void()> done) {
  loop_.post([this, snapshot = std::move(snapshot), done = std::move(done)]() mutable {
    apply(std::move(snapshot));
    done();
  });
}

void Worker::publish(std::shared_ptr<const auth::Directory> directory,
                     std::move_only_function<void()> done) {
  loop_.post([this, directory = std::move(directory), done = std::move(done)]() mutable {
    directory_.swap(directory);
    done();
  });
}

void Worker::publish(auth::TokenTrust trust) {
  loop_.post(
      [this, trust = std::move(trust)]() mutable { authenticator_.trust(std::move(trust)); });
}

void Worker::replace_certificate(std::shared_ptr<net::TlsServerContext> tls) {
  loop_.post([this, tls = std::move(tls)] {
    for (auto& listener : listeners_) listener->set_tls(tls);
  });
}

net::Task<void> Worker::tick() {
  while (!stopping_) {
    const MonotonicTime due = loop_.now() + kTick;
    co_await loop_.sleep_until(due);
    cells_->loop_lag_ns.set((loop_.now() - due).count());
    publish_gauges();
    cache_.tend();
    turns_.tend();
    call_log_->flush();
    if (due >= next_report_) {
      next_report_ = due + kKeyUseInterval;
      report_key_uses_(authenticator_.take_uses());
    }
  }
}

void Worker::publish_gauges() {
  const MonotonicTime now = loop_.now();
  view_.publish_gauges(now);
  cells_->connections_open.set(static_cast<std::int64_t>(connections_.open));
  cells_->connections_accepted.add(connections_.accepted - cells_->connections_accepted.value());
  cells_->connections_refused.add(connections_.refused - cells_->connections_refused.value());
  sessions_.store(http_.sessions(), std::memory_order_relaxed);
}

std::size_t Worker::drain() {
  for (auto& listener : listeners_) listener->stop();
  http_.drain(kIdleGrace);
  publish_gauges();
  return http_.sessions();
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
  stopping_ = true;
  for (auto& listener : listeners_) listener->stop();
  http_.close_all();
  loop_.run_out();
  call_log_->flush();
}

}  // namespace apiforge::app
