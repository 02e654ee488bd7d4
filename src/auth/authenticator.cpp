#include "auth/authenticator.hpp"

#include <sodium/crypto_shorthash_siphash24.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "auth/api_key_text.hpp"
#include "auth/credential_text.hpp"

namespace apiforge::auth {
namespace {

std::unexpected<Error> invalid(std::string context) {
  return fail(ErrorCode::InvalidCredential, std::string(kInvalidCredentialDetail),
              std::move(context));
}

// The permissions of the owner as they are now, when neither user nor tenant is out of force.
Result<model::PermissionSet> permissions_in_force(const DirectoryUser& user,
                                                  const Directory& directory) {
  const model::TenantId& tenant_id = user.identity->tenant;
  const model::Tenant* tenant = directory.find_tenant(tenant_id);
  if (!tenant || tenant->suspended)
    return invalid("tenant " + tenant_id.value + " is out of force");
  if (user.disabled) return invalid("user " + user.identity->user.value + " is disabled");
  return directory.permissions_of(tenant_id, user.roles);
}

Result<Caller> caller_of_key(const DirectoryKey& key, const Directory& directory) {
  const DirectoryUser* owner = directory.find_user(key.owner->user);
  if (!owner || owner->identity->tenant != key.owner->tenant) {
    return invalid("key " + key.id.value + " has no owner");
  }
  const auto permissions = permissions_in_force(*owner, directory);
  if (!permissions) return std::unexpected(permissions.error());
  return Caller{.tenant = key.owner->tenant,
                .user = key.owner->user,
                .key = key.id,
                .session = {},
                .external = false,
                .label = "key:" + key.id.value,
                .permissions = key.scopes & *permissions,
                .restrictions = key.conditions ? key.conditions->restrictions : nullptr};
}

Result<Caller> caller_of_session(const AccessClaims& claims, const Directory& directory) {
  const DirectoryUser* user = directory.find_user(claims.user);
  if (!user || user->identity->tenant != claims.tenant) {
    return invalid("the token's user does not exist");
  }
  // Tokens tell their time in whole seconds: one of the very second in which those of before were
  // made void may be newer. Those that are not end with their session.
  if (claims.issued_at < std::chrono::floor<std::chrono::seconds>(user->tokens_valid_from)) {
    return invalid("the token is older than tokens_valid_from");
  }
  if (claims.session.empty() || directory.is_revoked(claims.session)) {
    return invalid("session " + claims.session.value + " is revoked");
  }
  const auto permissions = permissions_in_force(*user, directory);
  if (!permissions) return std::unexpected(permissions.error());
  return Caller{.tenant = claims.tenant,
                .user = claims.user,
                .key = std::nullopt,
                .session = claims.session,
                .external = false,
                .label = "user:" + user->username,
                .permissions = *permissions,
                .restrictions = nullptr};
}

// Users of other issuers are not in the Directory: their token says what they are.
Result<Caller> caller_of_external(const AccessClaims& claims, const Directory& directory) {
  const model::Tenant* tenant = directory.find_tenant(claims.tenant);
  if (!tenant || tenant->suspended) {
    return invalid("tenant " + claims.tenant.value + " is out of force");
  }
  return Caller{.tenant = claims.tenant,
                .user = claims.user,
                .key = std::nullopt,
                .session = {},
                .external = true,
                .label = "user:" + claims.user.value,
                .permissions = directory.permissions_of(claims.tenant, claims.roles),
                .restrictions = nullptr};
}

}  // namespace

struct Authenticator::Entry {
  Fingerprint fingerprint{};
  WallTime until{};              ///< does not count from then on; 0 in a free entry
  WallTime used_at{};            ///< the last use that was not taken yet
  std::uint64_t generation = 0;  ///< of the Directory that `caller` is from
  std::shared_ptr<const Caller> caller;
  std::shared_ptr<const AccessClaims> claims;  ///< of a token, whose signature is verified once
};

Authenticator::Authenticator(std::shared_ptr<const CredentialHasher> hasher, TokenTrust trust)
    : hasher_(std::move(hasher)), trust_(std::move(trust)) {
  static_assert(std::tuple_size_v<decltype(cache_key_)> == crypto_shorthash_siphashx24_KEYBYTES);
  randombytes_buf(cache_key_.data(), cache_key_.size());
}

Authenticator::~Authenticator() {
  sodium_memzero(cache_key_.data(), cache_key_.size());
}

void Authenticator::trust(TokenTrust trust) {
  trust_ = std::move(trust);
  for (Entry& entry : entries_) {
    if (entry.claims) entry.until = {};
  }
}

bool Authenticator::is_ours(std::string_view text) const {
  if (has_own_prefix(text)) return true;
  return !trust_.issuer.empty() && claimed_issuer(text) == trust_.issuer;
}

Result<std::shared_ptr<const Caller>> Authenticator::authenticate(std::string_view text,
                                                                  const Directory& directory,
                                                                  WallTime now) {
  if (text.size() > kMaxCredentialBytes) return invalid("longer than 8 KiB");
  const Fingerprint mark = fingerprint(text);
  Entry* known = find(mark);
  if (known && now < known->until && known->generation == directory.generation()) {
    known->used_at = now;
    return known->caller;
  }
  auto claims = known && now < known->until ? known->claims : nullptr;
  auto found = text.starts_with(kApiKeyPrefix)
                   ? open_key(text, directory, now)
                   : open_token(text, std::move(claims), directory, now);
  if (!found) {
    if (known) known->until = {};
    return std::unexpected(std::move(found.error()));
  }
  found->fingerprint = mark;
  found->used_at = now;
  found->generation = directory.generation();
  Entry& entry = known ? *known : make_room(mark, now);
  entry = *std::move(found);
  return entry.caller;
}

Result<Authenticator::Entry> Authenticator::open_key(std::string_view text,
                                                     const Directory& directory,
                                                     WallTime now) const {
  if (!is_well_formed_api_key(text)) return invalid("not a well-formed key");
  const auto found = directory.find_by_digest(hasher_->digest(text));
  if (!found) return invalid("unknown key");
  if (now >= found->until) return invalid("key " + found->key->id.value + " has expired");
  auto caller = caller_of_key(*found->key, directory);
  if (!caller) return std::unexpected(std::move(caller.error()));
  Entry entry;
  entry.until = found->until;
  entry.caller = std::make_shared<const Caller>(*std::move(caller));
  return entry;
}

Result<Authenticator::Entry> Authenticator::open_token(std::string_view text,
                                                       std::shared_ptr<const AccessClaims> claims,
                                                       const Directory& directory,
                                                       WallTime now) const {
  if (!claims) {
    auto verified = verify(text, now);
    if (!verified) return std::unexpected(std::move(verified.error()));
    claims = std::make_shared<const AccessClaims>(*std::move(verified));
  }
  auto caller = claims->external ? caller_of_external(*claims, directory)
                                 : caller_of_session(*claims, directory);
  if (!caller) return std::unexpected(std::move(caller.error()));
  Entry entry;
  // What the verifier grants beyond it for clocks that differ is not remembered.
  entry.until = claims->expires_at;
  entry.caller = std::make_shared<const Caller>(*std::move(caller));
  entry.claims = std::move(claims);
  return entry;
}

Result<AccessClaims> Authenticator::verify(std::string_view token, WallTime now) const {
  if (trust_.external && claimed_issuer(token) != trust_.issuer) {
    return trust_.external->verify(token, now);
  }
  if (!trust_.own) return invalid("no tokens are accepted");
  return trust_.own->verify(token, now);
}

Authenticator::Fingerprint Authenticator::fingerprint(std::string_view text) const {
  Fingerprint result;
  static_assert(sizeof result == crypto_shorthash_siphashx24_BYTES);
  crypto_shorthash_siphashx24(reinterpret_cast<unsigned char*>(result.data()),
                              reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                              cache_key_.data());
  return result;
}

std::span<Authenticator::Entry> Authenticator::set_of(const Fingerprint& fingerprint) {
  return std::span(entries_).subspan(fingerprint[0] % kSets * kWays, kWays);
}

Authenticator::Entry* Authenticator::find(const Fingerprint& fingerprint) {
  if (entries_.empty()) return nullptr;
  for (Entry& entry : set_of(fingerprint)) {
    // Both words at once: no early end that could be timed.
    const std::uint64_t differing =
        (entry.fingerprint[0] ^ fingerprint[0]) | (entry.fingerprint[1] ^ fingerprint[1]);
    if (differing == 0) return &entry;
  }
  return nullptr;
}

Authenticator::Entry& Authenticator::make_room(const Fingerprint& fingerprint, WallTime now) {
  if (entries_.empty()) entries_.resize(kSets * kWays);
  const std::span<Entry> set = set_of(fingerprint);
  auto victim = std::ranges::find_if(set, [now](const Entry& entry) { return entry.until <= now; });
  if (victim == set.end()) victim = set.begin() + (next_victim_++ % kWays);
  note_use(*victim);
  return *victim;
}

void Authenticator::note_use(Entry& entry) {
  const WallTime used_at = std::exchange(entry.used_at, {});
  if (used_at == WallTime{} || !entry.caller || !entry.caller->key) return;
  if (uses_.size() < kMaxUses) uses_.emplace_back(entry.caller->key->value, used_at);
}

std::vector<KeyUse> Authenticator::take_uses() {
  for (Entry& entry : entries_) note_use(entry);
  return std::exchange(uses_, {});
}

}  // namespace apiforge::auth
