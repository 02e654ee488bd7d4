#include "app/server.hpp"

#include <algorithm>
#include <csignal>
#include <latch>

#include "app/address_rule.hpp"
#include "app/version.hpp"
#include "base/random.hpp"
#include "net/hop.hpp"

namespace apiforge::app {
namespace {

constexpr std::chrono::milliseconds kWatchInterval{500};
constexpr std::chrono::milliseconds kDrainPoll{50};
/// Events wait so long at most until they are passed on.
constexpr std::chrono::milliseconds kEventTick{50};

}  // namespace

Server::Server(const Settings& settings, Preparation& prepared, const Clock& clock)
    : settings_(settings),
      connectors_(prepared.connectors),
      source_(*prepared.source),
      clock_(clock),
      started_(clock.now()),
      node_(std::to_string(system_seed())),
      control_(clock, system_seed()),
      metrics_({.version = kVersion, .compiler = kCompiler}, clock.wall()),
      endpoints_(metrics_, [this] { return health(); }, [this] { return is_ready(); }) {
  metrics_.add_source([this](auto& readings) { add_readings(readings); });
}

Server::~Server() {
  // A command must find the Server whole.
  if (outlets_) outlets_->release();
}

// ------------------------------------------------------------------------------------------- start

Result<void> Server::open_log() {
  observe::LogSettings log;
  log.level = settings_.log.level;
  log.format = settings_.log.format;
  log.file = {.path = settings_.log.file,
              .max_bytes = settings_.log.max_bytes,
              .max_files = settings_.log.max_files};
  log.echo = settings_.process.environment == Environment::Development && settings_.process.debug;
  auto sink = observe::LogSink::open(log, clock_);
  if (!sink) return std::unexpected(sink.error());
  log_sink_ = *std::move(sink);
  log_ = std::make_unique<observe::Log>(log_sink_->log("SERVER"));
  return {};
}

Result<std::vector<int>> Server::listening_sockets() {
  const std::string path = net::handover_path(settings_.storage.data_dir, settings_.listen.port);
  std::vector<int> sockets;
  if (settings_.listen.port != 0) sockets = net::take_over(path);
  if (!sockets.empty()) {
    log_->info("took over the listening sockets of another process");
    return sockets;
  }
  return net::open_listening_sockets({settings_.listen.host, settings_.listen.port},
                                     settings_.process.workers);
}

Result<void> Server::start() {
  if (auto opened = open_log(); !opened) return opened;
  std::shared_ptr<net::TlsServerContext> tls;
  if (!settings_.listen.tls_cert_file.empty()) {
    auto loaded =
        net::TlsServerContext::load(settings_.listen.tls_cert_file, settings_.listen.tls_key_file);
    if (!loaded) return std::unexpected(loaded.error());
    tls = *std::move(loaded);
    certificate_ = stamp_of(settings_.listen.tls_cert_file);
  }
  snapshots_ =
      std::make_unique<SnapshotPublisher>(connectors_, *log_, settings_.limits.default_rate,
                                          [this](const auto& snapshot) { deliver(snapshot); });
  if (auto declared = snapshots_->declare(source_.current()); !declared) return declared;
  if (auto opened = open_control_plane(); !opened) return opened;
  if (auto opened = open_quota_plane(); !opened) return opened;
  control_plane_->trust_issuers(source_.current()->token_issuers);
  auto sockets = listening_sockets();
  if (!sockets) return std::unexpected(sockets.error());
  port_ = net::bound_port(sockets->front());
  log_thread_ = std::make_unique<observe::LogThread>(*log_sink_);
  start_workers(*sockets, tls);
  health_checker_ = std::make_unique<gateway::HealthChecker>(
      control_, [this](const std::string& ip) { return may_connect(settings_.network, ip); },
      [this](const gateway::HealthChange& change) { log_health_change(change); });
  health_checker_->configure(snapshots_->current());
  control_plane_->start();
  quota_plane_->start();
  alerts_->start();
  outlets_->start([this](const events::Command& command) { return obey(command); });
  net::spawn(pass_events_on());
  signals_ = std::make_unique<net::SignalWatch>(control_, std::vector{SIGTERM, SIGINT, SIGHUP},
                                                [this](int number) { on_signal(number); });
  if (settings_.listen.port != 0) {
    handover_ = net::HandoverServer::start(
        control_, net::handover_path(settings_.storage.data_dir, settings_.listen.port), *sockets);
  }
  net::spawn(watch_files());
  log_->info("serving", {{"host", settings_.listen.host},
                         {"port", std::to_string(port_)},
                         {"workers", std::to_string(workers_.size())},
                         {"version", kVersion}});
  return {};
}

Result<void> Server::open_control_plane() {
  auto opened = ControlPlane::open(
      {.settings = settings_,
       .clock = clock_,
       .control = control_,
       .log = *log_,
       .connectors = connectors_,
       .snapshots = *snapshots_,
       .metrics = metrics_,
       .publish_directory = [this](auto directory) { publish(std::move(directory)); },
       .publish_trust =
           [this](const auth::TokenTrust& trust) {
             for (auto& worker : workers_) worker->publish(trust);
           },
       .health_of_process = [this] { return health_of_process(); },
       .quota = quota_ports(),
       .announce_change =
           [this](std::uint64_t revision) { quota_plane_->announce_change(revision); },
       .store_turned = [this](bool is_back) { tell_of_store("database", is_back); }});
  if (!opened) return std::unexpected(opened.error());
  control_plane_ = *std::move(opened);
  return {};
}

Result<void> Server::open_quota_plane() {
  auto opened =
      QuotaPlane::open({.settings = settings_,
                        .clock = clock_,
                        .control = control_,
                        .pool = control_plane_->pool(),
                        .store = control_plane_->store(),
                        .log = *log_,
                        .node = node_,
                        .on_hint = [this] { control_plane_->look_for_changes(); },
                        .store_turned = [this](bool is_back) { tell_of_store("redis", is_back); }});
  if (!opened) return std::unexpected(opened.error());
  quota_plane_ = *std::move(opened);
  outlets_ = std::make_unique<EventOutlets>(settings_, clock_, node_, *log_);
  alerts_ = std::make_unique<AlertStation>(
      AlertStation::Needs{.settings = settings_,
                          .clock = clock_,
                          .control = control_,
                          .pool = control_plane_->pool(),
                          .store = control_plane_->store(),
                          .log = *log_,
                          .metrics = metrics_,
                          .bus = outlets_->bus(),
                          .node = node_,
                          .snapshot = [this] { return snapshots_->current(); },
                          .declared = [this] { return snapshots_->declared(); },
                          .stored = [this] { return control_plane_->stored(); }});
  return {};
}

// On a thread of the blocking pool. The workers run as long as the pool does.
void Server::publish(std::shared_ptr<const auth::Directory> directory) {
  std::latch in_force(static_cast<std::ptrdiff_t>(workers_.size()));
  for (auto& worker : workers_) worker->publish(directory, [&in_force] { in_force.count_down(); });
  in_force.wait();
}

// On a thread of the blocking pool, or on the control thread for a reload and at the start, when
// there are no workers yet. What the workers had is destroyed here, not on their threads.
void Server::deliver(const std::shared_ptr<const gateway::Snapshot>& snapshot) {
  std::latch in_force(static_cast<std::ptrdiff_t>(workers_.size()));
  for (auto& worker : workers_) {
    worker->publish(snapshot, [&in_force] { in_force.count_down(); });
  }
  in_force.wait();
  if (outlets_) {
    outlets_->bus().publish({.type = events::EventType::ConfigurationChanged,
                             .at = clock_.wall(),
                             .members = {{"revision", std::to_string(snapshot->revision)}}});
  }
  control_.post([this, snapshot] {
    if (health_checker_) health_checker_->configure(snapshot);
  });
}

void Server::start_workers(const std::vector<int>& sockets,
                           std::shared_ptr<net::TlsServerContext> tls) {
  // Sockets that were taken over may be more or fewer than the workers: each is served by someone.
  const std::size_t count =
      std::max<std::size_t>(1, std::min<std::size_t>(settings_.process.workers, sockets.size()));
  const auto caches = std::make_shared<gateway::cache::CacheRing>(count, system_seed());
  const auto report_uses = [this](std::vector<auth::KeyUse> uses) {
    control_plane_->note_key_uses(std::move(uses));
  };
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<int> own;
    for (std::size_t s = i; s < sockets.size(); s += count) own.push_back(sockets[s]);
    workers_.push_back(
        std::make_unique<Worker>(Worker::Needs{.index = i,
                                               .settings = settings_,
                                               .clock = clock_,
                                               .metrics = metrics_,
                                               .log = *log_sink_,
                                               .local = *this,
                                               .hasher = control_plane_->hasher(),
                                               .refusals = control_plane_->refusals(i),
                                               .report_key_uses = report_uses,
                                               .sockets = std::move(own),
                                               .caches = caches,
                                               .counters = quota_plane_->table(),
                                               .durable = quota_plane_->durable(),
                                               .shared = quota_plane_->shared(),
                                               .events = outlets_->bus()}));
  }
  for (auto& worker : workers_) {
    worker->start({.snapshot = snapshots_->current(),
                   .directory = control_plane_->directory(),
                   .trust = control_plane_->trust(),
                   .tls = tls});
  }
}

