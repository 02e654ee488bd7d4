#include "admin/gateway/credentials_endpoints.hpp"

#include "admin/detail/gateway_resources.hpp"
#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/rule_query.hpp"

namespace apiforge::admin {
namespace {

std::map<std::string, Secret> fields_of(const OperationCall& call) {
  std::map<std::string, Secret> fields;
  for (const auto& field : call.body.at("fields").as_object()) {
    fields.emplace(field.key(), Secret(std::string(field.value().as_string())));
  }
  return fields;
}

ControlReply show_credential(const catalogue::CredentialView& credential) {
  return credential.declared ? reply_with(show(credential))
                             : reply_with(show(credential), credential.shown.revision);
}

}  // namespace

Result<ControlReply> list_credentials(const OperationCall& call) {
  const auto page = call.page();
  if (!page) return std::unexpected(page.error());
  const auto credentials = call.catalogue().credentials.list(call.actor, tenant_of(call), *page);
  if (!credentials) return std::unexpected(credentials.error());
  return page_reply(*credentials, [](const auto& credential) { return show(credential); });
}

Checked<ControlReply> create_credential(const OperationCall& call) {
  const auto credential =
      call.catalogue().credentials.create(call.actor, {.name = call.text("name"),
                                                       .kind = call.text("kind"),
                                                       .fields = fields_of(call),
                                                       .tenant = tenant_of(call)});
  if (!credential) return std::unexpected(credential.error());
  return created(show(*credential), credential->shown.revision,
                 "/api/v1/gateway/credentials/" + credential->shown.name);
}

Result<ControlReply> get_credential(const OperationCall& call) {
  const auto credential = call.catalogue().credentials.get(call.actor, tenant_of(call), call.id);
  if (!credential) return std::unexpected(credential.error());
  return show_credential(*credential);
}

Result<ControlReply> delete_credential(const OperationCall& call) {
  const auto done =
      call.catalogue().credentials.remove(call.actor, tenant_of(call), call.id, call.if_match);
  if (!done) return std::unexpected(done.error());
  return no_content();
}

Checked<ControlReply> rotate_credential(const OperationCall& call) {
  const auto credential = call.catalogue().credentials.rotate(call.actor, tenant_of(call), call.id,
                                                              fields_of(call), call.if_match);
  if (!credential) return std::unexpected(credential.error());
  return show_credential(*credential);
}

}  // namespace apiforge::admin
