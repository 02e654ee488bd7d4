#include "policy/http_cache.hpp"

#include <algorithm>
#include <span>

#include "base/text.hpp"
#include "policy/http_date.hpp"

namespace apiforge::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::string_view kEventStream = "text/event-stream";

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::any_of(
      names, [name](std::string_view each) { return equals_ignoring_case(each, name); });
}

template <std::size_t Size>
bool contains(const std::array<int, Size>& statuses, int status) {
  return std::ranges::find(statuses, status) != statuses.end();
}

// A second line would have to be joined with the first; nobody sends one.
void note_condition(std::string_view value, std::string_view& into, RequestFacts& facts) {
  if (!into.empty()) facts.passes_by = true;
  into = value;
}

void note_vary(std::string_view value, ReplyFacts& into) {
  for_each_element(value, [&into](std::string_view name) {
    if (name == "*" || into.vary_count == ReplyFacts::kMaxVary) {
      into.varies_on_all = true;
    } else {
      into.vary[into.vary_count++] = name;
    }
  });
}

}  // namespace

void read_request_field(std::string_view name, std::string_view value, RequestFacts& into) {
  // Most fields are told apart from these by their length alone.
  switch (name.size()) {
    case 5:
      if (equals_ignoring_case(name, "Range")) into.passes_by = true;
      break;
    case 6:
      if (equals_ignoring_case(name, "Cookie")) into.is_personal = true;
      // HTTP/1.0 has no other word for it (RFC 9111 5.4).
      if (equals_ignoring_case(name, "Pragma") && equals_ignoring_case(value, "no-cache")) {
        into.control.no_cache = true;
      }
      break;
    case 7:
      if (equals_ignoring_case(name, "Upgrade")) into.passes_by = true;
      break;
    case 8:
      if (equals_ignoring_case(name, "If-Match") || equals_ignoring_case(name, "If-Range")) {
        into.passes_by = true;
      }
      break;
    case 13:
      if (equals_ignoring_case(name, "Cache-Control")) read_cache_control(value, into.control);
      if (equals_ignoring_case(name, "Authorization")) into.is_personal = true;
      if (equals_ignoring_case(name, "If-None-Match")) {
        note_condition(value, into.if_none_match, into);
      }
      break;
    case 17:
      if (equals_ignoring_case(name, "If-Modified-Since")) {
        note_condition(value, into.if_modified_since, into);
      }
      break;
    case 19:
      if (equals_ignoring_case(name, "If-Unmodified-Since")) into.passes_by = true;
      break;
    default:
      break;
  }
}

bool may_use_cache(bool is_read, bool has_body, const RequestFacts& request) {
  return is_read && !has_body && !request.passes_by && !request.control.no_store;
}

void read_reply_field(std::string_view name, std::string_view value, ReplyFacts& into) {
  if (equals_ignoring_case(name, "Cache-Control")) {
    into.has_control = true;
    read_cache_control(value, into.control);
  } else if (equals_ignoring_case(name, "Expires")) {
    into.has_expires = true;
    into.expires = value;
  } else if (equals_ignoring_case(name, "Date")) {
    into.date = value;
  } else if (equals_ignoring_case(name, "Age")) {
    // The larger of two is the safe one.
    into.age =
        std::max(into.age.value_or(seconds(0)), parse_delta_seconds(value).value_or(seconds(0)));
  } else if (equals_ignoring_case(name, "ETag")) {
    into.etag = value;
  } else if (equals_ignoring_case(name, "Last-Modified")) {
    into.last_modified = value;
  } else if (equals_ignoring_case(name, "Vary")) {
    note_vary(value, into);
  } else if (equals_ignoring_case(name, "Set-Cookie")) {
    into.sets_cookie = true;
  } else if (equals_ignoring_case(name, "Content-Type")) {
    into.is_event_stream = equals_ignoring_case(value.substr(0, kEventStream.size()), kEventStream);
  }
}

// ------------------------------------------------------------------------------------------- use

nanoseconds age(const Freshness& freshness, MonotonicTime now) {
  return freshness.age_at_receipt + std::max(nanoseconds(0), now - freshness.received);
}

nanoseconds remaining(const Freshness& freshness, MonotonicTime now) {
  return freshness.lifetime - age(freshness, now);
}

Use use_of(const Freshness& freshness, const RequestFacts& request, MonotonicTime now) {
  if (request.is_personal && !freshness.for_personal) return Use::No;
  const CacheControl& wanted = request.control;
  if (freshness.always_validate || wanted.no_cache) return Use::MustRevalidate;
  if (wanted.max_age && age(freshness, now) > *wanted.max_age) return Use::MustRevalidate;
  const nanoseconds left = remaining(freshness, now);
  if (wanted.min_fresh && left < *wanted.min_fresh) return Use::MustRevalidate;
  if (left > nanoseconds(0)) return Use::Fresh;
  if (freshness.never_stale) return Use::MustRevalidate;
  // Compared in seconds, as "any staleness" has no room in nanoseconds.
  if (wanted.max_stale && -left <= std::min(*wanted.max_stale, kMaxDeltaSeconds)) {
    return Use::Fresh;
  }
  return -left < freshness.stale_while_revalidate ? Use::RevalidateInBackground
                                                  : Use::MustRevalidate;
}