// --------------------------------------------------------------------------------------------- run

void Server::run() {
  control_.run();
  stopped_ = true;
  health_checker_->stop();
  outlets_->release();
  alerts_->stop();
  quota_plane_->stop();
  control_plane_->stop();
  for (auto& worker : workers_) worker->stop();
  // Replies that the control thread owes to workers are still posted to their loops.
  control_.run_out();
  for (auto& worker : workers_) worker->run_out();
  workers_.clear();
  quota_plane_->give_back_blocks();
  control_.run_out();
  log_->info("stopped");
  log_thread_.reset();
}

void Server::on_signal(int number) {
  if (number == SIGHUP) {
    log_sink_->request_reopen();
    reload_certificate();
    reload();
    return;
  }
  if (draining_) {
    control_.stop();
    return;
  }
  net::spawn(drain());
}

net::Task<void> Server::drain() {
  draining_ = true;
  log_->info("draining", {{"connections", std::to_string(sessions())},
                          {"timeout_ms", std::to_string(settings_.process.drain_timeout.count())}});
  handover_.reset();
  outlets_->release();
  for (auto& worker : workers_) {
    Worker& draining = *worker;
    const auto drain_worker = [&draining] { return draining.drain(); };
    co_await net::run_on(draining.loop(), control_, drain_worker);
  }
  const MonotonicTime deadline = clock_.now() + settings_.process.drain_timeout;
  while (sessions() > 0 && clock_.now() < deadline) {
    co_await control_.sleep_until(clock_.now() + kDrainPoll);
  }
  control_.stop();
}

