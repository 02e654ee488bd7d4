// What the use cases of accounts stand on, and who calls them. The use cases are small classes
// over a Ports value, one for each aggregate; they keep no state of their own, block (database,
// Argon2), and so run on threads of the blocking pool; any of those, at the same time. The control
// plane owns the Ports and outlives every call.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/access_token.hpp"
#include "auth/accounts/login_guard.hpp"
#include "auth/caller.hpp"
#include "auth/credential_digest.hpp"
#include "auth/password_hasher.hpp"
#include "base/clock.hpp"
#include "model/identity.hpp"
#include "storage/store.hpp"

namespace apiforge::auth::accounts {

/// Who may register without an invitation.
enum class RegistrationMode : std::uint8_t {
  Closed,  ///< nobody; an invitation is required
  Open,    ///< everybody; a new user gets a tenant of its own
};

inline constexpr std::chrono::seconds kMaxInvitationLifetime{std::chrono::days(30)};

struct AccountSettings {
  RegistrationMode registration = RegistrationMode::Closed;
  std::string key_environment = "dev";  ///< second part of an API key: live, test or dev
  std::chrono::seconds access_lifetime{std::chrono::minutes(15)};
  std::chrono::seconds session_lifetime{std::chrono::days(30)};  ///< absolute
  std::chrono::seconds refresh_lifetime{std::chrono::days(7)};   ///< of an unused refresh token
  std::chrono::seconds invitation_lifetime{std::chrono::days(7)};
};

struct Ports {
  storage::Store& store;
  const PasswordHasher& passwords;
  /// The issuer of this moment; keys rotate.
  std::function<std::shared_ptr<const TokenIssuer>()> token_issuer;
  const CredentialHasher& credentials;
  const Clock& clock;
  LoginGuard& guard;
  AccountSettings settings;
};

/// Who asks, and from where. Without a caller it is anonymous: register, login, refresh.
struct Actor {
  const Caller* caller = nullptr;
  std::string client{};  ///< the address of the caller, without a port
  std::string user_agent{};
  std::string request_id{};
};

/// A part of a list, in the order of ids.
struct PageQuery {
  std::string after{};       ///< `next` of the page before; empty: from the beginning
  std::uint32_t limit = 50;  ///< 1..500
};
template <class T>
struct Page {
  std::vector<T> items{};
  std::string next{};  ///< empty: there is no more
};

/// Whose keys or sessions a list shows.
enum class Whose : std::uint8_t {
  Own,       ///< the caller's
  Everyone,  ///< of a tenant (of all for the platform); needs auth:manage
};

/// The revision that the caller believes to be the newest (If-Match); nullopt: whichever.
using IfMatch = std::optional<std::uint64_t>;

}  // namespace apiforge::auth::accounts
