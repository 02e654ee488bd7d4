// Call: one request on its way through the gateway, and all that is known of it. Lives on one
// worker, from the request's head to the end of its reply; recycled, so that its strings keep their
// memory. A detached Call has no caller: its request is a copy, its reply goes to whoever made it.
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
#include "base/problem.hpp"
#include "gateway/admission.hpp"
#include "gateway/api_runtime.hpp"
#include "gateway/attempt.hpp"
#include "gateway/whole_reply.hpp"
#include "net/exchange.hpp"
#include "policy/canonical_target.hpp"

namespace apiforge::gateway {

struct ContractOperation;

/// How a call ended; exactly one of these, settled once.
enum class CallEnd : std::uint8_t {
  Running,
  Replied,     ///< a whole reply was handed to the caller: the upstream's or the gateway's own
  Cut,         ///< the upstream broke within its reply, and the caller was shown so
  CallerGone,  ///< the caller closed before the end
};

/// In which form the request came, and the reply goes.
enum class Face : std::uint8_t {
  Transparent,  ///< `/proxy/...` and routes: the upstream's status, fields and bytes
  Envelope,     ///< the unified call: both are JSON
  Detached      ///< nobody waits for the reply
};

/// A request with memory of its own: that inside of an envelope, or of a detached Call. `head` has
/// views into the strings; `seal` makes them.
struct OwnedRequest {
  std::string method;
  std::vector<OwnedField> fields;
  std::vector<net::Field> views;
  net::RequestHead head;

  /// Points `head` to the strings, with so many bytes of body.
  void seal(std::uint64_t body_bytes);
};

/// What `shape` made of the request. Valid when `changed`.
struct ShapedRequest {
  bool changed = false;
  std::string path;   ///< behind the endpoint's prefix, begins with `/`, canonical
  std::string query;  ///< without `?`
  /// All fields of the caller that go out: those that `select_request_fields` lets pass, changed.
  std::vector<OwnedField> fields;
  /// The body as it came, when another one is in `Call::body` now.
  std::optional<std::string> received_body;
};

/// What a phase leaves in a Call for a later one, and what has to be given back when there is none:
/// the cache's place among equal calls is one.
class CallTicket {
 public:
  virtual ~CallTicket() = default;
  /// The caller has gone away: a wait for an equal call has to end.
  virtual void on_caller_gone() {}
};

struct Call final : private net::Connection::Watcher {
  explicit Call(net::ServerExchange& server_exchange);
  /// A detached one. `owned` is to be filled before the first phase.
  Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// Makes ready for another exchange, keeping allocated memory.
  void recycle(net::ServerExchange& server_exchange);
  /// The request that is made of the Api: the inner one of an envelope.
  const net::RequestHead& request() const { return *request_; }
  /// From now on `request` is `owned->head`.
  void use_owned_request() { request_ = &owned->head; }
  const CompiledApi& config() const { return *api->api; }

  /// Whether an attempt runs as a child of the call, or has not quite ended.
  bool runs_beside() const { return first_task.running() || second_task.running(); }

  /// Path and query as they go upstream, behind the endpoint's prefix: after `shape`, and without
  /// what the route strips. The path begins with `/`.
  std::string_view upstream_path() const;
  std::string_view upstream_query() const {
    return outgoing.changed ? std::string_view(outgoing.query) : target.query;
  }

  /// Hears from now on when the caller goes away: the upstream connection is closed at once.
  void watch_caller() {
    if (exchange) exchange->watch(this);
  }
  bool caller_gone() const { return caller_gone_; }
  /// For ends that are noticed while writing to the caller.
  void note_caller_gone() { caller_gone_ = true; }

  net::ServerExchange* exchange;  ///< null: detached
  MonotonicTime started{};
  Face face = Face::Transparent;
  std::unique_ptr<OwnedRequest> owned;  ///< kept when recycled; in use where `request` says so

