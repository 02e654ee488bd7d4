#include "storage/sql/detail/connection_pool.hpp"

namespace apiforge::storage::detail {

ConnectionPool::ConnectionPool(unsigned size, std::chrono::milliseconds patience, Open open)
    : patience_(patience), open_(std::move(open)), free_(size) {}

Result<ConnectionPool::Lease> ConnectionPool::acquire() {
  {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_for(lock, patience_, [this] { return free_ > 0; })) {
      return fail(ErrorCode::StorageUnavailable, {}, "all connections to the database are in use");
    }
    --free_;
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(connection), true);
    }
  }
  auto opened = open_();
  if (!opened) {
    give_back(nullptr);
    return std::unexpected(std::move(opened.error()));
  }
  return Lease(*this, *std::move(opened), false);
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    ++free_;
    if (connection) idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

void ConnectionPool::Lease::discard() {
  std::vector<std::unique_ptr<Connection>> lost;
  {
    const std::lock_guard lock(pool_->mutex_);
    lost.swap(pool_->idle_);
  }
  connection_.reset();
  pool_->give_back(nullptr);
}

void ConnectionPool::Lease::give_back() {
  // Empty after a move, a discard or an earlier call: the place has been given back already.
  if (connection_) pool_->give_back(std::move(connection_));
}

ConnectionPool::Lease::~Lease() {
  give_back();
}

}  // namespace apiforge::storage::detail
