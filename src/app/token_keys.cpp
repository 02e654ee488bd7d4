#include "app/token_keys.hpp"

namespace apiforge::app {

TokenKeys::TokenKeys(const TokenSettings& settings, storage::Store& store, const auth::Vault& vault,
                     const Clock& clock)
    : settings_(settings), store_(store), keys_(vault), clock_(clock) {}

Result<auth::SigningKeySet> TokenKeys::load() const {
  const bool is_configured =
      auth::is_symmetric(settings_.algorithm) && !settings_.secret_key.empty();
  if (!is_configured) return keys_.load_or_create(store_, settings_.algorithm, clock_.wall());
  auth::SigningKeySet set;
  // The one before is older than any other, so that it verifies and never signs.
  const std::pair<const Secret&, WallTime> secrets[] = {
      {settings_.previous_secret_key, WallTime::min()}, {settings_.secret_key, WallTime{}}};
  for (const auto& [secret, not_before] : secrets) {
    if (secret.empty()) continue;
    auto key = auth::signing_key_from_secret(settings_.algorithm, secret);
    if (!key) return std::unexpected(key.error());
    key->not_before = not_before;
    set.keys.push_back(*std::move(key));
  }
  return set;
}

Result<bool> TokenKeys::refresh() {
  auto set = load();
  if (!set) return std::unexpected(set.error());
  {
    const std::lock_guard lock(mutex_);
    if (issuer_ && set->keys == set_.keys) return false;
  }
  const auth::TokenProfile profile{.issuer = settings_.issuer, .audience = settings_.audience};
  auto issuer = auth::TokenIssuer::make(*set, profile);
  if (!issuer) return std::unexpected(issuer.error());
  auto verifier = auth::TokenVerifier::make(*set, profile);
  if (!verifier) return std::unexpected(verifier.error());
  const std::lock_guard lock(mutex_);
  set_ = *std::move(set);
  issuer_ = std::make_shared<const auth::TokenIssuer>(*std::move(issuer));
  trust_.own = std::make_shared<const auth::TokenVerifier>(*std::move(verifier));
  trust_.issuer = settings_.issuer;
  return true;
}

void TokenKeys::accept(std::shared_ptr<const auth::ExternalVerifier> external) {
  const std::lock_guard lock(mutex_);
  trust_.external = std::move(external);
}

std::shared_ptr<const auth::TokenIssuer> TokenKeys::issuer() const {
  const std::lock_guard lock(mutex_);
  return issuer_;
}

auth::TokenTrust TokenKeys::trust() const {
  const std::lock_guard lock(mutex_);
  return trust_;
}

std::string TokenKeys::jwks() const {
  const std::lock_guard lock(mutex_);
  return auth::jwks(set_);
}

}  // namespace apiforge::app
