// Inventory: the Apis of the store and of the configuration file in memory, so that a list, and the
// check of one Api against all others, need not read them from the database. It is brought up to
// date from the changes of the store, inside of the transaction that needs it. Any thread of the
// blocking pool; made by the composition root, outlives the use cases and the feed.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/error.hpp"
#include "catalogue/api_index.hpp"
#include "storage/store.hpp"

namespace apiforge::catalogue {

class Inventory {
 public:
  /// What the configuration file declares at this moment; never null.
  using Declared = std::function<std::shared_ptr<const model::Configuration>()>;
  /// Told of each record that cannot be read, once.
  using Report = std::function<void(const Error& error)>;

  explicit Inventory(Declared declared, Report report = {});

  /// The inventory, locked while the value lives: keep it for moments.
  class Reading {
   public:
    const ApiIndex& stored() const { return inventory_.stored_; }
    const ApiIndex& declared() const { return inventory_.declared_; }
    /// The one that `declared()` was made of.
    const model::Configuration& file() const { return *inventory_.file_; }

   private:
    friend class Inventory;
    explicit Reading(const Inventory& inventory)
        : inventory_(inventory), lock_(inventory.mutex_, std::adopt_lock) {}

    const Inventory& inventory_;
    std::unique_lock<std::mutex> lock_;
  };

  /// With each change that the transaction sees. It has the scope of the platform, and in it no Api
  /// was changed before. A record that cannot be read counts as absent and is reported.
  Result<Reading> read(storage::Transaction& transaction);

  /// What the configuration file declares at this moment.
  std::shared_ptr<const model::Configuration> file() const { return declared_now_(); }

 private:
  Result<void> catch_up(storage::Transaction& transaction);
  void catch_up_with_file();
  void take(const storage::Record& record);

  const Declared declared_now_;
  const Report report_;
  mutable std::mutex mutex_;
  ApiIndex stored_;             ///< under mutex_, as all below
  std::uint64_t revision_ = 0;  ///< up to which the store was read
  std::shared_ptr<const model::Configuration> file_;
  ApiIndex declared_;
};

}  // namespace apiforge::catalogue
