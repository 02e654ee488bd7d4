// A new pair of tokens for a session. In the caller's transaction.
#pragma once
#include "auth/accounts/sessions.hpp"

namespace apiforge::auth::accounts::detail {

/// Stores a new refresh token of the session and signs an access token of its user.
Result<TokenPair> make_token_pair(const Ports& ports, storage::Transaction& transaction,
                                  const model::User& user, const model::Session& session,
                                  WallTime now);

/// Whether the user may hold tokens at this moment: is enabled, and the tenant is not suspended.
Result<bool> may_hold_tokens(storage::Transaction& transaction, const model::User& user);

/// The one text for whatever is wrong with a password or a refresh token.
std::unexpected<Error> invalid_credential(std::string_view reason);

}  // namespace apiforge::auth::accounts::detail
