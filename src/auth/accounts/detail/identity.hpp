// How a user is named and proved: rules for user name, email and password together, and whether a
// name is free. See ports.hpp for threads.
#pragma once
#include <optional>
#include <string>

#include "auth/accounts/ports.hpp"
#include "base/secret.hpp"

namespace apiforge::auth::accounts::detail {

/// InvalidValue for the first that breaks a rule.
Result<void> check_identity(const std::string& username, const std::string& email);

/// AlreadyExists, saying which, when another user than `self` has the name or the email, in
/// whatever tenant; an empty one is not looked for. For a good message; what decides is the store's
/// answer to the insert.
Result<void> check_free(const Ports& ports, const std::string& username, const std::string& email,
                        const model::UserId& self);

/// The hash of a new password that keeps the rules; InvalidValue, TooBusy.
Result<Secret> hash_new_password(const Ports& ports, const Secret& password,
                                 const std::string& username, const std::string& email);

/// Sets the password, which ends what was begun with the one before.
void set_password(model::User& user, Secret hash, WallTime now);

}  // namespace apiforge::auth::accounts::detail
