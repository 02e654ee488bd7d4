// Place: where in a configuration a check stands, as a JSON pointer, and the list that its faults
// go to. Used by the validation of each part; lives on the stack of one call.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/in_quotes.hpp"
#include "model/validate.hpp"

namespace apiforge::model {

class Place {
 public:
  Place(std::string pointer, std::vector<Fault>& faults)
      : pointer_(std::move(pointer)), faults_(faults) {}

  /// The place of a member of this object or of an element of this list.
  Place member(std::string_view name) const;
  Place item(std::size_t index) const;

  void fault(std::string message) const { faults_.push_back({pointer_, std::move(message)}); }
  const std::string& pointer() const { return pointer_; }

 private:
  std::string pointer_;
  std::vector<Fault>& faults_;
};

/// A token of RFC 9110 5.6.2: what methods and field names are made of.
bool is_token(std::string_view text);

/// No control bytes but the tab, as a field value demands (RFC 9110 5.5); not empty.
bool is_field_value(std::string_view text);

/// 1 to `most` letters, digits and `marks`.
bool is_name(std::string_view text, std::size_t most, std::string_view marks);

/// A prefix of request paths: `/`, and up to 1024 visible ASCII characters without `?` and `#`.
bool is_path_prefix(std::string_view text);
inline constexpr std::string_view kPathPrefixRule =
    "must begin with / and have at most 1024 visible ASCII characters without ? and #, not ";

/// Not empty: a pointer to something inside (RFC 6901 3: `~` is written `~0`, and `/` in a name
/// `~1`).
bool is_json_pointer(std::string_view text);

inline constexpr std::size_t kMaxVersionBytes = 32;
inline bool is_version(std::string_view text) {
  return is_name(text, kMaxVersionBytes, "._-");
}
inline constexpr std::size_t kMaxApiNameBytes = 64;
inline bool is_api_name(std::string_view text) {
  return is_name(text, kMaxApiNameBytes, "_-");
}

void validate_api(const Place& place, const Api& api,
                  const std::vector<std::string>& known_connectors);
void validate_upstream(const Place& place, const Upstream& upstream);
void validate_route(const Place& place, const Route& route);
void validate_transformation(const Place& place, const Transformation& transformation);
void validate_hedge(const Place& place, const Hedge& hedge);
void validate_health_check(const Place& place, const HealthCheck& check);
void validate_cache(const Place& place, const CachePolicy& cache);
void validate_error_replies(const Place& place, const std::vector<ErrorReply>& replies);
/// Of this Api in itself; that what they lead to exists is looked at elsewhere.
void validate_fallbacks(const Place& place, const Api& api);
void validate_mirror(const Place& place, const Api& api);
void validate_deprecation(const Place& place, const Deprecation& deprecation);
/// Priorities and costs of calls.
void validate_call_rules(const Place& place, const std::vector<CallRule>& rules);
void validate_adaptive_concurrency(const Place& place, const AdaptiveConcurrency& bounds);
void validate_quota(const Place& place, const Quota& quota);
void validate_breaker_rule(const Place& place, const BreakerRule& rule);
void validate_alert_rule(const Place& place, const AlertRule& rule);
void validate_credential(const Place& place, const Credential& credential);
void validate_token_issuers(const Place& place, const std::vector<TrustedIssuer>& issuers);

}  // namespace apiforge::model
