// Call: one request on its way through the gateway, and all that is known of it. Lives on one
// worker, from the request's head to the end of its reply; recycled, so that its strings keep their
// memory.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/caller.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "gateway/api_runtime.hpp"
#include "net/exchange.hpp"
#include "policy/canonical_target.hpp"

namespace apiforge::gateway {

/// How a call ended; exactly one of these, settled once.
enum class CallEnd : std::uint8_t {
  Running,
  Replied,     ///< a whole reply was handed to the caller: the upstream's or the gateway's own
  Cut,         ///< the upstream broke within its reply, and the caller was shown so
  CallerGone,  ///< the caller closed before the end
};

struct Call final : private net::Connection::Watcher {
  explicit Call(net::ServerExchange& server_exchange) : exchange(&server_exchange) {}
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// Makes ready for another exchange, keeping allocated memory.
  void recycle(net::ServerExchange& server_exchange);
  const net::RequestHead& request() const { return exchange->request(); }
  const CompiledApi& config() const { return *api->api; }

  /// Hears from now on when the caller goes away: the upstream connection is closed at once.
  void watch_caller() { exchange->watch(this); }
  bool caller_gone() const { return caller_gone_; }
  /// For ends that are noticed while writing to the caller.
  void note_caller_gone() { caller_gone_ = true; }

  net::ServerExchange* exchange;
  MonotonicTime started{};

  // ---- receive
  std::string target_storage;
  policy::CanonicalTarget target;  ///< the only form of the target that any phase may read
  std::string host;                ///< lower case, without port
  std::string request_id;
  std::string client;         ///< address of the caller, behind trusted proxies
  bool own_endpoint = false;  ///< a read of the process's own endpoints: health, metrics, lists

  // ---- match
  std::shared_ptr<ApiRuntime> api;
  std::uint32_t prefix_length = 0;   ///< of the path; what the route strips
  std::string allow;                 ///< for a 405
  std::uint64_t max_body_bytes = 0;  ///< of the request

  // ---- identify
  std::shared_ptr<const auth::Caller> caller;  ///< null: unknown, which only public Apis allow
  bool authorization_is_ours = false;          ///< the field is for the gateway and ends here

  // ---- forward
  MonotonicTime deadline = MonotonicTime::max();  ///< for the reply's head
  std::size_t endpoint = 0;
  std::vector<std::size_t> tried;
  std::string upstream_target;
  std::string upstream_lines;  ///< fields that the gateway and the connector add
  std::string body;            ///< collected because the connector signs it
  std::string signed_body;     ///< `body` as it goes out in this attempt
  bool body_collected = false;
  net::Body first_body;         ///< what of the body came with the head
  bool body_streaming = false;  ///< more of it is, or was, read from the caller
  net::UpstreamPool::Lease lease;
  net::ChildTask pump;  ///< sends the rest of the body
  std::optional<Error>
      pump_error;  ///< why the body did not go out whole, when that is the caller's doing
  std::uint32_t attempts = 0;          ///< sent to upstreams
  std::uint32_t counted_attempts = 0;  ///< those that the retry rule counts
  bool last_was_stale = false;         ///< the last attempt met a connection closed by the upstream
  bool clock_synced = false;           ///< the provider's clock was asked after a refusal
  std::string error_body;              ///< read to let the connector judge a reply

  // ---- the end
  std::string reply_lines;  ///< fields of a reply of the gateway's own
  CallEnd end = CallEnd::Running;
  std::optional<Error> error;
  int status = 0;  ///< sent to the caller; 0 when nothing was
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::chrono::nanoseconds upstream_time{0};

 private:
  void on_peer_gone() override;
  bool caller_gone_ = false;
};

}  // namespace apiforge::gateway
