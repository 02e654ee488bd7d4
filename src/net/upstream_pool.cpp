#include "net/upstream_pool.hpp"

#include <algorithm>
#include <utility>

#include "net/event_loop.hpp"

namespace apiforge::net {

// Idle entries are linked in the pool's list, which owns them; leased ones belong to their lease.
struct UpstreamPool::Entry final : boost::intrusive::list_base_hook<>,
                                   Connection::Watcher,
                                   Timer::Owner {
  Entry(UpstreamPool& owner, ConnectionPtr connection)
      : pool(owner),
        client(std::move(connection), owner.options_.client, owner.scratch_),
        timer(owner.loop_.timers(), *this) {}

  void on_peer_gone() override { pool.drop(*this); }
  void on_deadline(Timer&) override {
    if (is_linked()) pool.drop(*this);
  }

  UpstreamPool& pool;
  Http1Client client;
  Timer timer;
};

struct UpstreamPool::IdleList : boost::intrusive::list<Entry> {};

// ------------------------------------------------------------------------------------------- lease

UpstreamPool::Lease::Lease(std::shared_ptr<UpstreamPool> pool, std::unique_ptr<Entry> entry,
                           bool reused)
    : pool_(std::move(pool)), entry_(std::move(entry)), reused_(reused) {}

UpstreamPool::Lease::Lease() = default;
UpstreamPool::Lease::Lease(Lease&&) noexcept = default;

UpstreamPool::Lease& UpstreamPool::Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    give_back();
    pool_ = std::move(other.pool_);
    entry_ = std::move(other.entry_);
    reused_ = other.reused_;
  }
  return *this;
}

UpstreamPool::Lease::~Lease() {
  give_back();
}

Http1Client* UpstreamPool::Lease::operator->() const {
  return &entry_->client;
}

void UpstreamPool::Lease::close() {
  if (entry_) entry_->client.stream().close();
}

void UpstreamPool::Lease::give_back() {
  if (entry_) pool_->give_back(std::move(entry_));
}

// -------------------------------------------------------------------------------------------- pool

UpstreamPool::UpstreamPool(EventLoop& loop, Dialer& dialer, std::shared_ptr<DialTarget> target,
                           const UpstreamPoolOptions& options, std::string& scratch)
    : loop_(loop),
      dialer_(dialer),
      target_(std::move(target)),
      options_(options),
      scratch_(scratch),
      idle_(std::make_unique<IdleList>()) {}

UpstreamPool::~UpstreamPool() {
  retire();
}

void UpstreamPool::retire() {
  retired_ = true;
  while (!idle_->empty()) drop(idle_->front());
}

UpstreamPool::Lease UpstreamPool::take_idle(Choice choice) {
  if (choice == Choice::Fresh) return {};
  while (!idle_->empty()) {
    Entry& entry = idle_->back();
    Connection& connection = entry.client.stream();
    const bool dead = choice == Choice::Checked
                          ? connection.peer_gone_now()
                          : connection.peer_gone() || !connection.input().empty();
    if (dead) {
      drop(entry);
      continue;
    }
    idle_->pop_back();
    --counts_.idle;
    ++counts_.reuses;
    connection.watch(nullptr);
    return {shared_from_this(), std::unique_ptr<Entry>(&entry), true};
  }
  return {};
}

Task<Result<UpstreamPool::Lease>> UpstreamPool::connect(MonotonicTime deadline) {
  const auto self = shared_from_this();
  // Who asks for a new one while others are idle must not use those.
  if (counts_.open >= options_.max_connections && !idle_->empty()) drop(idle_->front());
  if (counts_.open >= options_.max_connections) {
    co_return fail(ErrorCode::UpstreamSaturated,
                   "all " + std::to_string(options_.max_connections) +
                       " connections to the endpoint are in use (upstream.max_connections)");
  }
  ++counts_.open;
  ++counts_.connects;
  const MonotonicTime limit = std::min(deadline, loop_.recent() + options_.connect_timeout);
  auto connection = co_await dialer_.dial(target_, limit);
  if (!connection) {
    --counts_.open;
    ++counts_.connect_failures;
    co_return std::unexpected(std::move(connection.error()));
  }
  co_return Lease(self, std::make_unique<Entry>(*this, std::move(*connection)), false);
}

void UpstreamPool::give_back(std::unique_ptr<Entry> entry) {
  if (retired_ || counts_.idle >= options_.max_idle || !entry->client.reusable()) {
    --counts_.open;
    entry->client.stream().close();
    return;
  }
  Entry& kept = *entry.release();
  idle_->push_back(kept);
  ++counts_.idle;
  kept.timer.set(loop_.recent() + options_.keepalive_timeout);
  kept.client.rest(&kept);
}

void UpstreamPool::drop(Entry& entry) {
  idle_->erase(idle_->iterator_to(entry));
  --counts_.idle;
  --counts_.open;
  const std::unique_ptr<Entry> owned(&entry);
  owned->client.stream().close();
}

}  // namespace apiforge::net
