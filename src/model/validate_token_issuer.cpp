#include <algorithm>

#include "model/place.hpp"

namespace apiforge::model {
namespace {

constexpr std::size_t kMaxIssuerTextBytes = 255;
constexpr std::size_t kMaxIdBytes = 64;
constexpr std::size_t kMaxListed = 256;

void validate_text(const Place& place, std::string_view text) {
  if (is_field_value(text) && text.size() <= kMaxIssuerTextBytes) return;
  place.fault("must be 1 to 255 bytes without control characters");
}

void validate_claim(const Place& place, std::string_view pointer) {
  if (pointer.empty() || is_json_pointer(pointer)) return;
  place.fault("must be a JSON pointer such as /realm_access/roles, not " + in_quotes(pointer));
}

void validate_keys(const Place& place, const TrustedIssuer& issuer) {
  if (issuer.jwks_url.empty() == issuer.jwks_file.empty()) {
    return place.member("jwks_url").fault("is needed, or jwks_file, and not both");
  }
  if (issuer.jwks_url.empty()) return;
  const auto url = parse_key_set_url(issuer.jwks_url);
  if (!url) place.member("jwks_url").fault(url.error().detail);
}

void validate_tenant_id(const Place& place, const TenantId& tenant) {
  if (is_name(tenant.value, kMaxIdBytes, "_-")) return;
  place.fault("must be the id of a tenant, not " + in_quotes(tenant.value));
}

void validate_tenants(const Place& place, const TrustedIssuer& issuer) {
  if (issuer.tenant.empty() == issuer.tenant_claim.empty()) {
    return place.member("tenant").fault("is needed, or tenant_claim with tenants, and not both");
  }
  validate_claim(place.member("tenant_claim"), issuer.tenant_claim);
  const Place tenants = place.member("tenants");
  if (issuer.tenant_claim.empty()) {
    validate_tenant_id(place.member("tenant"), issuer.tenant);
    if (!issuer.tenants.empty())
      tenants.fault("has a meaning with tenant_claim only; leave it out");
    return;
  }
  if (issuer.tenants.empty() || issuer.tenants.size() > kMaxListed) {
    tenants.fault("must list the tenants that tenant_claim may name, 1 to 256");
  }
  for (std::size_t i = 0; i < issuer.tenants.size(); ++i) {
    validate_tenant_id(tenants.item(i), issuer.tenants[i]);
  }
}

bool is_role_name(std::string_view text) {
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  return is_name(text, kMaxIdBytes, "_-") && is_small(text.front()) &&
         std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

void validate_role_names(const Place& place, const std::vector<std::string>& roles) {
  if (roles.size() > kMaxListed) place.fault("must be at most 256 roles");
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (is_role_name(roles[i])) continue;
    place.item(i).fault("must be the name of a role, 1 to 64 small letters, digits, _ or -, not " +
                        in_quotes(roles[i]));
  }
}

void validate_roles(const Place& place, const TrustedIssuer& issuer) {
  validate_claim(place.member("roles_claim"), issuer.roles_claim);
  const Place allowed = place.member("allowed_roles");
  if (issuer.roles_claim.empty()) {
    if (issuer.default_roles.empty()) {
      place.member("default_roles").fault("must name a role where there is no roles_claim");
    }
    if (!issuer.allowed_roles.empty()) {
      allowed.fault("has a meaning with roles_claim only; use default_roles");
    }
  } else if (issuer.allowed_roles.empty()) {
    allowed.fault("must list the roles that roles_claim may name");
  }
  validate_role_names(place.member("default_roles"), issuer.default_roles);
  validate_role_names(allowed, issuer.allowed_roles);
}

}  // namespace

void validate_token_issuers(const Place& place, const std::vector<TrustedIssuer>& issuers) {
  if (issuers.size() > kMaxTrustedIssuers) {
    place.fault("must be at most " + std::to_string(kMaxTrustedIssuers) + " issuers");
  }
  for (std::size_t i = 0; i < issuers.size(); ++i) {
    const Place here = place.item(i);
    validate_text(here.member("issuer"), issuers[i].issuer);
    validate_text(here.member("audience"), issuers[i].audience);
    validate_keys(here, issuers[i]);
    validate_tenants(here, issuers[i]);
    validate_roles(here, issuers[i]);
    const auto before = issuers.begin() + static_cast<std::ptrdiff_t>(i);
    const auto other = std::find_if(issuers.begin(), before, [&](const TrustedIssuer& earlier) {
      return earlier.issuer == issuers[i].issuer;
    });
    if (other != before) {
      here.member("issuer").fault("another entry is for the issuer " +
                                  in_quotes(issuers[i].issuer));
    }
  }
}

}  // namespace apiforge::model