  // ---- receive
  std::string target_storage;
  policy::CanonicalTarget target;  ///< the only form of the target that any phase may read
  std::string host;                ///< lower case, without port
  std::string request_id;
  std::string client;          ///< address of the caller, behind trusted proxies
  bool is_tls = false;         ///< of the caller's connection
  bool answers_probe = false;  ///< of the process's health, or a scrape of its metrics

  // ---- open_envelope
  std::string wanted_api;
  std::string wanted_version;  ///< empty: the header X-API-Version or the default
  std::optional<std::chrono::milliseconds> wanted_timeout;
  std::vector<BodyFault> faults;  ///< of the request, beside `error`

  // ---- match
  std::shared_ptr<ApiRuntime> api;
  /// The Api that the caller asked for, when a fallback put another into `api`; else null.
  std::shared_ptr<ApiRuntime> asked_api;
  std::uint32_t prefix_length = 0;   ///< of the path; what the route strips
  bool version_missing = false;      ///< the version that the caller names does not exist
  std::string allow;                 ///< for a 405
  std::uint64_t max_body_bytes = 0;  ///< of the request

  // ---- identify
  std::shared_ptr<const auth::Caller> caller;  ///< null: unknown, which only public Apis allow
  bool authorization_is_ours = false;          ///< the field is for the gateway and ends here

  // ---- admit
  Admission admission;

  // ---- validate
  const ContractOperation* operation = nullptr;  ///< of the Api's document, which `api` keeps alive

  // ---- collect
  std::string body;
  bool body_collected = false;  ///< `body` is all of it, and can be sent again
  bool sign_body = false;       ///< the connector has to see it
  net::Body first_body;         ///< else: what of the body came with the head
  bool body_streaming = false;  ///< more of it is, or was, read from the caller
  net::ChildTask pump;          ///< sends the rest of the body
  std::optional<Error>
      pump_error;  ///< why the body did not go out whole, when that is the caller's doing

  // ---- shape, recall
  ShapedRequest outgoing;
  std::unique_ptr<CallTicket> keep;    ///< of the cache: what `keep` needs when the reply is here
  std::vector<OwnedField> conditions;  ///< sent in the place of the caller's If-... fields
  bool cached = false;                 ///< answered without the upstream

  // ---- forward
  MonotonicTime deadline = MonotonicTime::max();  ///< for the reply's head
  Attempt first;
  std::unique_ptr<Attempt> second;  ///< made for the first hedge, kept when recycled
  Attempt* answer = &first;         ///< the attempt whose reply counts
  net::ChildTask first_task;        ///< while hedging, they run as children of the call
  net::ChildTask second_task;
  std::vector<std::size_t> tried;
  std::uint32_t attempts = 0;          ///< sent to upstreams
  std::uint32_t counted_attempts = 0;  ///< those that the retry rule counts
  std::uint32_t hedges = 0;            ///< of the attempts, those sent beside another
  bool clock_synced = false;           ///< the provider's clock was asked after a refusal

  // ---- the end
  std::string reply_lines;      ///< further fields of the reply, ready to send
  std::string reply_text;       ///< scratch: head lines or the envelope of a reply
  std::string fallback;         ///< value of X-Fallback, when a step of the chain answers
  bool declared_error = false;  ///< the reply is one of the Api's `error_replies`
  CallEnd end = CallEnd::Running;
  std::optional<Error> error;
  int status = 0;             ///< sent to the caller; 0 when nothing was
  bool upstream_saw = false;  ///< bytes of the request may have reached an upstream
  bool asked_saw = false;     ///< the same, of one of the Api that the caller asked for
  int upstream_status = 0;    ///< of the reply that counts; 0 when there was none
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::chrono::nanoseconds upstream_time{0};

 private:
  void on_peer_gone() override;
  const net::RequestHead* request_ = nullptr;
  bool caller_gone_ = false;
};

}  // namespace apiforge::gateway
