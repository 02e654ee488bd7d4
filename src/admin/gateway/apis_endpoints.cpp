#include "admin/gateway/apis_endpoints.hpp"

#include "admin/detail/gateway_resources.hpp"
#include "admin/detail/merge_patch.hpp"
#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "declarative/api_json.hpp"

namespace apiforge::admin {
namespace {

constexpr int kPatchTries = 5;

ControlReply show_api(const catalogue::StoredApi& api) {
  return api.declared ? reply_with(show(api)) : reply_with(show(api), api.revision);
}

Checked<ControlReply> show_created(const Checked<catalogue::StoredApi>& api) {
  if (!api) return std::unexpected(api.error());
  return created(show(*api), api->revision,
                 "/api/v1/gateway/apis/" + api->value.name + "?version=" + api->value.version);
}

/// The kind that a parameter names; its schema knows no other names than these.
std::optional<model::ApiKind> kind_of(const std::optional<std::string>& name) {
  using enum model::ApiKind;
  if (!name) return std::nullopt;
  if (*name == "exchange") return Exchange;
  if (*name == "llm") return Llm;
  return *name == "data" ? Data : Http;
}

/// The Api as the patch makes it of the one that is there now.
Checked<catalogue::StoredApi> patch_once(const OperationCall& call) {
  const auto& apis = call.catalogue().apis;
  const auto version = call.parameter("version");
  const auto stored = apis.get(call.actor, call.id, version);
  if (!stored) return std::unexpected(stored.error());
  if (call.if_match && !stored->declared && *call.if_match != stored->revision) {
    return std::unexpected(
        Error{ErrorCode::VersionConflict, "it was changed since it was read; read it again", {}});
  }
  boost::json::object wanted = declarative::to_json(stored->value);
  merge_patch(wanted, call.body);
  auto api = read_api(wanted);
  if (!api) return std::unexpected(std::move(api.error()));
  return apis.replace(call.actor, call.id, stored->value.version, *std::move(api),
                      stored->revision);
}

}  // namespace

Result<ControlReply> list_apis(const OperationCall& call) {
  const auto page = call.page();
  if (!page) return std::unexpected(page.error());
  catalogue::ApiQuery query;
  query.kind = kind_of(call.parameter("kind"));
  if (const auto enabled = call.parameter("enabled")) query.enabled = *enabled == "true";
  query.text = call.parameter("q").value_or("");
  query.tenant = call.id_parameter<model::TenantId>("tenant");
  query.page = *page;
  const auto apis = call.catalogue().apis.list(call.actor, query);
  if (!apis) return std::unexpected(apis.error());
  return page_reply(*apis, [](const auto& api) { return show(api); });
}

Checked<ControlReply> create_api(const OperationCall& call) {
  auto api = read_api(call.body);
  if (!api) return std::unexpected(std::move(api.error()));
  return show_created(call.catalogue().apis.create(call.actor, *std::move(api),
                                                   call.id_parameter<model::TenantId>("tenant")));
}

Checked<ControlReply> import_api(const OperationCall& call) {
  const catalogue::ImportOptions options{.name = call.parameter("name").value_or(""),
                                         .version = call.parameter("version").value_or(""),
                                         .enforce = call.flag("enforce")};
  return show_created(call.catalogue().apis.import(call.actor, call.request.body, options,
                                                   call.id_parameter<model::TenantId>("tenant")));
}

Result<ControlReply> get_api(const OperationCall& call) {
  const auto api = call.catalogue().apis.get(call.actor, call.id, call.parameter("version"));
  if (!api) return std::unexpected(api.error());
  return show_api(*api);
}

Checked<ControlReply> replace_api(const OperationCall& call) {
  auto api = read_api(call.body);
  if (!api) return std::unexpected(std::move(api.error()));
  const auto replaced = call.catalogue().apis.replace(
      call.actor, call.id, call.parameter("version"), *std::move(api), call.if_match);
  if (!replaced) return std::unexpected(replaced.error());
  return show_api(*replaced);
}

Checked<ControlReply> patch_api(const OperationCall& call) {
  auto patched = patch_once(call);
  // Without a precondition the patch is for whatever there is: another change may come between.
  for (int tries = 1; tries < kPatchTries && !call.if_match; ++tries) {
    if (patched || patched.error().error.code != ErrorCode::VersionConflict) break;
    patched = patch_once(call);
  }
  if (!patched) return std::unexpected(std::move(patched.error()));
  return show_api(*patched);
}

Result<ControlReply> delete_api(const OperationCall& call) {
  const auto done =
      call.catalogue().apis.remove(call.actor, call.id, call.parameter("version"), call.if_match);
  if (!done) return std::unexpected(done.error());
  return no_content();
}

Result<ControlReply> unregister_api(const OperationCall& call) {
  const auto done = call.catalogue().apis.remove(call.actor, *call.parameter("name"),
                                                 call.parameter("version"), call.if_match);
  if (!done) return std::unexpected(done.error());
  return no_content();
}

}  // namespace apiforge::admin
