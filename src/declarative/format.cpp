#include "declarative/format.hpp"

#include "declarative/api_json.hpp"
#include "declarative/detail/format_parts.hpp"
#include "declarative/detail/members.hpp"

namespace apiforge::declarative {
namespace {

using model::Configuration;
using model::Credential;
using model::TrustedIssuer;

constexpr Members<Credential, 3> kCredential{{
    {"name", text<&Credential::name>, Presence::Required},
    {"kind", text<&Credential::kind>, Presence::Required},
    {"fields", named_texts<&Credential::fields>, Presence::Required},
}};

constexpr Members<TrustedIssuer, 10> kTokenIssuer{{
    {"issuer", text<&TrustedIssuer::issuer>, Presence::Required},
    {"audience", text<&TrustedIssuer::audience>, Presence::Required},
    {"jwks_url", text<&TrustedIssuer::jwks_url>},
    {"jwks_file", text<&TrustedIssuer::jwks_file>},
    {"tenant", identifier<&TrustedIssuer::tenant>},
    {"tenant_claim", text<&TrustedIssuer::tenant_claim>},
    {"tenants", identifiers<&TrustedIssuer::tenants>},
    {"roles_claim", text<&TrustedIssuer::roles_claim>},
    {"default_roles", texts<&TrustedIssuer::default_roles>},
    {"allowed_roles", texts<&TrustedIssuer::allowed_roles>},
}};

constexpr Codec<Configuration> kFormatVersion{
    [](const Cursor& value, Configuration&) {
      if (value.node().is_plain && value.node().scalar == "1") return;
      value.fault("must be 1, the only version of this format");
    },
    [](const Configuration&, Omit) { return boost::json::value(1); }};

/// Static settings share the file; app/settings reads them.
constexpr Codec<Configuration> kSettings{
    [](const Cursor&, Configuration&) {},
    [](const Configuration&, Omit) { return boost::json::value(nullptr); }};

constexpr Members<Configuration, 8> kConfiguration{{
    {"version", kFormatVersion, Presence::Required},
    {"settings", kSettings},
    {"credentials", objects<&Configuration::credentials, kCredential>},
    {"apis", {detail::read_apis, detail::write_apis}},
    {"token_issuers", objects<&Configuration::token_issuers, kTokenIssuer>},
    {"quotas", {detail::read_quotas, detail::write_quotas}},
    {"circuit_breakers", {detail::read_breaker_rules, detail::write_breaker_rules}},
    {"alert_rules", {detail::read_alert_rules, detail::write_alert_rules}},
}};

/// What lies in the catalogue of a server; see kCatalogueMembers.
constexpr Members<Configuration, kCatalogueMembers.size()> kCatalogue{{
    {kCatalogueMembers[0], objects<&Configuration::credentials, kCredential>},
    {kCatalogueMembers[1], {detail::read_apis, detail::write_apis}},
    {kCatalogueMembers[2], {detail::read_quotas, detail::write_quotas}},
    {kCatalogueMembers[3], {detail::read_breaker_rules, detail::write_breaker_rules}},
    {kCatalogueMembers[4], {detail::read_alert_rules, detail::write_alert_rules}},
}};

constexpr std::array<bool model::NamedLists::*, kCatalogueMembers.size()> kLists{
    &model::NamedLists::credentials, &model::NamedLists::apis, &model::NamedLists::quotas,
    &model::NamedLists::circuit_breakers, &model::NamedLists::alert_rules};

/// One that is null counts as not named, as every member.
void note_lists(const Cursor& root, Configuration& configuration) {
  for (std::size_t i = 0; i < kLists.size(); ++i) {
    const Node* const list = root.node().find(kCatalogueMembers[i]);
    configuration.named.*kLists[i] = list != nullptr && list->kind != NodeKind::Null;
  }
}

}  // namespace

model::Configuration read_configuration(const Cursor& root) {
  Configuration configuration;
  read_members(root, kConfiguration, configuration);
  note_lists(root, configuration);
  return configuration;
}

boost::json::object write_configuration(const model::Configuration& configuration) {
  auto document = write_members(configuration, kConfiguration, Omit::Defaults);
  for (std::size_t i = 0; i < kLists.size(); ++i) {
    if (configuration.named.*kLists[i]) {
      document.emplace(kCatalogueMembers[i], boost::json::array());  // unless it is there
    }
  }
  return document;
}

std::expected<model::Configuration, std::vector<BodyFault>> configuration_from_json(
    const boost::json::object& json) {
  return read_json<Configuration>(json, [](const Cursor& root, Configuration& configuration) {
    read_members(root, kCatalogue, configuration);
    note_lists(root, configuration);
  });
}

}  // namespace apiforge::declarative
