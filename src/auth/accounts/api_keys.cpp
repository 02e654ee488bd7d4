#include "auth/accounts/api_keys.hpp"

#include "auth/access.hpp"
#include "auth/accounts/change.hpp"
#include "auth/accounts/detail/belongings.hpp"
#include "auth/accounts/detail/grants.hpp"
#include "auth/accounts/detail/key_values.hpp"
#include "auth/accounts/detail/rules.hpp"
#include "auth/opaque_token.hpp"

namespace apiforge::auth::accounts {
namespace {

using model::Permission;
using StoredKey = storage::Stored<model::ApiKey>;

constexpr model::PermissionSet kManageKeys{Permission::AuthManage};

Deed deed_on_key(std::string action, const model::ApiKeyId& id) {
  return {.action = std::move(action), .target = "key:" + id.value, .tenant = {}, .details = {}};
}

std::unexpected<Error> no_such_key() {
  return fail(ErrorCode::NotFound, "there is no such API key");
}

bool is_own(const Caller& caller, const model::UserId& owner) {
  return !caller.external && !caller.user.empty() && caller.user == owner;
}

/// What a caller needs to have for any of these: a key that is a means to make keys is a means to
/// everything its owner may.
model::PermissionSet needed_by(const Actor& actor) {
  const bool by_key = actor.caller != nullptr && actor.caller->key.has_value();
  return by_key ? kManageKeys : model::PermissionSet{};
}

/// A restricted key would give away what it has not: keys without its restrictions.
Result<void> check_unrestricted(const Caller& caller) {
  if (!caller.restrictions) return {};
  return fail(ErrorCode::Forbidden,
              "an API key that is restricted to Apis or networks cannot make or change keys");
}

Result<StoredKey> find_key(storage::Transaction& transaction, const Caller& caller,
                           const model::ApiKeyId& id) {
  if (!detail::is_id(id.value)) return no_such_key();
  auto key = storage::find<model::ApiKey>(transaction, id.value);
  if (!key) return std::unexpected(std::move(key.error()));
  if (!*key) return no_such_key();
  if (!is_own(caller, (*key)->value.owner) && !may(caller, Permission::AuthManage)) {
    return no_such_key();
  }
  return **std::move(key);
}

Result<model::User> find_owner(storage::Transaction& transaction, const model::UserId& id) {
  if (detail::is_id(id.value)) {
    auto user = storage::find<model::User>(transaction, id.value);
    if (!user) return std::unexpected(std::move(user.error()));
    if (*user) return std::move((*user)->value);
  }
  return fail(ErrorCode::NotFound, "there is no such user to own the key");
}

struct Subject {
  StoredKey key;
  model::User owner;
};
/// A key that the caller is about to change or to see the new text of: it may not be able to do
/// more than the caller.
Result<Subject> find_subject(storage::Transaction& transaction, const Caller& caller,
                             const model::ApiKeyId& id, IfMatch if_match, Deed& told) {
  auto key = find_key(transaction, caller, id);
  if (!key) return std::unexpected(std::move(key.error()));
  told.tenant = key->value.tenant.value;
  auto allowed = check_unrestricted(caller);
  if (allowed) allowed = check_version(if_match, key->revision);
  if (!allowed) return std::unexpected(std::move(allowed.error()));
  auto owner = find_owner(transaction, key->value.owner);
  if (!owner) return std::unexpected(std::move(owner.error()));
  auto permissions = detail::permissions_of(transaction, owner->tenant, owner->roles);
  if (!permissions) return std::unexpected(std::move(permissions.error()));
  allowed = detail::require_power_over(caller, key->value.scopes & *permissions);
  if (!allowed) return std::unexpected(std::move(allowed.error()));
  return Subject{*std::move(key), *std::move(owner)};
}

/// With when each was last used.
Result<std::vector<ApiKeyView>> views_of(storage::Transaction& transaction,
                                         std::vector<StoredKey> keys) {
  std::vector<std::string> ids;
  ids.reserve(keys.size());
  for (const StoredKey& key : keys) ids.push_back(key.value.id.value);
  auto uses = transaction.last_use(ids);
  if (!uses) return std::unexpected(std::move(uses.error()));
  std::vector<ApiKeyView> views;
  views.reserve(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    views.push_back({std::move(keys[i]), i < uses->size() ? (*uses)[i] : std::nullopt});
  }
  return views;
}

Result<ApiKeyView> view_of(storage::Transaction& transaction, StoredKey key) {
  std::vector<StoredKey> one;
  one.push_back(std::move(key));
  auto views = views_of(transaction, std::move(one));
  if (!views) return std::unexpected(std::move(views.error()));
  return std::move(views->front());
}

Result<void> apply(storage::Transaction& transaction, const Caller& caller,
                   const ApiKeyPatch& patch, const model::User& owner, model::ApiKey& key,
                   WallTime now) {
  if (patch.name) key.name = *patch.name;
  auto valid = detail::check_name("an API key", key.name);
  if (valid && patch.apis) {
    key.apis = *patch.apis;
    valid = detail::check_apis(key.apis);
  }
  if (valid && patch.expires_at) {
    key.expires_at = *patch.expires_at;
    valid = detail::check_expiry(key.expires_at, now);
  }
  if (!valid) return valid;
  if (patch.allowed_cidrs) {
    auto networks = detail::parse_networks(*patch.allowed_cidrs);
    if (!networks) return std::unexpected(std::move(networks.error()));
    key.allowed_cidrs = *std::move(networks);
  }
  if (patch.scopes) {
    auto scopes = detail::grant_scopes(transaction, caller, owner, *patch.scopes);
    if (!scopes) return std::unexpected(std::move(scopes.error()));
    key.scopes = *scopes;
  }
  return {};
}

}  // namespace

Result<ApiKeyWithText> ApiKeys::create(const Actor& actor, const NewApiKeyRequest& request) const {
  return change(ports_, actor, needed_by(actor), deed_on_key("api_key.create", {}),
                [&](storage::Transaction& transaction, Deed& told) -> Result<ApiKeyWithText> {
                  const Caller& caller = *actor.caller;
                  const model::UserId owner_id = request.owner.value_or(caller.user);
                  auto allowed = check_unrestricted(caller);
                  if (allowed && !is_own(caller, owner_id)) allowed = require(caller, kManageKeys);
                  if (!allowed) return std::unexpected(std::move(allowed.error()));
                  auto owner = find_owner(transaction, owner_id);
                  if (!owner) return std::unexpected(std::move(owner.error()));
                  told.tenant = owner->tenant.value;

                  model::ApiKey key;
                  key.id = {make_id()};
                  key.tenant = owner->tenant;
                  key.owner = owner_id;
                  key.name = request.name;
                  const ApiKeyPatch members{.name = request.name,
                                            .scopes = request.scopes,
                                            .apis = request.apis,
                                            .allowed_cidrs = request.allowed_cidrs,
                                            .expires_at = request.expires_at};
                  const WallTime now = ports_.clock.wall();
                  auto valid = apply(transaction, caller, members, *owner, key, now);
                  if (!valid) return std::unexpected(std::move(valid.error()));
                  Secret text = detail::renew_secret(key, ports_.settings.key_environment,
                                                     ports_.credentials, now);
                  told.target = "key:" + key.id.value;
                  told.details = difference<model::ApiKey>(nullptr, &key);
                  auto stored = storage::insert(transaction, std::move(key));
                  if (!stored) return std::unexpected(std::move(stored.error()));
                  return ApiKeyWithText{{*std::move(stored), std::nullopt}, std::move(text)};
                });
}

Result<ApiKeyView> ApiKeys::get(const Actor& actor, const model::ApiKeyId& id) const {
  return look(ports_, actor, needed_by(actor), deed_on_key("api_key.read", id),
              [&](storage::Transaction& transaction) -> Result<ApiKeyView> {
                auto key = find_key(transaction, *actor.caller, id);
                if (!key) return std::unexpected(std::move(key.error()));
                return view_of(transaction, *std::move(key));
              });
}

Result<Page<ApiKeyView>> ApiKeys::list(const Actor& actor, const ApiKeyQuery& query) const {
  const bool own = query.whose == Whose::Own;
  return look(ports_, actor, own ? needed_by(actor) : kManageKeys, deed_on_key("api_key.list", {}),
              [&](storage::Transaction& transaction) -> Result<Page<ApiKeyView>> {
                storage::ListQuery list;
                if (own) {
                  list.owner = actor.caller->user.value;
                  if (actor.caller->external || list.owner.empty()) return Page<ApiKeyView>{};
                } else {
                  auto tenant = tenant_filter(*actor.caller, query.tenant);
                  if (!tenant) return std::unexpected(std::move(tenant.error()));
                  list.tenant = *std::move(tenant);
                  if (query.user) list.owner = query.user->value;
                }
                auto keys = detail::page_of<model::ApiKey>(transaction, list, query.page);
                if (!keys) return std::unexpected(std::move(keys.error()));
                auto views = views_of(transaction, std::move(keys->items));
                if (!views) return std::unexpected(std::move(views.error()));
                return Page<ApiKeyView>{*std::move(views), std::move(keys->next)};
              });
}

Result<ApiKeyView> ApiKeys::patch(const Actor& actor, const model::ApiKeyId& id,
                                  const ApiKeyPatch& patch, IfMatch if_match) const {
  return change(ports_, actor, needed_by(actor), deed_on_key("api_key.update", id),
                [&](storage::Transaction& transaction, Deed& told) -> Result<ApiKeyView> {
                  auto subject = find_subject(transaction, *actor.caller, id, if_match, told);
                  if (!subject) return std::unexpected(std::move(subject.error()));
                  const model::ApiKey before = subject->key.value;
                  auto done = apply(transaction, *actor.caller, patch, subject->owner,
                                    subject->key.value, ports_.clock.wall());
                  told.details = difference(&before, &subject->key.value);
                  if (done) done = storage::update(transaction, subject->key);
                  if (!done) return std::unexpected(std::move(done.error()));
                  return view_of(transaction, std::move(subject->key));
                });
}

Result<void> ApiKeys::remove(const Actor& actor, const model::ApiKeyId& id,
                             IfMatch if_match) const {
  return change(ports_, actor, needed_by(actor), deed_on_key("api_key.remove", id),
                [&](storage::Transaction& transaction, Deed& told) -> Result<void> {
                  auto key = find_key(transaction, *actor.caller, id);
                  if (!key) return std::unexpected(std::move(key.error()));
                  told.tenant = key->value.tenant.value;
                  told.details = difference<model::ApiKey>(&key->value, nullptr);
                  if (auto same = check_version(if_match, key->revision); !same) return same;
                  return transaction.remove(storage::Kind::ApiKey, id.value, key->revision);
                });
}

Result<ApiKeyWithText> ApiKeys::rotate(const Actor& actor, const model::ApiKeyId& id,
                                       std::chrono::milliseconds overlap, IfMatch if_match) const {
  return change(ports_, actor, needed_by(actor), deed_on_key("api_key.rotate", id),
                [&](storage::Transaction& transaction, Deed& told) -> Result<ApiKeyWithText> {
                  auto subject = find_subject(transaction, *actor.caller, id, if_match, told);
                  if (!subject) return std::unexpected(std::move(subject.error()));
                  if (overlap.count() < 0 || overlap > kMaxKeyOverlap) {
                    return fail(ErrorCode::InvalidValue, "two keys may overlap for 0 ms to 7 days");
                  }
                  const model::ApiKey before = subject->key.value;
                  Secret text =
                      detail::renew_secret(subject->key.value, ports_.settings.key_environment,
                                           ports_.credentials, ports_.clock.wall() + overlap);
                  told.details = difference(&before, &subject->key.value);
                  if (auto done = storage::update(transaction, subject->key); !done) {
                    return std::unexpected(std::move(done.error()));
                  }
                  auto view = view_of(transaction, std::move(subject->key));
                  if (!view) return std::unexpected(std::move(view.error()));
                  return ApiKeyWithText{*std::move(view), std::move(text)};
                });
}

}  // namespace apiforge::auth::accounts
