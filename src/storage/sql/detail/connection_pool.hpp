// ConnectionPool: a bounded number of connections, made when first needed and kept. Any thread;
// owned by the database, must outlive its leases.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/sql/detail/connection.hpp"

namespace apiforge::storage::detail {

class ConnectionPool {
 public:
  using Open = std::function<Result<std::unique_ptr<Connection>>()>;

  /// A connection on loan; gives it back when it goes.
  class Lease {
   public:
    Lease(ConnectionPool& pool, std::unique_ptr<Connection> connection, bool reused)
        : pool_(&pool), connection_(std::move(connection)), reused_(reused) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }
    /// Whether it was used before, and may have been lost since.
    bool reused() const { return reused_; }
    /// Ends the loan before the lease goes. Neither operator may be used any more.
    void give_back();
    /// Closes the connection instead of giving it back, and all idle ones too: they were lost for
    /// the same reason.
    void discard();

   private:
    ConnectionPool* pool_;
    std::unique_ptr<Connection> connection_;
    bool reused_;
  };

  /// `open` makes a connection; it is called outside the lock.
  ConnectionPool(unsigned size, std::chrono::milliseconds patience, Open open);

  /// Waits until one of the connections is free; StorageUnavailable after the patience, and when
  /// one cannot be made.
  Result<Lease> acquire();

 private:
  void give_back(std::unique_ptr<Connection> connection);

  const std::chrono::milliseconds patience_;
  const Open open_;
  std::mutex mutex_;
  std::condition_variable freed_;
  unsigned free_;  ///< how many more may be on loan
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace apiforge::storage::detail
