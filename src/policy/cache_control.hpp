// Reads Cache-Control (RFC 9111 5.2, RFC 5861) of requests and replies. Pure; any thread.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

namespace apiforge::policy {

/// The directives that a shared cache acts on; all others are passed over (RFC 9111 5.2.3).
struct CacheControl {
  bool no_store = false;
  bool no_cache = false;    ///< also `no-cache="field"`: the whole reply is treated so
  bool is_private = false;  ///< also `private="field"`
  bool is_public = false;
  bool must_revalidate = false;  ///< or proxy-revalidate
  bool only_if_cached = false;
  std::optional<std::chrono::seconds> max_age;
  std::optional<std::chrono::seconds> s_maxage;
  std::optional<std::chrono::seconds> min_fresh;
  std::optional<std::chrono::seconds> max_stale;  ///< seconds::max() without a value
  std::optional<std::chrono::seconds> stale_while_revalidate;
  std::optional<std::chrono::seconds> stale_if_error;
};

/// The longest time that a directive can name: what is larger counts as this (RFC 9111 1.2.2).
inline constexpr std::chrono::seconds kMaxDeltaSeconds{2'147'483'648};

/// Adds what one field line says. A directive that comes twice counts with its stricter value; a
/// time that cannot be read counts as 0 (stale), except in `max-stale` and the extensions of RFC
/// 5861, which are ignored then.
void read_cache_control(std::string_view line, CacheControl& into);

/// `delta-seconds` of RFC 9111 1.2.2: digits only, at most kMaxDeltaSeconds. Also reads Age.
std::optional<std::chrono::seconds> parse_delta_seconds(std::string_view text);

}  // namespace apiforge::policy
