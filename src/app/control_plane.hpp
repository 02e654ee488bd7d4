// ControlPlane: what a server does beside carrying calls: answers the control API, brings changes
// of identities to the workers, and keeps house in the database. Its blocking work runs on a pool
// of its own. Made, used and ended by the Server on the control thread.
#pragma once
#include <functional>
#include <memory>

#include "admin/control_api.hpp"
#include "app/disk_space.hpp"
#include "app/identity.hpp"
#include "app/issuer_keys.hpp"
#include "app/snapshot_publisher.hpp"
#include "auth/accounts/change.hpp"
#include "auth/audit/refusal_log.hpp"
#include "auth/directory_feed.hpp"
#include "catalogue/catalogue.hpp"
#include "catalogue/feed.hpp"
#include "net/blocking_pool.hpp"
#include "net/event_loop.hpp"
#include "observe/log.hpp"
#include "observe/metrics_registry.hpp"

namespace apiforge::app {

class ControlPlane {
 public:
  struct Needs {
    const Settings& settings;
    const Clock& clock;
    net::EventLoop& control;
    observe::Log& log;
    const std::vector<gateway::ConnectorEntry>& connectors;
    SnapshotPublisher& snapshots;  ///< told what the store holds
    observe::MetricsRegistry& metrics;
    /// Brings a Directory, or new trust in tokens, to every worker; returns when all have it.
    auth::DirectoryFeed::Publish publish_directory;
    std::function<void(auth::TokenTrust)> publish_trust;
    /// Version, environment and uptime, for the health of this part; any thread.
    std::function<observe::HealthReport()> health_of_process;
    admin::QuotaPorts quota;
    /// Something was changed here, and other nodes may want to know; any thread.
    std::function<void(std::uint64_t revision)> announce_change;
    /// The database went away (false), or came back; a thread of the blocking pool.
    std::function<void(bool)> store_turned;
  };

  /// Opens the database and reads all identities. Errors name the setting that is wrong.
  static Result<std::unique_ptr<ControlPlane>> open(Needs needs);
  ~ControlPlane();

  /// Tokens of these issuers count from now on, once their keys are known. Control thread.
  void trust_issuers(const std::vector<model::TrustedIssuer>& issuers);
  /// Begins to keep house. The workers run.
  void start();
  /// Waits for requests that are being answered. The workers must still run.
  void stop();

  net::BlockingPool& pool() { return pool_; }
  storage::Store& store() { return identity_->store(); }
  /// Brings changes of other nodes into force, soon; control thread.
  void look_for_changes();
  std::shared_ptr<const catalogue::StoredCatalogue> stored() const {
    return catalogue_feed_.current();
  }
  const admin::ControlApi& api() const { return *api_; }
  auth::RefusalQueue& refusals(std::size_t worker) { return refusals_.queue(worker); }
  std::shared_ptr<const auth::Directory> directory() const { return feed_.current(); }
  auth::TokenTrust trust() const { return identity_->token_keys().trust(); }
  const std::shared_ptr<const auth::CredentialHasher>& hasher() const {
    return identity_->hasher();
  }
  /// Writes down what another program orders, before it is done; blocks. StorageUnavailable: it
  /// must not be done.
  Result<void> note_order(std::string_view actor, auth::accounts::Deed deed);
  /// When keys were used, to be written with the next housekeeping; any thread.
  void note_key_uses(std::vector<auth::KeyUse> uses);
  const IssuerKeys& issuer_keys() const { return issuer_keys_; }
  /// As they were at the last look; any thread.
  observe::ComponentHealth database_health() const;
  observe::ComponentHealth disk_health() const;

 private:
  ControlPlane(Needs needs, std::unique_ptr<Identity> identity);
  Result<void> make_api();
  catalogue::Ports catalogue_ports();
  observe::HealthReport gateway_health() const;
  /// Brings what was committed into force on every worker.
  Result<void> catch_up();
  /// The same after a change that was made here: other nodes are told.
  Result<void> publish_change();
  net::Task<void> keep_house();
  void tend();
  void tend_audit();
  void tend_tokens();
  void publish_trust();
  void tend_key_uses();
  void look_at_database();
  void look_at_disk();
  void note(std::string_view what, const Error& error);

  Needs needs_;
  std::unique_ptr<Identity> identity_;
  IssuerKeys issuer_keys_;
  std::mutex trust_mutex_;  ///< so that what is published last is the newest
  auth::DirectoryFeed feed_;
  catalogue::Inventory inventory_;
  catalogue::Catalogue catalogue_;
  catalogue::CatalogueFeed catalogue_feed_;
  auth::RefusalLog refusals_;
  auth::Checkpointer checkpointer_;
  std::unique_ptr<admin::ControlApi> api_;
  MonotonicTime next_purge_{};
  MonotonicTime next_key_refresh_{};
  bool was_failing_ = false;  ///< so that an outage is one line in the log, not one each second
  bool stopping_ = false;     ///< control thread only
  std::mutex key_uses_mutex_;
  std::vector<auth::KeyUse> key_uses_;  ///< bounded by kMaxKeyUses
  mutable std::mutex health_mutex_;
  observe::ComponentHealth database_health_;
  const std::vector<WrittenFolder> written_folders_;
  observe::ComponentHealth disk_health_;
  net::BlockingPool pool_;  ///< last: its threads use what stands above
};

}  // namespace apiforge::app
