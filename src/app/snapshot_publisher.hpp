// SnapshotPublisher: puts the APIs of the configuration file and those of the store together,
// compiles them, and brings the Snapshot to every worker. Any thread but a worker's; one at a time
// works, the others wait. Owned by the Server; connectors and log must outlive it.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "catalogue/feed.hpp"
#include "gateway/snapshot.hpp"
#include "observe/log.hpp"

namespace apiforge::app {

class SnapshotPublisher {
 public:
  /// Returns when every worker uses the given Snapshot.
  using Deliver = std::function<void(const std::shared_ptr<const gateway::Snapshot>&)>;

  /// `default_rate`: DEFAULT_RATE_LIMIT.
  SnapshotPublisher(const std::vector<gateway::ConnectorEntry>& connectors, observe::Log& log,
                    std::uint32_t default_rate, Deliver deliver);

  /// What the file says from now on. Its APIs and credentials come before stored ones of the same
  /// name. InvalidConfiguration when it cannot be served; then all stays as it was.
  Result<void> declare(std::shared_ptr<const model::Configuration> configuration);
  /// What the store holds from now on. An API that cannot be served (its credential does not fit
  /// its connector, its route is taken by the file) is left out and told to the log; so that one of
  /// them never stops the others.
  void store(std::shared_ptr<const catalogue::StoredCatalogue> stored);

  /// Never null once `declare` succeeded.
  std::shared_ptr<const gateway::Snapshot> current() const;
  std::shared_ptr<const model::Configuration> declared() const;
  /// How many stored APIs are left out.
  std::size_t left_out() const;

 private:
  struct LeftOut {
    std::shared_ptr<const model::Api> api;
    Error reason;
  };
  using Apis = std::vector<std::shared_ptr<const model::Api>>;

  Result<std::shared_ptr<const gateway::Snapshot>> compile(const gateway::Catalogue& catalogue);
  Result<void> publish(std::shared_ptr<const model::Configuration> configuration,
                       const gateway::Catalogue& declared,
                       const std::shared_ptr<const catalogue::StoredCatalogue>& stored);
  void take_sound(gateway::Catalogue& sound,
                  std::span<const std::shared_ptr<const model::Api>> apis,
                  std::vector<LeftOut>& left_out);
  void tell(const std::vector<LeftOut>& left_out);
  /// Rules of the file whose Api is neither in it nor stored, each once.
  void tell_idle_rules(const model::Configuration& file, const gateway::Catalogue& all);
  /// Stored quotas that hold for nothing as the file has one of the same name, each once.
  void tell_hidden_quotas(const gateway::Catalogue& declared,
                          const catalogue::StoredCatalogue& stored);

  const std::vector<gateway::ConnectorEntry>& connectors_;
  observe::Log& log_;
  const std::uint32_t default_rate_;  ///< requests/s of each caller without a quota; 0: none
  const Deliver deliver_;
  std::mutex working_;                ///< held while compiling and delivering
  gateway::Catalogue declared_apis_;  ///< under working_, as all up to mutex_
  std::shared_ptr<const catalogue::StoredCatalogue> stored_;  ///< never null
  std::set<std::string> told_;                                ///< of what is left out
  std::set<std::string> told_idle_;                           ///< of rules that hold for nothing
  std::set<std::string> told_hidden_;                         ///< of quotas that the file hides
  bool has_store_ = false;                                    ///< what it holds is known
  mutable std::mutex mutex_;
  std::shared_ptr<const model::Configuration> declared_;  ///< under mutex_, as the next two
  std::shared_ptr<const gateway::Snapshot> current_;
  std::size_t left_out_ = 0;
};

}  // namespace apiforge::app
