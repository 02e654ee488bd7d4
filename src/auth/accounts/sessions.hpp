// Sessions: login, refresh, logout, and the list of who is logged in. See ports.hpp for threads.
//
// A login begins a family of refresh tokens. Each is used once; a second use means that it was
// stolen from one side or the other, and ends the family (RFC 9700 4.14.2).
#pragma once
#include <optional>
#include <string>

#include "auth/accounts/ports.hpp"
#include "base/secret.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts {

struct LoginRequest {
  std::string name{};  ///< user name or email
  Secret password{};
};

struct TokenPair {
  Secret access_token{};
  Secret refresh_token{};
  std::chrono::seconds expires_in{};  ///< of the access token
  model::SessionId session{};
};

struct SessionQuery {
  Whose whose = Whose::Own;
  std::optional<model::TenantId> tenant{};  ///< with Everyone
  std::optional<model::UserId> user{};      ///< with Everyone
  PageQuery page{};
};

class Sessions {
 public:
  explicit Sessions(const Ports& ports) : ports_(ports) {}

  /// InvalidCredential, in the same time and with the same text, for an unknown user, a wrong
  /// password, a disabled user and a suspended tenant. TooManyAttempts, TooBusy.
  Result<TokenPair> login(const Actor& actor, const LoginRequest& request) const;

  /// Spends the token for a new pair. InvalidCredential when it is unknown, spent or expired, its
  /// session has ended, its user is disabled or its tenant suspended; a spent one ends its session.
  Result<TokenPair> refresh(const Actor& actor, const Secret& refresh_token) const;

  /// Ends the session of the access token and that of `refresh_token`, when it is the caller's.
  /// A token that is not valid is ignored: its session has ended already, or is not the caller's.
  Result<void> logout(const Actor& actor, const std::optional<Secret>& refresh_token) const;

  /// Sessions that have not ended.
  Result<Page<storage::Stored<model::Session>>> list(const Actor& actor,
                                                     const SessionQuery& query) const;
  /// One's own, or with auth:manage one of the tenant; NotFound for any other.
  Result<void> revoke(const Actor& actor, const model::SessionId& session) const;

  /// Forgets sessions, refresh tokens and invitations that ended long ago; to be called hourly.
  Result<std::size_t> purge_expired() const;
  /// Tells the guard where users have live sessions, so that a restart does not make them
  /// strangers; once, at start.
  Result<void> remember_networks() const;

 private:
  const Ports& ports_;
};

}  // namespace apiforge::auth::accounts
