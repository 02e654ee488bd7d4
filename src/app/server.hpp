// Server: the running process. It makes everything, in order, and takes it down in reverse. Lives
// on the main thread, which is the control thread.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "admin/system_endpoints.hpp"
#include "app/alert_station.hpp"
#include "app/control_plane.hpp"
#include "app/event_outlets.hpp"
#include "app/preparation.hpp"
#include "app/quota_plane.hpp"
#include "app/settings.hpp"
#include "app/snapshot_publisher.hpp"
#include "app/worker.hpp"
#include "gateway/health_checker.hpp"
#include "net/event_loop.hpp"
#include "net/handover.hpp"
#include "net/signals.hpp"
#include "observe/log_thread.hpp"

namespace apiforge::app {

class Server final : private gateway::LocalEndpoints {
 public:
  /// `settings` and `prepared` must outlive the server.
  Server(const Settings& settings, Preparation& prepared, const Clock& clock);
  ~Server();

  /// Opens the log and the listening sockets and starts the workers. InvalidConfiguration names the
  /// setting that is wrong.
  Result<void> start();
  /// Serves until SIGTERM or SIGINT and then drains; a second one ends at once.
  void run();
  std::uint16_t port() const { return port_; }

 private:
  bool owns(std::string_view path) const override;
  net::Task<gateway::LocalReply> answer(gateway::LocalRequest request) override;

  Result<void> open_log();
  Result<void> open_control_plane();
  Result<void> open_quota_plane();
  admin::QuotaPorts quota_ports();
  admin::LimitsReading read_limits(const admin::LimitsQuery& query);
  void add_sheds(const gateway::Snapshot& snapshot, std::vector<admin::ShedReading>& sheds);
  observe::HealthReport quota_health() const;
  Result<void> obey(const events::Command& command);
  Result<void> note(const events::Command& command);
  Result<void> silence(const events::Command& command);
  Result<void> move_breakers(const events::Command& command);
  Result<std::vector<int>> listening_sockets();
  void start_workers(const std::vector<int>& sockets, std::shared_ptr<net::TlsServerContext> tls);
  void publish(std::shared_ptr<const auth::Directory> directory);
  void deliver(const std::shared_ptr<const gateway::Snapshot>& snapshot);
  net::Task<gateway::LocalReply> answer_for_system(gateway::LocalRequest request);
  net::Task<gateway::LocalReply> answer_for_control(gateway::LocalRequest request);
  void log_health_change(const gateway::HealthChange& change);
  void log_failure(const admin::ControlRequest& request, const admin::ControlReply& reply);
  net::EventLoop& current_loop();
  void on_signal(int number);
  void reload();
  void reload_certificate();
  net::Task<void> watch_files();
  net::Task<void> pass_events_on();
  void tell_of_store(std::string_view store, bool is_back);
  net::Task<void> drain();
  std::size_t sessions() const;
  observe::HealthReport health_of_process() const;
  observe::HealthReport health() const;
  bool is_ready() const;
  void add_readings(std::vector<observe::ExtraReading>& readings) const;

  const Settings& settings_;
  const std::vector<gateway::ConnectorEntry>& connectors_;
  ConfigurationSource& source_;
  const Clock& clock_;
  MonotonicTime started_;
  std::string node_;  ///< tells this process from others
  net::EventLoop control_;
  observe::MetricsRegistry metrics_;
  std::unique_ptr<observe::LogSink> log_sink_;
  std::unique_ptr<observe::Log> log_;
  admin::SystemEndpoints endpoints_;
  std::unique_ptr<observe::LogThread> log_thread_;  // ends after the workers
  std::unique_ptr<SnapshotPublisher> snapshots_;
  std::unique_ptr<ControlPlane> control_plane_;  // the workers refer to it
  std::unique_ptr<QuotaPlane> quota_plane_;      // the workers refer to it, too
  std::unique_ptr<EventOutlets> outlets_;        // and to its bus
  std::unique_ptr<AlertStation> alerts_;
  std::unique_ptr<gateway::HealthChecker> health_checker_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<net::SignalWatch> signals_;
  std::unique_ptr<net::HandoverServer> handover_;
  std::uint16_t port_ = 0;
  bool draining_ = false;
  bool stopped_ = false;  ///< the control thread's loop has ended
  bool last_reload_failed_ = false;
  std::optional<FileStamp> certificate_;  ///< as it was when it was loaded
};

}  // namespace apiforge::app
