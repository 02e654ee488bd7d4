#include "admin/auth/api_keys_endpoints.hpp"

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/resources.hpp"

namespace apiforge::admin {
namespace {

constexpr std::chrono::milliseconds kDefaultOverlap{std::chrono::hours(24)};

boost::json::object show_key(const OperationCall& call, const auth::accounts::ApiKeyView& key) {
  return show(key, call.accounts().ports.settings.key_environment);
}

/// The key with its text, which is shown this once.
ControlReply show_text(const OperationCall& call, const auth::accounts::ApiKeyWithText& key) {
  auto resource = show_key(call, key.view);
  resource["key"] = key.text.reveal();
  return created(resource, key.view.key.revision,
                 "/api/v1/auth/api-keys/" + key.view.key.value.id.value);
}

}  // namespace

Result<ControlReply> list_api_keys(const OperationCall& call) {
  const auto page = call.page();
  if (!page) return std::unexpected(page.error());
  auth::accounts::ApiKeyQuery query;
  query.page = *page;
  if (call.flag("everyone")) query.whose = auth::accounts::Whose::Everyone;
  query.tenant = call.id_parameter<model::TenantId>("tenant");
  query.user = call.id_parameter<model::UserId>("user");
  const auto keys = call.accounts().api_keys.list(call.actor, query);
  if (!keys) return std::unexpected(keys.error());
  return page_reply(*keys, [&](const auto& key) { return show_key(call, key); });
}

Result<ControlReply> create_api_key(const OperationCall& call) {
  auth::accounts::NewApiKeyRequest request;
  request.name = call.text("name");
  request.scopes = call.optional_texts("scopes").value_or(std::vector<std::string>{"gateway:call"});
  if (auto apis = call.optional_texts("apis")) request.apis = *std::move(apis);
  if (auto cidrs = call.optional_texts("allowed_cidrs")) request.allowed_cidrs = *std::move(cidrs);
  request.expires_at = call.optional_time("expires_at");
  request.owner = call.optional_id<model::UserId>("owner_id");
  const auto key = call.accounts().api_keys.create(call.actor, request);
  if (!key) return std::unexpected(key.error());
  return show_text(call, *key);
}

Result<ControlReply> get_api_key(const OperationCall& call) {
  const auto key = call.accounts().api_keys.get(call.actor, {call.id});
  if (!key) return std::unexpected(key.error());
  return reply_with(show_key(call, *key), key->key.revision);
}

Result<ControlReply> patch_api_key(const OperationCall& call) {
  auth::accounts::ApiKeyPatch patch;
  patch.name = call.optional_text("name");
  patch.scopes = call.optional_texts("scopes");
  patch.apis = call.optional_texts("apis");
  patch.allowed_cidrs = call.optional_texts("allowed_cidrs");
  if (call.has("expires_at")) patch.expires_at.emplace(call.optional_time("expires_at"));
  const auto key = call.accounts().api_keys.patch(call.actor, {call.id}, patch, call.if_match);
  if (!key) return std::unexpected(key.error());
  return reply_with(show_key(call, *key), key->key.revision);
}

Result<ControlReply> delete_api_key(const OperationCall& call) {
  const auto done = call.accounts().api_keys.remove(call.actor, {call.id}, call.if_match);
  if (!done) return std::unexpected(done.error());
  return no_content();
}

Result<ControlReply> rotate_api_key(const OperationCall& call) {
  const auto overlap = call.optional_integer("overlap_ms");
  const auto key = call.accounts().api_keys.rotate(
      call.actor, {call.id}, overlap ? std::chrono::milliseconds(*overlap) : kDefaultOverlap,
      call.if_match);
  if (!key) return std::unexpected(key.error());
  return show_text(call, *key);
}

}  // namespace apiforge::admin
