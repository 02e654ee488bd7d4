#include "policy/cache_control.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace apiforge::policy {
namespace {

using std::chrono::seconds;

// Cuts the first directive off a list whose values may be quoted strings with commas inside.
std::string_view take_directive(std::string_view& list) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < list.size(); ++end) {
    const char c = list[end];
    if (quoted && c == '\\') {
      ++end;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      break;
    }
  }
  end = std::min(end, list.size());
  const auto directive = trim(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return directive;
}

// Seconds may come quoted (RFC 9111 5.2: accept both forms).
std::optional<seconds> seconds_of(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
    value = value.substr(1, value.size() - 2);
  }
  return parse_delta_seconds(value);
}

void keep_smaller(std::optional<seconds>& time, seconds value) {
  time = time ? std::min(*time, value) : value;
}

void keep_larger(std::optional<seconds>& time, seconds value) {
  time = time ? std::max(*time, value) : value;
}

void read_flag(std::string_view name, CacheControl& into) {
  if (equals_ignoring_case(name, "no-store")) into.no_store = true;
  if (equals_ignoring_case(name, "no-cache")) into.no_cache = true;
  if (equals_ignoring_case(name, "private")) into.is_private = true;
  if (equals_ignoring_case(name, "public")) into.is_public = true;
  if (equals_ignoring_case(name, "must-revalidate")) into.must_revalidate = true;
  if (equals_ignoring_case(name, "proxy-revalidate")) into.must_revalidate = true;
  if (equals_ignoring_case(name, "only-if-cached")) into.only_if_cached = true;
}

void read_time(std::string_view name, std::string_view value, CacheControl& into) {
  const auto time = seconds_of(value);
  const seconds strict = time.value_or(seconds(0));
  if (equals_ignoring_case(name, "max-age")) keep_smaller(into.max_age, strict);
  if (equals_ignoring_case(name, "s-maxage")) keep_smaller(into.s_maxage, strict);
  if (equals_ignoring_case(name, "min-fresh")) {
    keep_larger(into.min_fresh, time.value_or(kMaxDeltaSeconds));
  }
  if (!time) return;
  if (equals_ignoring_case(name, "max-stale")) keep_smaller(into.max_stale, *time);
  if (equals_ignoring_case(name, "stale-while-revalidate")) {
    keep_smaller(into.stale_while_revalidate, *time);
  }
  if (equals_ignoring_case(name, "stale-if-error")) keep_smaller(into.stale_if_error, *time);
}

}  // namespace

std::optional<seconds> parse_delta_seconds(std::string_view text) {
  if (text.empty()) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
  }
  const auto number = parse_unsigned(text);
  const auto most = static_cast<std::uint64_t>(kMaxDeltaSeconds.count());
  if (!number || *number > most) return kMaxDeltaSeconds;  // too large, not wrong
  return seconds(static_cast<seconds::rep>(*number));
}

void read_cache_control(std::string_view line, CacheControl& into) {
  while (!line.empty()) {
    const std::string_view directive = take_directive(line);
    const auto equals = directive.find('=');
    const auto name = trim(directive.substr(0, equals));
    read_flag(name, into);
    if (equals != std::string_view::npos) {
      read_time(name, trim(directive.substr(equals + 1)), into);
    } else if (equals_ignoring_case(name, "max-stale")) {
      keep_smaller(into.max_stale, seconds::max());
    } else if (equals_ignoring_case(name, "max-age") || equals_ignoring_case(name, "s-maxage")) {
      read_time(name, {}, into);
    }
  }
}

}  // namespace apiforge::policy