bool usable_as_fallback(const Freshness& freshness, const RequestFacts& request) {
  return !freshness.never_stale && !freshness.always_validate && !request.control.no_cache &&
         (freshness.for_personal || !request.is_personal);
}

bool usable_on_error(const Freshness& freshness, const RequestFacts& request, MonotonicTime now) {
  if (!usable_as_fallback(freshness, request)) return false;
  const nanoseconds left = remaining(freshness, now);
  const nanoseconds allowed = std::max(
      freshness.stale_if_error, nanoseconds(request.control.stale_if_error.value_or(seconds(0))));
  return left > nanoseconds(0) || -left <= allowed;
}

// ------------------------------------------------------------------------------------------ keep

namespace {

// Statuses that say the same to everyone who asks, whatever RFC 9111 3 would further allow.
constexpr std::array kKeptStatuses{200, 203, 204, 300, 301, 302, 303, 307, 308, 404, 405, 410, 414};
// Those that are kept without a word of the reply (RFC 9110 15.1).
constexpr std::array kKeptByDefault{200, 203, 204, 300, 301, 404, 410};

nanoseconds age_at_receipt(const ReplyToKeep& exchange) {
  const nanoseconds in_transit = exchange.received - exchange.asked;
  const nanoseconds corrected = exchange.reply.age.value_or(seconds(0)) + in_transit;
  const auto date = parse_http_date(exchange.reply.date, exchange.received_wall);
  const nanoseconds apparent = date ? exchange.received_wall - *date : nanoseconds(0);
  // Dates have whole seconds: an apparent age below one is none.
  return std::max(corrected, apparent < seconds(1) ? nanoseconds(0) : apparent);
}

// RFC 9111 4.2.1, for a shared cache.
std::optional<nanoseconds> explicit_lifetime(const ReplyToKeep& exchange) {
  const ReplyFacts& reply = exchange.reply;
  if (reply.control.s_maxage) return *reply.control.s_maxage;
  if (reply.control.max_age) return *reply.control.max_age;
  if (!reply.has_expires) return std::nullopt;
  const WallTime now = exchange.received_wall;
  const auto expires = parse_http_date(reply.expires, now);
  if (!expires) return nanoseconds(0);  // "0" and the like: long ago (RFC 9111 5.3)
  const WallTime date = parse_http_date(reply.date, now).value_or(now);
  return std::clamp<nanoseconds>(*expires - date, nanoseconds(0), kMaxDeltaSeconds);
}

// RFC 9111 3.5. The credential of the gateway does not count here: it was taken off, and the key
// keeps those apart whom it tells apart. This is about one that the upstream gets to see.
bool may_be_shared(const CacheControl& control) {
  return control.is_public || control.must_revalidate || control.s_maxage.has_value();
}

void set_stale_times(const CacheControl& control, const model::CachePolicy& policy,
                     Freshness& freshness) {
  freshness.stale_while_revalidate = control.stale_while_revalidate
                                         ? nanoseconds(*control.stale_while_revalidate)
                                         : nanoseconds(policy.stale_while_revalidate);
  freshness.stale_if_error = control.stale_if_error ? nanoseconds(*control.stale_if_error)
                                                    : nanoseconds(policy.stale_if_error);
}

std::optional<Freshness> kept_by_rule(const ReplyToKeep& exchange, const model::CachePolicy& policy,
                                      milliseconds ttl) {
  if (ttl.count() <= 0 || exchange.request.is_personal) return std::nullopt;
  if (!contains(kKeptByDefault, exchange.status)) return std::nullopt;
  Freshness freshness;
  freshness.received = exchange.received;
  freshness.age_at_receipt = age_at_receipt(exchange);
  freshness.lifetime = freshness.age_at_receipt + ttl;  // counted from now, however old it is
  freshness.stale_while_revalidate = policy.stale_while_revalidate;
  freshness.stale_if_error = policy.stale_if_error;
  return freshness;
}

}  // namespace

VaryName vary_name(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kInKey{"Host", "X-Api-Key", "X-Forwarded-Host",
                                                          "X-Forwarded-Port", "X-Forwarded-Proto"};
  static constexpr std::array<std::string_view, 2> kCredentials{"Authorization", "Cookie"};
  static constexpr std::array<std::string_view, 4> kOfOneCall{"Forwarded", "X-Forwarded-For",
                                                              "X-Real-Ip", "X-Request-Id"};
  if (contains(kInKey, name)) return VaryName::InKey;
  if (contains(kCredentials, name)) return VaryName::Credential;
  return contains(kOfOneCall, name) ? VaryName::Unkeyable : VaryName::Selects;
}

