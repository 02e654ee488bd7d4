#include "auth/accounts/login_guard.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "model/network.hpp"
#include "policy/hash.hpp"

namespace apiforge::auth::accounts {
namespace {

constexpr std::chrono::seconds kReportInterval{10};
/// How long a refusal stands without being decided anew: what makes it void, such as a login of the
/// user from the same network, is seen so late at most.
constexpr std::chrono::seconds kRefusalStands{1};
constexpr std::string_view kContextPrefix = "retry_after_ms=";
constexpr std::size_t kIpv4NetworkBytes = 15;  ///< of the 16-byte form: a /24
constexpr std::size_t kIpv6NetworkBytes = 8;   ///< a /64, what one customer has at least

/// The network that guesses from `client` are counted for.
policy::LoginNetwork network_of(std::string_view client, std::uint64_t seed) {
  auto address = model::parse_ip_address(client);
  if (!address) return {policy::hash_bytes(client, seed)};
  const std::size_t kept = is_ipv4(*address) ? kIpv4NetworkBytes : kIpv6NetworkBytes;
  std::fill(address->bytes.begin() + static_cast<std::ptrdiff_t>(kept), address->bytes.end(), 0);
  const std::string_view bytes(reinterpret_cast<const char*>(address->bytes.data()),
                               address->bytes.size());
  return {policy::hash_bytes(bytes, seed)};
}

policy::LoginAccount account_of(std::string_view account, std::uint64_t seed) {
  // Another seed than that of networks: no account can be made to collide with a network.
  return {policy::hash_bytes(lower_case(account), ~seed)};
}

}  // namespace

LoginGuard::LoginGuard(policy::LoginThrottleLimits limits, std::uint64_t seed, const Clock& clock)
    : seed_(seed), clock_(clock), throttle_(limits) {}

void LoginGuard::Permit::succeeded() {
  guard_->settle(attempt_, policy::LoginResult::Success);
}

void LoginGuard::Permit::abandoned() {
  guard_->settle(attempt_, policy::LoginResult::Abandoned);
}

void LoginGuard::Permit::failed() {
  guard_->settle(attempt_, policy::LoginResult::Failure);
}

std::uint64_t LoginGuard::refusal_key(std::string_view name, std::string_view client) const {
  return policy::hash_bytes(lower_case(name), network_of(client, seed_).hash);
}

Result<void> LoginGuard::check_recent(std::string_view name, std::string_view client) {
  const std::uint64_t key = refusal_key(name, client);
  const MonotonicTime now = clock_.now();
  const std::scoped_lock lock(mutex_);
  const Refused& refused = refused_[key % kRefusedPlaces];
  if (refused.name_and_network != key || refused.until <= now) return {};
  return refuse(refused.retry_at - now);
}

void LoginGuard::note_refused(std::string_view name, std::string_view client,
                              const Error& refusal) {
  const auto wait = retry_after(refusal);
  if (!wait) return;
  const std::uint64_t key = refusal_key(name, client);
  const MonotonicTime now = clock_.now();
  const MonotonicTime retry_at = now + *wait;
  const std::scoped_lock lock(mutex_);
  refused_[key % kRefusedPlaces] = {key, std::min(retry_at, now + kRefusalStands), retry_at};
}

Result<LoginGuard::Permit> LoginGuard::admit(std::string_view account, std::string_view client) {
  const auto who = account_of(account, seed_);
  const auto from = network_of(client, seed_);
  const std::scoped_lock lock(mutex_);
  const policy::LoginDecision decision = throttle_.admit(clock_.now(), who, from);
  if (!decision.admitted) return refuse(decision.retry_after);
  return Permit(*this, decision.attempt);
}

Result<void> LoginGuard::count_failure(std::string_view client) {
  const auto from = network_of(client, seed_);
  const std::scoped_lock lock(mutex_);
  const policy::LoginDecision decision = throttle_.count_network_failure(clock_.now(), from);
  if (!decision.admitted) return refuse(decision.retry_after);
  return {};
}

void LoginGuard::remember(std::string_view account, std::string_view client) {
  const auto who = account_of(account, seed_);
  const auto from = network_of(client, seed_);
  const std::scoped_lock lock(mutex_);
  throttle_.remember(clock_.now(), who, from);
}

std::uint64_t LoginGuard::take_unreported_refusals() {
  const std::scoped_lock lock(mutex_);
  const MonotonicTime now = clock_.now();
  if (unreported_ == 0 || now < next_report_) return 0;
  next_report_ = now + kReportInterval;
  return std::exchange(unreported_, 0);
}

void LoginGuard::settle(const policy::LoginAttempt& attempt, policy::LoginResult result) {
  const std::scoped_lock lock(mutex_);
  throttle_.settle(clock_.now(), attempt, result);
}

std::unexpected<Error> LoginGuard::refuse(std::chrono::nanoseconds retry_after) {
  ++unreported_;
  return std::unexpected(
      too_many_attempts(std::chrono::ceil<std::chrono::milliseconds>(retry_after)));
}

Error too_many_attempts(std::chrono::milliseconds retry_after) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  return Error{ErrorCode::TooManyAttempts,
               "too many attempts; try again in " + std::to_string(seconds) + " s",
               std::string(kContextPrefix) + std::to_string(retry_after.count())};
}

std::optional<std::chrono::milliseconds> retry_after(const Error& error) {
  if (error.code != ErrorCode::TooManyAttempts) return std::nullopt;
  std::string_view text = error.context;
  if (!text.starts_with(kContextPrefix)) return std::nullopt;
  text.remove_prefix(kContextPrefix.size());
  const auto milliseconds = parse_unsigned(text);
  if (!milliseconds) return std::nullopt;
  return std::chrono::milliseconds(*milliseconds);
}

}  // namespace apiforge::auth::accounts