std::size_t Server::sessions() const {
  std::size_t sum = 0;
  for (const auto& worker : workers_) sum += worker->sessions();
  return sum;
}

net::Task<void> Server::pass_events_on() {
  while (!stopped_) {
    co_await control_.sleep_until(clock_.now() + kEventTick);
    outlets_->drain();
  }
}

// On the control thread, or one of the blocking pool.
void Server::tell_of_store(std::string_view store, bool is_back) {
  outlets_->bus().publish(
      {.type = events::EventType::StoreChanged,
       .at = clock_.wall(),
       .members = {{"store", std::string(store)}, {"state", is_back ? "back" : "away"}}});
}

net::Task<void> Server::watch_files() {
  while (!draining_) {
    co_await control_.sleep_until(clock_.now() + kWatchInterval);
    if (draining_) co_return;
    if (source_.changed()) reload();
    if (stamp_of(settings_.listen.tls_cert_file) != certificate_) reload_certificate();
  }
}

void Server::reload() {
  auto loaded = source_.load();
  if (loaded) {
    const auto declared = snapshots_->declare(*loaded);
    if (!declared) loaded = std::unexpected(ConfigurationSource::Faults{declared.error().detail});
  }
  last_reload_failed_ = !loaded.has_value();
  if (!loaded) {
    log_->error("the configuration is not valid; the one before stays in force",
                {{"faults", std::to_string(loaded.error().size())}});
    for (const std::string& fault : loaded.error()) log_->error(fault);
    return;
  }
  control_plane_->trust_issuers(source_.current()->token_issuers);
  const auto snapshot = snapshots_->current();
  log_->info("configuration reloaded", {{"revision", std::to_string(snapshot->revision)},
                                        {"apis", std::to_string(snapshot->apis.size())}});
}

void Server::reload_certificate() {
  if (settings_.listen.tls_cert_file.empty()) return;
  certificate_ = stamp_of(settings_.listen.tls_cert_file);
  auto loaded =
      net::TlsServerContext::load(settings_.listen.tls_cert_file, settings_.listen.tls_key_file);
  if (!loaded) {
    log_->error("the certificate before stays in use: " + loaded.error().detail);
    return;
  }
  for (auto& worker : workers_) worker->replace_certificate(*loaded);
  log_->info("certificate reloaded");
}

}  // namespace apiforge::app
