// What a shared cache may do, as RFC 9111 says, with stale-while-revalidate and stale-if-error of
// RFC 5861. Decisions only: nothing is stored here. Pure; any thread.
//
// The gateway is one shared cache for each owner that its keys name (tenant, caller, or all). Where
// this file deviates from what RFC 9111 would allow, it is stricter:
//   - freshness is never guessed from Last-Modified (4.2.2); an operator sets `default_ttl`
//   instead;
//   - a request with Cookie is treated like one with Authorization (3.5);
//   - `private="field"` and `no-cache="field"` count as if they named no field;
//   - a reply with Set-Cookie is not kept.
#pragma once
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/resilience.hpp"
#include "policy/cache_control.hpp"

namespace apiforge::policy {

/// What the fields of a request mean to a cache. Views into them.
struct RequestFacts {
  CacheControl control;
  std::string_view if_none_match;
  std::string_view if_modified_since;
  /// Range, or a condition that asks about the state of the origin (If-Match, If-Unmodified-Since,
  /// If-Range), or conditions in more than one line, or an upgrade: not the cache's business.
  bool passes_by = false;
  /// It shows who asks to the upstream (Authorization, Cookie): what answers it may be for this
  /// caller only. What the gateway itself takes off (its own keys and tokens) is not to be read in.
  bool is_personal = false;
};
void read_request_field(std::string_view name, std::string_view value, RequestFacts& into);

/// Whether the cache has any part in the request: GET or HEAD without a body that `passes_by` does
/// not exclude, and without no-store.
bool may_use_cache(bool is_read, bool has_body, const RequestFacts& request);

/// What the fields of a reply mean to a cache. Views into them.
struct ReplyFacts {
  static constexpr std::size_t kMaxVary = 16;
  CacheControl control;
  bool has_control = false;
  std::optional<std::chrono::seconds> age;
  std::string_view date;
  std::string_view expires;
  bool has_expires = false;
  std::string_view etag;
  std::string_view last_modified;
  std::array<std::string_view, kMaxVary> vary{};
  std::size_t vary_count = 0;
  bool varies_on_all = false;  ///< `*`, or more than kMaxVary names
  bool sets_cookie = false;
  bool is_event_stream = false;
};
void read_reply_field(std::string_view name, std::string_view value, ReplyFacts& into);

/// How long a kept reply may be used, and how.
struct Freshness {
  MonotonicTime received{};
  std::chrono::nanoseconds age_at_receipt{0};
  std::chrono::nanoseconds lifetime{0};
  std::chrono::nanoseconds stale_while_revalidate{0};
  std::chrono::nanoseconds stale_if_error{0};
  bool always_validate = false;  ///< no-cache: never used without asking the upstream
  bool never_stale = false;      ///< must-revalidate and the like
  bool for_personal = false;     ///< may be kept from, and answer, requests that are personal
};

/// How old the reply is at `now` (RFC 9111 4.2.3).
std::chrono::nanoseconds age(const Freshness& freshness, MonotonicTime now);
/// What is left of its lifetime; negative when it is stale.
std::chrono::nanoseconds remaining(const Freshness& freshness, MonotonicTime now);

enum class Use : std::uint8_t {
  Fresh,                   ///< answers the request; also when stale as far as the request allows
  RevalidateInBackground,  ///< answers it, and is to be renewed beside
  MustRevalidate,          ///< the upstream has to be asked
  No                       ///< is not for this request at all
};
Use use_of(const Freshness& freshness, const RequestFacts& request, MonotonicTime now);

/// Whether it may answer instead of an error, in the time of stale-if-error of reply or request.
bool usable_on_error(const Freshness& freshness, const RequestFacts& request, MonotonicTime now);
/// The same however old it is, for an operator's fallback.
bool usable_as_fallback(const Freshness& freshness, const RequestFacts& request);

/// One exchange with the upstream, about to be kept or not.
struct ReplyToKeep {
  int status = 200;
  const RequestFacts& request;
  const ReplyFacts& reply;
  bool caller_is_known = true;  ///< for CacheScope::Caller: strangers share what they share
  MonotonicTime asked{};        ///< when the request was sent
  MonotonicTime received{};     ///< when the reply's head came
  WallTime received_wall{};
};
/// The TTL of the first rule whose path is a prefix of `path` by whole segments.
std::optional<std::chrono::milliseconds> rule_ttl(const model::CachePolicy& policy,
                                                  std::string_view path);
/// How long the reply may be used; nullopt: it must not be kept. `rule` overrules Cache-Control,
/// Expires and Set-Cookie, but neither `Vary: *` nor what makes a request personal.
std::optional<Freshness> freshness_to_keep(const ReplyToKeep& exchange,
                                           const model::CachePolicy& policy,
                                           std::optional<std::chrono::milliseconds> rule);

/// What a name in `Vary` means here.
enum class VaryName : std::uint8_t {
  Selects,     ///< the request's field is compared
  InKey,       ///< what the gateway writes there is part of every key: Host, X-Forwarded-Host
  Credential,  ///< Authorization, Cookie: the reply is for those who show none, and never compared
  Unkeyable    ///< differs from call to call: as good as `*`
};
VaryName vary_name(std::string_view name);

struct Validators {
  std::string etag;
  std::string last_modified;
  bool empty() const { return etag.empty() && last_modified.empty(); }
};
/// Whether the caller's own condition is met by what is kept, so that 304 is the reply to it
/// (RFC 9110 13.2.2, RFC 9111 4.3.2). Entity tags are compared weakly.
bool is_not_modified(const RequestFacts& request, const Validators& kept, WallTime now);

/// Whether the entity tag of a 304 fits the one that was asked about; it may also have none.
bool is_same_tag(std::string_view of_304, std::string_view asked);

/// Whether a field of a 304 replaces that of the kept reply (RFC 9111 3.2): all but those that
/// describe the body that is kept.
bool is_updated_by_304(std::string_view name);
/// Whether a field of a reply is kept with it: not Age and Set-Cookie.
bool is_kept_field(std::string_view name);
/// Whether a 304 to a caller carries the field (RFC 9110 15.4.5).
bool is_field_of_304(std::string_view name);

/// Whether a reply of this status to an unsafe method makes what is kept for its target invalid
/// (RFC 9111 4.4).
bool invalidates(bool is_safe_method, int status);

}  // namespace apiforge::policy