std::optional<milliseconds> rule_ttl(const model::CachePolicy& policy, std::string_view path) {
  for (const model::CacheRule& rule : policy.rules) {
    if (is_at_or_below(path, rule.path)) return rule.ttl;
  }
  return std::nullopt;
}

std::optional<Freshness> freshness_to_keep(const ReplyToKeep& exchange,
                                           const model::CachePolicy& policy,
                                           std::optional<milliseconds> rule) {
  const ReplyFacts& reply = exchange.reply;
  if (reply.varies_on_all || reply.is_event_stream) return std::nullopt;
  if (rule) return kept_by_rule(exchange, policy, *rule);
  const CacheControl& control = reply.control;
  if (control.no_store || reply.sets_cookie) return std::nullopt;
  const bool one_owner = policy.scope == model::CacheScope::Caller && exchange.caller_is_known;
  if (control.is_private && !one_owner) return std::nullopt;
  if (exchange.request.is_personal && !may_be_shared(control)) return std::nullopt;
  if (!contains(kKeptStatuses, exchange.status)) return std::nullopt;

  Freshness freshness;
  freshness.received = exchange.received;
  freshness.age_at_receipt = age_at_receipt(exchange);
  freshness.always_validate = control.no_cache;
  // s-maxage forbids stale use unless the same reply allows it in so many words.
  const bool says_stale = control.stale_while_revalidate || control.stale_if_error;
  freshness.never_stale = control.must_revalidate || (control.s_maxage && !says_stale);
  freshness.for_personal = may_be_shared(control);
  set_stale_times(control, policy, freshness);
  if (const auto lifetime = explicit_lifetime(exchange)) {
    freshness.lifetime = *lifetime;
  } else if (!reply.has_control && contains(kKeptByDefault, exchange.status)) {
    freshness.lifetime = freshness.age_at_receipt + policy.default_ttl;
    if (policy.default_ttl.count() <= 0) return std::nullopt;
  } else if (!control.no_cache) {
    return std::nullopt;
  }
  // What can never be used without asking is worth keeping only when asking can save its body.
  const bool usable =
      !freshness.always_validate && remaining(freshness, exchange.received).count() > 0;
  const bool usable_stale =
      !freshness.always_validate && !freshness.never_stale &&
      (freshness.stale_while_revalidate.count() > 0 || freshness.stale_if_error.count() > 0);
  const bool validates = !reply.etag.empty() || !reply.last_modified.empty();
  if (!usable && !usable_stale && !validates) return std::nullopt;
  return freshness;
}

// ------------------------------------------------------------------------------------ validation

namespace {

std::string_view opaque(std::string_view tag) {
  return tag.starts_with("W/") ? tag.substr(2) : tag;
}

// Entity tags may have commas within their quotes.
bool lists_tag(std::string_view list, std::string_view tag) {
  if (trim(list) == "*") return true;
  const std::string_view wanted = opaque(tag);
  while (true) {
    const auto begin = list.find('"');
    if (begin == std::string_view::npos) return false;
    const auto end = list.find('"', begin + 1);
    if (end == std::string_view::npos) return false;
    if (list.substr(begin, end + 1 - begin) == wanted) return true;
    list.remove_prefix(end + 1);
  }
}

}  // namespace

bool is_not_modified(const RequestFacts& request, const Validators& kept, WallTime now) {
  if (!request.if_none_match.empty()) {
    if (trim(request.if_none_match) == "*") return true;
    return !kept.etag.empty() && lists_tag(request.if_none_match, kept.etag);
  }
  if (request.if_modified_since.empty() || kept.last_modified.empty()) return false;
  const auto since = parse_http_date(request.if_modified_since, now);
  const auto modified = parse_http_date(kept.last_modified, now);
  return since && modified && *modified <= *since;
}

bool is_same_tag(std::string_view of_304, std::string_view asked) {
  return of_304.empty() || asked.empty() || opaque(of_304) == opaque(asked);
}

bool is_updated_by_304(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kOfBody{"Content-Encoding", "Content-Length",
                                                           "Content-Range", "Content-Type"};
  return is_kept_field(name) && !contains(kOfBody, name);
}

bool is_kept_field(std::string_view name) {
  static constexpr std::array<std::string_view, 3> kOfOneReply{"Age", "Set-Cookie", "Set-Cookie2"};
  return !contains(kOfOneReply, name);
}

bool is_field_of_304(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kOfMeta{
      "Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Last-Modified", "Vary"};
  return contains(kOfMeta, name);
}

bool invalidates(bool is_safe_method, int status) {
  return !is_safe_method && status >= 200 && status < 400;
}

}  // namespace apiforge::policy
