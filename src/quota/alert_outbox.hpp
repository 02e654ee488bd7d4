// AlertOutbox: brings deliveries to their webhooks at least once. Each is written to the database
// before the first try and removed after a reply with 2xx, so that a crash loses none; one that
// fails is tried again, less and less often, for a day. Calls block on the database: they are made
// on threads of the blocking pool, one after the other by a lock. Owned by the application; store,
// clock and sender must outlive it, replies that are late need not come before its end.
//
// While the database cannot be written deliveries are tried all the same, from memory. Nodes that
// share a database bring their own deliveries, and those of nodes that died: a record beside the
// deliveries tells that a node is alive.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "quota/alert_delivery.hpp"
#include "quota/webhook_sender.hpp"
#include "storage/store.hpp"

namespace apiforge::quota {

struct AlertOutboxOptions {
  std::string node{};  ///< whose deliveries these are
  /// Then the oldest of the tenant that has most is given up.
  std::size_t max_kept = 10'000;
  std::size_t max_at_once = 64;                 ///< tries under way
  std::size_t max_at_once_each = 16;            ///< of those for one webhook of one tenant
  std::chrono::milliseconds first_wait{1'000};  ///< after the first failure; then it doubles
  std::chrono::milliseconds max_wait{300'000};
  std::chrono::hours max_age{24};  ///< then a delivery is given up
  /// While a node has deliveries it says so that often. One that was not heard of for `patience` is
  /// dead, and its deliveries are taken over.
  std::chrono::milliseconds heartbeat{10'000};
  std::chrono::milliseconds patience{30'000};
};

class AlertOutbox {
 public:
  /// The secret of a rule's target (tenant, rule, URL) as it is now; nullopt when there is none.
  using SecretOf =
      std::function<std::optional<Secret>(std::string_view, std::string_view, std::string_view)>;

  /// Hears of the first try that failed for a rule's target since one that went well; with what
  /// came of it, the status or why there is none. Must not call the outbox.
  using TellFailure = std::function<void(const AlertDelivery&, const Result<int>&)>;

  AlertOutbox(storage::Store& store, WebhookSender& sender, const Clock& clock,
              AlertOutboxOptions options, SecretOf secret_of, TellFailure tell_failure = {});
  ~AlertOutbox();
  AlertOutbox(const AlertOutbox&) = delete;
  AlertOutbox& operator=(const AlertOutbox&) = delete;

  /// Writes them down. They are tried at the next pump.
  void add(std::vector<AlertDelivery> deliveries);
  /// To be called every second or so: takes results in, and over what was left behind, and
  /// begins the tries that are due. Never waits for a webhook.
  void pump();

  /// Any thread. `waiting` counts those under way too.
  std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  std::uint64_t delivered() const { return delivered_.load(std::memory_order_relaxed); }
  std::uint64_t failed_tries() const { return failed_tries_.load(std::memory_order_relaxed); }
  std::uint64_t given_up() const { return given_up_.load(std::memory_order_relaxed); }

 private:
  struct Entry;
  struct Results;
  using Entries = std::map<std::string, Entry>;

  void take_results();
  void settle(Entry& entry, const Result<int>& result);
  void note_failure(const AlertDelivery& delivery, const Result<int>& result);
  Result<void> take_over_what_was_left();
  Result<std::vector<storage::Record>> read_all();
  Result<void> adopt(std::vector<storage::Record> records);
  void keep(const storage::Record& record);
  void give_up_old_ones();
  void give_up(Entry& entry);
  /// Writes what is new and removes what is done with; what fails is tried at the next pump.
  Result<void> write();
  Result<void> write_entries(storage::Transaction& transaction);
  /// Says that this node has deliveries, or no longer does.
  Result<void> write_heartbeat(storage::Transaction& transaction, bool is_busy) const;
  /// Tenants take turns: one whose webhooks do not answer must not keep others from theirs.
  void begin_tries();
  void begin_try(const std::string& id, Entry& entry);

  storage::Store& store_;
  WebhookSender& sender_;
  const Clock& clock_;
  const AlertOutboxOptions options_;
  const SecretOf secret_of_;
  const TellFailure tell_failure_;
  std::shared_ptr<Results> results_;  ///< shared with tries under way
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> delivered_{0};
  std::atomic<std::uint64_t> failed_tries_{0};
  std::atomic<std::uint64_t> given_up_{0};
  std::mutex mutex_;  ///< guards all below; held while the database works
  Entries entries_;   ///< by id: the oldest first
  /// Targets whose failure was told: tenant, rule, URL. At most `max_kept`.
  std::set<std::tuple<std::string, std::string, std::string>> failing_;
  std::size_t under_way_ = 0;
  bool is_beating_ = false;
  MonotonicTime next_beat_ = MonotonicTime::min();
  MonotonicTime next_look_ = MonotonicTime::min();
};

}  // namespace apiforge::quota
