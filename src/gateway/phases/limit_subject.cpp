#include "gateway/phases/limit_subject.hpp"

#include <algorithm>
#include <charconv>

#include "policy/hash.hpp"

namespace apiforge::gateway::phases {
namespace {

/// The kinds of callers, so that a key is never taken for a user of the same name.
enum class Known : std::uint8_t { Nobody, User, Key };

std::uint64_t fingerprint_of(const Call& call, const CompiledLimits& limits) {
  const net::RequestHead& request = call.request();
  if (limits.look_at_paths || request.method == net::Method::Other) return 0;
  std::uint64_t hash = limits.book->revision();
  Known known = Known::Nobody;
  if (const auth::Caller* caller = call.caller.get()) {
    known = caller->key ? Known::Key : Known::User;
    hash = policy::hash_bytes(caller->tenant.value, hash);
    hash = policy::hash_bytes(caller->key ? caller->key->value : caller->user.value, hash);
  } else {
    hash = policy::hash_bytes(call.client, hash);
  }
  const auto what = (std::uint64_t{call.config().slot} << 16) |
                    (static_cast<std::uint64_t>(request.method) << 8) |
                    static_cast<std::uint64_t>(known);
  return std::max<std::uint64_t>(policy::hash_pair(hash, what), 1);
}

void append_number(std::int64_t number, std::string& out) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

quota::Subject subject_of(const Call& call, const CompiledLimits& limits) {
  const model::Api& api = call.config().config;
  quota::Subject subject;
  if (const auth::Caller* caller = call.caller.get()) {
    subject.tenant = caller->tenant.value;
    subject.user = caller->user.value;
    if (caller->key) subject.key = caller->key->value;
  }
  subject.client = call.client;
  subject.api = api.name;
  subject.version = api.version;
  subject.method = call.request().method_text;
  subject.path = call.upstream_path();
  subject.priority = call.admission.priority;
  subject.fingerprint = fingerprint_of(call, limits);
  return subject;
}

std::int64_t whole_seconds(std::chrono::nanoseconds time) {
  return std::max<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(time).count(), 1);
}

void append_limit_lines(const quota::Verdict& verdict, std::string& out) {
  const quota::CompiledLimit& limit = *verdict.limit;
  const bool admitted = verdict.ruling == quota::Ruling::Admitted;
  out.append("RateLimit: \"").append(limit.config->name).append("\";r=");
  append_number(admitted ? std::max<std::int64_t>(verdict.remaining, 0) : 0, out);
  // A place among concurrent calls comes back when it does.
  if (limit.config->limit.unit != model::LimitUnit::Concurrent) {
    out.append(";t=");
    append_number(whole_seconds(admitted ? verdict.reset_after : verdict.retry_after), out);
  }
  out.append("\r\nRateLimit-Policy: ").append(limit.policy_item).append("\r\n");
}

}  // namespace apiforge::gateway::phases
