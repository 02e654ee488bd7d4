// UpstreamPool: the connections of one worker to one endpoint. Bounded, last used first, and aware
// of peers that close: an idle connection keeps a read pending, so its end is seen when it happens.
// Lives on one event loop; leases must not outlive it.
#pragma once
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <memory>

#include "net/dialer.hpp"
#include "net/http1_client.hpp"

namespace apiforge::net {

struct UpstreamPoolOptions {
  std::uint32_t max_connections = 1'024;
  std::uint32_t max_idle = 256;
  std::chrono::milliseconds connect_timeout{2'000};
  std::chrono::milliseconds keepalive_timeout{60'000};
  Http1ClientOptions client;
};

/// Numbers for the metrics, written by the loop's thread only.
struct UpstreamPoolCounts {
  std::uint32_t open = 0;
  std::uint32_t idle = 0;
  std::uint64_t connects = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t reuses = 0;
};

class UpstreamPool : public std::enable_shared_from_this<UpstreamPool> {
  struct Entry;

 public:
  /// A connection in use. Returned to the pool, or closed if it cannot be reused, when destroyed.
  class Lease {
   public:
    Lease();
    Lease(std::shared_ptr<UpstreamPool> pool, std::unique_ptr<Entry> entry, bool reused);
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) noexcept;
    ~Lease();

    Http1Client* operator->() const;
    explicit operator bool() const { return entry_ != nullptr; }
    /// True when an earlier exchange used the connection: its peer may just have closed it.
    bool reused() const { return reused_; }
    /// Closes the connection now; waits under way on it end.
    void close();

   private:
    void give_back();
    std::shared_ptr<UpstreamPool> pool_;
    std::unique_ptr<Entry> entry_;
    bool reused_ = false;
  };

  UpstreamPool(EventLoop& loop, Dialer& dialer, std::shared_ptr<DialTarget> target,
               const UpstreamPoolOptions& options, std::string& scratch);
  ~UpstreamPool();

  enum class Choice : std::uint8_t {
    Any,      ///< an idle connection if there is one
    Checked,  ///< an idle one that the kernel says is alive; costs a system call
    Fresh     ///< a new connection
  };
  /// An idle connection, at once and without allocation, or nothing.
  Lease take_idle(Choice choice);
  /// A new connection. Errors: those of Dialer::dial, and UpstreamSaturated.
  Task<Result<Lease>> connect(MonotonicTime deadline);

  const UpstreamPoolCounts& counts() const { return counts_; }
  /// Closes idle connections; those in use are closed when they come back.
  void retire();

 private:
  struct IdleList;

  void give_back(std::unique_ptr<Entry> entry);
  void drop(Entry& entry);

  EventLoop& loop_;
  Dialer& dialer_;
  std::shared_ptr<DialTarget> target_;
  UpstreamPoolOptions options_;
  std::string& scratch_;
  std::unique_ptr<IdleList> idle_;
  UpstreamPoolCounts counts_;
  bool retired_ = false;
};

}  // namespace apiforge::net
