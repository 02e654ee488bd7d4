// Worker: one thread with its event loop, listening sockets, upstream connections and metric cells.
// It shares nothing with other workers. Made, started and stopped by the Server on the control
// thread.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/settings.hpp"
#include "auth/audit/refusal_queue.hpp"
#include "auth/authenticator.hpp"
#include "events/event_bus.hpp"
#include "gateway/gateway.hpp"
#include "net/dialer.hpp"
#include "net/http1_server.hpp"
#include "net/listener.hpp"
#include "observe/log_sink.hpp"
#include "observe/metrics_registry.hpp"
#include "quota/limiter.hpp"

namespace apiforge::app {

class Worker {
 public:
  struct Needs {
    std::size_t index;
    const Settings& settings;
    const Clock& clock;
    observe::MetricsRegistry& metrics;
    observe::LogSink& log;
    gateway::LocalEndpoints& local;
    std::shared_ptr<const auth::CredentialHasher> hasher;
    auth::RefusalQueue& refusals;
    std::function<void(std::vector<auth::KeyUse>)> report_key_uses;  ///< called now and then
    std::vector<int> sockets;                                        ///< listening; taken over
    std::shared_ptr<gateway::cache::CacheRing> caches;               ///< of all workers
    quota::LimitTable& counters;
    quota::BlockSource& durable;
    quota::BlockSource* shared;  ///< null: rates are this process's own
    events::EventBus& events;
  };
  /// What is in force when it starts.
  struct State {
    std::shared_ptr<const gateway::Snapshot> snapshot;
    std::shared_ptr<const auth::Directory> directory;
    auth::TokenTrust trust;
    std::shared_ptr<net::TlsServerContext> tls;  ///< null for plain HTTP
  };
  explicit Worker(Needs needs);
  ~Worker();

  void start(State state);
  /// Puts a Snapshot in force for the calls that come from now on. `done` runs on the worker. The
  /// one before must be kept until then: to destroy it takes long.
  void publish(std::shared_ptr<const gateway::Snapshot> snapshot,
               std::move_only_function<void()> done);
  /// The same for who may call.
  void publish(std::shared_ptr<const auth::Directory> directory,
               std::move_only_function<void()> done);
  /// From now on tokens are verified with these keys.
  void publish(auth::TokenTrust trust);
  void replace_certificate(std::shared_ptr<net::TlsServerContext> tls);
  /// On the worker's thread: stops accepting and lets calls finish. Returns the open connections.
  std::size_t drain();
  /// Cuts what is left and ends the thread. What other threads still post to the loop waits for
  /// `run_out`.
  void stop();
  /// After `stop`: brings what waits on the loop to its end, on the calling thread.
  void run_out() { loop_.run_out(); }

  net::EventLoop& loop() { return loop_; }
  /// On the worker's thread.
  quota::Limiter& limiter() { return limiter_; }
  void set_turn_clock() { turns_.set(); }
  std::size_t sessions() const { return sessions_.load(std::memory_order_relaxed); }

 private:
  net::Task<void> tick();
  void publish_gauges();
  void apply(std::shared_ptr<const gateway::Snapshot> snapshot);

  const Settings& settings_;
  std::size_t index_;
  observe::MetricsRegistry& metrics_;
  std::function<void(std::vector<auth::KeyUse>)> report_key_uses_;
  MonotonicTime next_report_{};
  net::EventLoop loop_;
  gateway::GatewaySettings gateway_settings_;
  net::Dialer dialer_;
  std::shared_ptr<observe::WorkerCells> cells_;
  std::shared_ptr<observe::CallLogWriter> call_log_;
  std::string upstream_scratch_;
  gateway::WorkerView view_;
  gateway::cache::WorkerCache cache_;  // the calls refer to it
  quota::Limiter limiter_;             // the calls hold of it
  gateway::TurnClock turns_;
  policy::LoadShedder shedder_;
  gateway::LoadProbe load_probe_;
  auth::Authenticator authenticator_;
  std::shared_ptr<const auth::Directory> directory_;
  gateway::Gateway gateway_;
  net::Http1Server http_;
  net::ConnectionBudget connections_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::atomic<std::size_t> sessions_ = 0;
  bool stopping_ = false;  // the loop's thread only
  std::thread thread_;
};

}  // namespace apiforge::app
