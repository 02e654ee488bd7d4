#include <algorithm>

#include "model/bounds.hpp"
#include "model/place.hpp"

namespace apiforge::model {
namespace {

constexpr std::string_view kEach = "*";
constexpr std::size_t kMaxMatchedIdBytes = 256;
constexpr std::size_t kMaxMethodBytes = 32;
constexpr std::int64_t kMaxAmount = 1'000'000'000'000'000;
constexpr std::int64_t kMaxPerMs = 30ll * 24 * 3'600'000;

constexpr Bounds<Quota> kQuotaBounds[] = {
    {"reserve_percent", [](const Quota& q) { return std::int64_t{q.reserve_percent}; }, 0, 90},
};

constexpr Bounds<QuotaQueue> kQueueBounds[] = {
    {"max_waiting", [](const QuotaQueue& q) { return std::int64_t{q.max_waiting}; }, 1, 10'000},
    {"max_wait_ms", [](const QuotaQueue& q) { return q.max_wait.count(); }, 1, 60'000},
};

/// What identities may look like, also those that other issuers chose.
bool is_visible(std::string_view text) {
  return text.size() <= kMaxMatchedIdBytes &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

/// As routes name them: in small letters it would match nothing.
bool is_method(std::string_view text) {
  return is_token(text) && text.size() <= kMaxMethodBytes &&
         std::ranges::none_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

void validate_match(const Place& place, const Quota& quota) {
  const QuotaMatch& match = quota.match;
  const auto check = [&](std::string_view member, const std::string& value, bool is_allowed,
                         std::string_view rule) {
    if (value.empty() || value == kEach || is_allowed) return;
    place.member(member).fault(std::string(rule) + ", or * for each of them, not " +
                               in_quotes(value));
  };
  constexpr std::string_view kId = "must be an id of at most 256 visible ASCII characters";
  check("tenant", match.tenant, is_visible(match.tenant), kId);
  check("user", match.user, is_visible(match.user), kId);
  check("key", match.key, is_visible(match.key), kId);
  check("api", match.api, is_api_name(match.api), "must be the name of an API");
  check("version", match.version, is_version(match.version), "must be the version of an API");
  check("method", match.method, is_method(match.method),
        "must be a method in capital letters such as GET");
  if (!match.path.empty() && !is_path_prefix(match.path)) {
    place.member("path").fault(std::string(kPathPrefixRule) + in_quotes(match.path));
  }
  if (quota.tenant.value != kPlatformTenant && match.tenant != quota.tenant.value) {
    place.member("tenant").fault("must be the tenant whose quota it is");
  }
}

void validate_amount(const Place& place, const Limit& limit) {
  if (limit.amount >= 1 && limit.amount <= kMaxAmount) return;
  const bool is_money = limit.unit == LimitUnit::Usd;
  place.member("amount").fault(
      is_money ? "must be a decimal text from \"0.000000001\" to \"1000000\", not \"" +
                     usd_text({limit.amount}) + "\""
               : "must be from 1 to 1000000000000000, not " + std::to_string(limit.amount));
}

/// Over which time the amount holds: one of `per_ms` and `period`, and none for what runs at once.
void validate_time(const Place& place, const Limit& limit) {
  const bool has_per = limit.per.count() != 0;
  if (limit.unit == LimitUnit::Concurrent) {
    constexpr std::string_view kNone = "must not be given with the unit concurrent";
    if (has_per) place.member("per_ms").fault(std::string(kNone));
    if (limit.period) place.member("period").fault(std::string(kNone));
    return;
  }
  if (has_per && limit.period) {
    place.member("period").fault("must not be given with per_ms: a limit has one of the two");
  } else if (!has_per && !limit.period) {
    place.fault(
        "needs per_ms of 1 or more (a rate), or period (minute, hour, day or month of the "
        "calendar)");
  } else if (has_per && (limit.per.count() < 0 || limit.per.count() > kMaxPerMs)) {
    place.member("per_ms").fault("must be from 1 to 2592000000 (30 days), not " +
                                 std::to_string(limit.per.count()));
  }
}

void validate_burst(const Place& place, const Quota& quota) {
  const Limit& limit = quota.limit;
  if (limit.burst == 0) return;
  const Place here = place.member("burst");
  if (limit.unit == LimitUnit::Concurrent || limit.period) {
    here.fault("is for limits with per_ms");
  } else if (quota.algorithm != LimitAlgorithm::Gcra) {
    here.fault("is for the algorithm gcra: windows admit the amount at once anyway");
  } else if (limit.burst < 0 || limit.burst > kMaxAmount) {
    here.fault(limit.unit == LimitUnit::Usd ? "must be a decimal text of at most \"1000000\""
                                            : "must be at most 1000000000000000");
  }
}

/// That what is done beyond the limit fits the kind of limit.
void validate_behaviour(const Place& place, const Quota& quota) {
  if (quota.algorithm == LimitAlgorithm::SlidingWindow && quota.limit.period) {
    place.member("algorithm").fault("must be gcra or fixed_window with a period: those are fixed");
  }
  if (quota.on_exceed == OnExceed::Queue && quota.limit.period) {
    place.member("on_exceed")
        .fault("must be reject or degrade with a period: its end is too far to wait for");
  }
  if (quota.strict && quota.limit.unit == LimitUnit::Concurrent) {
    place.member("strict").fault("must be false with the unit concurrent: each node counts alone");
  }
}

}  // namespace

void validate_quota(const Place& place, const Quota& quota) {
  if (!is_api_name(quota.name)) {
    place.member("name").fault("must be 1 to 64 letters, digits, _ or -, not " +
                               in_quotes(quota.name));
  }
  validate_match(place.member("match"), quota);
  const Place limit = place.member("limit");
  validate_amount(limit, quota.limit);
  validate_time(limit, quota.limit);
  validate_burst(limit, quota);
  validate_bounds(place, quota, kQuotaBounds);
  validate_bounds(place.member("queue"), quota.queue, kQueueBounds);
  validate_behaviour(place, quota);
}

std::vector<Fault> validate_quota(const Quota& quota) {
  std::vector<Fault> faults;
  validate_quota(Place("", faults), quota);
  return faults;
}

}  // namespace apiforge::model
