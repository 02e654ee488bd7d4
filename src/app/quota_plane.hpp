// QuotaPlane: what the workers' limiters stand on: the counters, and where prepaid units come from:
// the database, and Redis when there is one. Made, started and ended on the control thread; the
// Server owns it, and ends the workers before it.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/settings.hpp"
#include "base/clock.hpp"
#include "net/blocking_pool.hpp"
#include "net/event_loop.hpp"
#include "observe/health.hpp"
#include "observe/log.hpp"
#include "observe/metrics_reading.hpp"
#include "quota/ledger.hpp"
#include "quota/limit_table.hpp"
#include "quota/shared_leases.hpp"
#include "shared_state/redis/redis.hpp"
#include "storage/store.hpp"

namespace apiforge::app {

class QuotaPlane {
 public:
  struct Needs {
    const Settings& settings;
    const Clock& clock;
    net::EventLoop& control;
    net::BlockingPool& pool;
    storage::Store& store;
    observe::Log& log;
    std::string node;  ///< tells this process from others
    /// Another node has changed the configuration; control thread.
    std::function<void()> on_hint;
    /// Redis went away (false), or came back; control thread.
    std::function<void(bool)> store_turned;
  };

  /// Errors name the setting that is wrong. Redis need not be there.
  static Result<std::unique_ptr<QuotaPlane>> open(Needs needs);
  ~QuotaPlane();

  void start();
  void stop();
  /// When the workers and the pool have ended: units that nobody has used go back to the database,
  /// and Redis is left. What its connections still owe to the control thread is posted there.
  void give_back_blocks();

  quota::LimitTable& table() { return table_; }
  quota::BlockSource& durable() { return ledger_; }
  quota::BlockSource* shared() { return leases_.get(); }  ///< null without Redis
  /// Tells other nodes that the configuration has changed; any thread.
  void announce_change(std::uint64_t revision);

  /// Of Redis, as it was at the last look, and of the counters; any thread.
  observe::ComponentHealth health() const;
  observe::ComponentHealth counters_health() const;
  /// Control thread.
  void add_readings(std::vector<observe::ExtraReading>& readings) const;

 private:
  explicit QuotaPlane(Needs needs);
  net::Task<void> tend();
  void look_at_redis();

  Needs needs_;
  quota::LimitTable table_;
  quota::Ledger ledger_;
  std::unique_ptr<shared_state::Redis> redis_;
  std::unique_ptr<quota::SharedLeases> leases_;  // before redis_
  mutable std::mutex health_mutex_;
  observe::ComponentHealth redis_health_;
  bool stopping_ = false;
};

}  // namespace apiforge::app
