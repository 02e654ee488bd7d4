#include <algorithm>
#include <array>
#include <set>

#include "base/nearest_name.hpp"
#include "model/bounds.hpp"
#include "model/place.hpp"

namespace apiforge::model {
namespace {

constexpr std::int64_t kYearMs = 366 * 24 * kHourMs;
constexpr std::size_t kMaxCheckPathBytes = 1'024;
constexpr std::size_t kMaxCacheRules = 64;
constexpr std::size_t kMaxKeyHeaders = 16;
constexpr std::size_t kMaxErrorReplies = 32;
constexpr std::size_t kMaxConditionBytes = 1'024;
constexpr std::size_t kMaxFallbacks = 8;
constexpr std::size_t kMaxReplyBytes = 64 << 10;
constexpr std::size_t kMaxReplyHeaders = 32;
constexpr std::size_t kMaxLinkBytes = 2'048;

constexpr std::array<std::string_view, 8> kFallbackConditions{
    "connect", "timeout", "5xx", "429", "no_endpoint", "breaker", "quota", "shed"};

constexpr Bounds<Hedge> kHedgeBounds[] = {
    {"after_ms", [](const Hedge& h) { return h.after.count(); }, 1, 600'000},
    {"percent", [](const Hedge& h) { return std::int64_t{h.percent}; }, 1, 100},
};

constexpr Bounds<HealthCheck> kHealthBounds[] = {
    {"interval_ms", [](const HealthCheck& c) { return c.interval.count(); }, 100, kHourMs},
    {"timeout_ms", [](const HealthCheck& c) { return c.timeout.count(); }, 1, 600'000},
    {"healthy", [](const HealthCheck& c) { return std::int64_t{c.healthy}; }, 1, 100},
    {"unhealthy", [](const HealthCheck& c) { return std::int64_t{c.unhealthy}; }, 1, 100},
    {"status_min", [](const HealthCheck& c) { return std::int64_t{c.status_min}; }, 100, 599},
    {"status_max", [](const HealthCheck& c) { return std::int64_t{c.status_max}; }, 100, 599},
};

constexpr Bounds<CachePolicy> kCacheBounds[] = {
    {"default_ttl_ms", [](const CachePolicy& c) { return c.default_ttl.count(); }, 0, kYearMs},
    {"stale_while_revalidate_ms",
     [](const CachePolicy& c) { return c.stale_while_revalidate.count(); }, 0, kYearMs},
    {"stale_if_error_ms", [](const CachePolicy& c) { return c.stale_if_error.count(); }, 0,
     kYearMs},
    {"max_object_bytes", [](const CachePolicy& c) { return number_of(c.max_object_bytes); }, 1,
     64 << 20},
};

constexpr Bounds<CacheRule> kRuleBounds[] = {
    {"ttl_ms", [](const CacheRule& r) { return r.ttl.count(); }, 0, kYearMs},
};

constexpr Bounds<Fallback> kReplyBounds[] = {
    {"status", [](const Fallback& f) { return std::int64_t{f.status}; }, 200, 599},
};

constexpr Bounds<Mirror> kMirrorBounds[] = {
    {"percent", [](const Mirror& m) { return std::int64_t{m.percent}; }, 1, 100},
};

/// Of a request target: `/`, and no space, control or byte that is not ASCII.
void validate_target(const Place& place, std::string_view path) {
  const auto is_visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (path.starts_with('/') && path.size() <= kMaxCheckPathBytes &&
      path.find('#') == std::string_view::npos && std::ranges::all_of(path, is_visible)) {
    return;
  }
  place.fault("must begin with / and have at most 1024 visible ASCII characters, not " +
              in_quotes(path));
}

void validate_conditions(const Place& place, const std::vector<std::string>& conditions) {
  if (conditions.empty()) place.fault("must name at least one kind of failure");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const std::string& condition = conditions[i];
    if (std::ranges::find(kFallbackConditions, condition) == kFallbackConditions.end()) {
      place.item(i).fault(
          "must be one of connect, timeout, 5xx, 429, no_endpoint, breaker, quota, shed, not " +
          in_quotes(condition) + did_you_mean(condition, kFallbackConditions));
    } else if (!seen.insert(condition).second) {
      place.item(i).fault(in_quotes(condition) + " stands here twice");
    }
  }
}

void validate_reply(const Place& place, const Fallback& fallback) {
  validate_bounds(place, fallback, kReplyBounds);
  if (fallback.body.size() > kMaxReplyBytes) {
    place.member("body").fault("must have at most 65536 bytes");
  }
  const Place headers = place.member("headers");
  if (fallback.headers.size() > kMaxReplyHeaders) headers.fault("must have at most 32 headers");
  for (const auto& [name, value] : fallback.headers) {
    if (!is_token(name)) headers.member(name).fault("is not a header name");
    if (!is_field_value(value)) {
      headers.member(name).fault("must be a value without control characters, not empty");
    }
  }
}

void validate_target_api(const Place& place, const Fallback& fallback, const Api& api) {
  if (!is_api_name(fallback.api)) {
    return place.member("api").fault("must be the name of an API, not " + in_quotes(fallback.api));
  }
  if (!fallback.version.empty() && !is_version(fallback.version)) {
    return place.member("version").fault("must be the version of an API, not " +
                                         in_quotes(fallback.version));
  }
  const bool is_itself =
      fallback.api == api.name && (fallback.version.empty() || fallback.version == api.version);
  if (is_itself)
    place.member("api").fault("must be another API, or another version with `version`");
}

}  // namespace

void validate_hedge(const Place& place, const Hedge& hedge) {
  validate_bounds(place, hedge, kHedgeBounds);
}

void validate_health_check(const Place& place, const HealthCheck& check) {
  validate_bounds(place, check, kHealthBounds);
  validate_target(place.member("path"), check.path);
  if (check.status_max < check.status_min) {
    place.member("status_max").fault("must not be less than status_min");
  }
}

void validate_cache(const Place& place, const CachePolicy& cache) {
  validate_bounds(place, cache, kCacheBounds);
  const Place rules = place.member("rules");
  if (cache.rules.size() > kMaxCacheRules) rules.fault("must be at most 64 rules");
  for (std::size_t i = 0; i < cache.rules.size(); ++i) {
    validate_target(rules.item(i).member("path"), cache.rules[i].path);
    validate_bounds(rules.item(i), cache.rules[i], kRuleBounds);
  }
  const Place headers = place.member("key_headers");
  if (cache.key_headers.size() > kMaxKeyHeaders) headers.fault("must be at most 16 headers");
  for (std::size_t i = 0; i < cache.key_headers.size(); ++i) {
    if (is_token(cache.key_headers[i])) continue;
    headers.item(i).fault("must be the name of a header, not " + in_quotes(cache.key_headers[i]));
  }
}

void validate_error_replies(const Place& place, const std::vector<ErrorReply>& replies) {
  if (replies.size() > kMaxErrorReplies) place.fault("must be at most 32 conditions");
  for (std::size_t i = 0; i < replies.size(); ++i) {
    const ErrorReply& reply = replies[i];
    if (!is_json_pointer(reply.pointer) || reply.pointer.size() > kMaxConditionBytes) {
      place.item(i).member("pointer").fault("must be a JSON pointer such as /error/code, not " +
                                            in_quotes(reply.pointer));
    }
    if (reply.equals && (reply.equals->empty() || reply.equals->size() > kMaxConditionBytes)) {
      place.item(i).member("equals").fault("must be a JSON value of at most 1024 bytes");
    }
  }
}

void validate_fallbacks(const Place& place, const Api& api) {
  if (api.fallback.size() > kMaxFallbacks) place.fault("must be at most 8 steps");
  for (std::size_t i = 0; i < api.fallback.size(); ++i) {
    const Fallback& fallback = api.fallback[i];
    const Place here = place.item(i);
    validate_conditions(here.member("on"), fallback.on);
    if (fallback.kind == FallbackKind::Reply) {
      validate_reply(here, fallback);
    } else if (fallback.kind == FallbackKind::Api) {
      validate_target_api(here, fallback, api);
    } else if (!api.cache) {
      here.member("kind").fault("needs the member `cache` of the API, which says what is kept");
    }
  }
}

void validate_mirror(const Place& place, const Api& api) {
  if (!api.mirror) return;
  validate_bounds(place, *api.mirror, kMirrorBounds);
  if (!is_version(api.mirror->version)) {
    place.member("version").fault("must be the version of an API, not " +
                                  in_quotes(api.mirror->version));
  } else if (api.mirror->version == api.version) {
    place.member("version").fault("must be another version than this one");
  }
}

void validate_deprecation(const Place& place, const Deprecation& deprecation) {
  const std::string_view link = deprecation.link;
  const auto is_in_url = [](char c) {
    return c > 0x20 && c < 0x7f && c != '<' && c != '>' && c != '"';
  };
  const bool is_link = link.starts_with("https://") || link.starts_with("http://");
  if (!link.empty() &&
      (!is_link || link.size() > kMaxLinkBytes || !std::ranges::all_of(link, is_in_url))) {
    place.member("link").fault("must be a URL that begins with https:// or http://");
  }
  if (deprecation.since && deprecation.sunset && *deprecation.sunset < *deprecation.since) {
    place.member("sunset").fault("must not be before `since` (RFC 9745 4)");
  }
}

}  // namespace apiforge::model
