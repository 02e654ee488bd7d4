#include "gateway/phases/limit_subject.hpp"

#include <algorithm>
#include <array>

#include "quota/keyed_hash.hpp"

namespace apiforge::gateway::phases {
namespace {

/// The kinds of callers, so that a key is never taken for a user of the same name.
enum class Known : std::uint8_t { Nobody, User, Key };

/// The same number is all it takes to count as the same caller, so nobody may be able to search for
/// a name or an address that has another's: the revision of the book is the secret.
std::uint64_t fingerprint_of(const Call& call, const CompiledLimits& limits) {
  const net::RequestHead& request = call.request();
  if (limits.look_at_paths || request.method == net::Method::Other) return 0;
  const auth::Caller* const caller = call.caller.get();
  Known known = Known::Nobody;
  if (caller != nullptr) known = caller->key ? Known::Key : Known::User;
  const std::uint64_t what = (call.config().number << 16) |
                             (static_cast<std::uint64_t>(request.method) << 8) |
                             static_cast<std::uint64_t>(known);
  std::array<std::uint64_t, 2> key{limits.book->revision(), what};
  std::string_view name = call.client;
  if (caller != nullptr) {
    key[0] = quota::keyed_hash(key, caller->tenant.value);
    name = caller->key ? caller->key->value : caller->user.value;
  }
  return std::max<std::uint64_t>(quota::keyed_hash(key, name), 1);
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

}  // namespace apiforge::gateway::phases
