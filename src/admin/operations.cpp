#include "admin/auth/api_keys_endpoints.hpp"
#include "admin/auth/audit_endpoints.hpp"
#include "admin/auth/invitations_endpoints.hpp"
#include "admin/auth/login_endpoints.hpp"
#include "admin/auth/profile_endpoints.hpp"
#include "admin/auth/public_endpoints.hpp"
#include "admin/auth/registration_endpoints.hpp"
#include "admin/auth/roles_endpoints.hpp"
#include "admin/auth/sessions_endpoints.hpp"
#include "admin/auth/tenants_endpoints.hpp"
#include "admin/auth/users_endpoints.hpp"
#include "admin/gateway/apis_endpoints.hpp"
#include "admin/gateway/credentials_endpoints.hpp"
#include "admin/gateway/observation_endpoints.hpp"
#include "admin/gateway/plan_endpoints.hpp"
#include "admin/gateway/routes_endpoints.hpp"
#include "admin/operation.hpp"
#include "admin/quota/alerts_endpoints.hpp"
#include "admin/quota/breakers_endpoints.hpp"
#include "admin/quota/limits_endpoints.hpp"
#include "admin/quota/quotas_endpoints.hpp"

namespace apiforge::admin {
namespace {

using enum Effect;
using enum model::Permission;
using enum net::Method;

// Method, path, operationId, who may ask, effect, handler.
constexpr Operation kOperations[] = {
    {Get, "/openapi.json", "getOpenApi", kAnyone, None, &get_openapi},
    {Get, "/.well-known/jwks.json", "getJwks", kAnyone, None, &get_jwks},
    {Get, "/api/v1/auth/health", "getAuthHealth", kAnyone, None, &get_auth_health},

    {Post, "/api/v1/auth/register", "register", kAnyone, Create, &register_user},
    {Post, "/api/v1/auth/login", "login", kAnyone, None, &login},
    {Post, "/auth/login", "loginShort", kAnyone, None, &login},
    {Post, "/api/v1/auth/refresh", "refresh", kAnyone, AlwaysChange, &refresh},
    {Post, "/auth/refresh", "refreshShort", kAnyone, AlwaysChange, &refresh},
    {Post, "/api/v1/auth/logout", "logout", kCaller, Change, &logout},
    {Post, "/auth/logout", "logoutShort", kCaller, Change, &logout},

    {Get, "/api/v1/auth/profile", "getProfile", kCaller, None, &get_profile},
    {Patch, "/api/v1/auth/profile", "updateProfile", kCaller, Change, &patch_profile},
    {Post, "/api/v1/auth/password", "changePassword", kCaller, Change, &change_password},

    {Get, "/api/v1/auth/api-keys", "listApiKeys", kCaller, None, &list_api_keys},
    {Post, "/api/v1/auth/api-keys", "createApiKey", kCaller, Create, &create_api_key},
    {Get, "/api/v1/auth/api-keys/{id}", "getApiKey", kCaller, None, &get_api_key},
    {Patch, "/api/v1/auth/api-keys/{id}", "updateApiKey", kCaller, Change, &patch_api_key},
    {Delete, "/api/v1/auth/api-keys/{id}", "deleteApiKey", kCaller, Change, &delete_api_key},
    {Post, "/api/v1/auth/api-keys/{id}/rotate", "rotateApiKey", kCaller, Create, &rotate_api_key},

    {Get, "/api/v1/auth/sessions", "listSessions", kCaller, None, &list_sessions},
    {Delete, "/api/v1/auth/sessions/{id}", "revokeSession", kCaller, Change, &revoke_session},

    {Get, "/api/v1/auth/users", "listUsers", needs(AuthManage), None, &list_users},
    {Post, "/api/v1/auth/users", "createUser", needs(AuthManage), Create, &create_user},
    {Get, "/api/v1/auth/users/{id}", "getUser", needs(AuthManage), None, &get_user},
    {Patch, "/api/v1/auth/users/{id}", "updateUser", needs(AuthManage), Change, &patch_user},
    {Delete, "/api/v1/auth/users/{id}", "deleteUser", needs(AuthManage), Change, &delete_user},

    {Get, "/api/v1/auth/roles", "listRoles", needs(AuthManage), None, &list_roles},
    {Post, "/api/v1/auth/roles", "createRole", needs(AuthManage), Create, &create_role},
    {Get, "/api/v1/auth/roles/{name}", "getRole", needs(AuthManage), None, &get_role},
    {Patch, "/api/v1/auth/roles/{name}", "updateRole", needs(AuthManage), Change, &patch_role},
    {Delete, "/api/v1/auth/roles/{name}", "deleteRole", needs(AuthManage), Change, &delete_role},

    {Get, "/api/v1/auth/invitations", "listInvitations", needs(AuthManage), None,
     &list_invitations},
    {Post, "/api/v1/auth/invitations", "createInvitation", needs(AuthManage), Create,
     &create_invitation},
    {Delete, "/api/v1/auth/invitations/{id}", "revokeInvitation", needs(AuthManage), Change,
     &revoke_invitation},

    {Get, "/api/v1/auth/tenants", "listTenants", kCaller, None, &list_tenants},
    {Post, "/api/v1/auth/tenants", "createTenant", needs(PlatformManage), Create, &create_tenant},
    {Get, "/api/v1/auth/tenants/{id}", "getTenant", kCaller, None, &get_tenant},
    {Patch, "/api/v1/auth/tenants/{id}", "updateTenant", needs(PlatformManage), Change,
     &patch_tenant},
    {Delete, "/api/v1/auth/tenants/{id}", "deleteTenant", needs(PlatformManage), Change,
     &delete_tenant},

    {Get, "/api/v1/auth/audit", "listAudit", needs(AuditRead), None, &list_audit},
    {Get, "/api/v1/auth/audit/verify", "verifyAudit", needs(AuditRead), None, &verify_audit_log},

    {Get, "/api/v1/gateway/apis", "listApis", needs(GatewayRead), None, &list_apis},
    {Post, "/api/v1/gateway/apis", "createApi", needs(GatewayWrite), Create, &create_api},
    {Post, "/api/v1/gateway/apis/import", "importApi", needs(GatewayWrite), Create, &import_api},
    {Get, "/api/v1/gateway/apis/{name}", "getApi", needs(GatewayRead), None, &get_api},
    {Put, "/api/v1/gateway/apis/{name}", "replaceApi", needs(GatewayWrite), Change, &replace_api},
    {Patch, "/api/v1/gateway/apis/{name}", "updateApi", needs(GatewayWrite), Change, &patch_api},
    {Delete, "/api/v1/gateway/apis/{name}", "deleteApi", needs(GatewayWrite), Change, &delete_api},
    {Get, "/api/routes", "listRoutes", needs(GatewayRead), None, &list_routes},
    {Post, "/api/register", "registerApi", needs(GatewayWrite), Create, &create_api},
    {Delete, "/api/unregister", "unregisterApi", needs(GatewayWrite), Change, &unregister_api},

    {Get, "/api/v1/gateway/credentials", "listCredentials", needs(GatewayRead), None,
     &list_credentials},
    {Post, "/api/v1/gateway/credentials", "createCredential", needs(GatewayWrite), Create,
     &create_credential},
    {Get, "/api/v1/gateway/credentials/{name}", "getCredential", needs(GatewayRead), None,
     &get_credential},
    {Delete, "/api/v1/gateway/credentials/{name}", "deleteCredential", needs(GatewayWrite), Change,
     &delete_credential},
    {Post, "/api/v1/gateway/credentials/{name}/rotate", "rotateCredential", needs(GatewayWrite),
     Change, &rotate_credential},

    {Post, "/api/v1/gateway/plan", "planCatalogue", needs(GatewayWrite), None, &plan_catalogue},
    {Post, "/api/v1/gateway/apply", "applyCatalogue", needs(GatewayWrite), Change,
     &apply_catalogue},
    {Get, "/api/v1/gateway/export", "exportCatalogue", needs(GatewayRead), None, &export_catalogue},

    {Get, "/api/v1/gateway/stats", "getGatewayStats", needs(GatewayRead), None, &get_gateway_stats},
    {Get, "/api/v1/gateway/health", "getGatewayHealth", kAnyone, None, &get_gateway_health},

    {Get, "/api/v1/quota/quotas", "listQuotas", needs(QuotaRead), None, &list_quotas},
    {Post, "/api/v1/quota/quotas", "createQuota", needs(QuotaWrite), Create, &create_quota},
    {Get, "/api/v1/quota/quotas/{name}", "getQuota", needs(QuotaRead), None, &get_quota},
    {Put, "/api/v1/quota/quotas/{name}", "replaceQuota", needs(QuotaWrite), Change, &replace_quota},
    {Delete, "/api/v1/quota/quotas/{name}", "deleteQuota", needs(QuotaWrite), Change,
     &delete_quota},
    {Post, "/api/v1/quota/rate-limit/check", "checkRateLimit", kCaller, None, &check_rate_limit},

    {Get, "/api/v1/quota/circuit-breaker", "listCircuitBreakers", needs(QuotaRead), None,
     &list_circuit_breakers},
    {Post, "/api/v1/quota/circuit-breaker", "setCircuitBreaker", needs(QuotaWrite), Create,
     &set_circuit_breaker},
    {Get, "/api/v1/quota/circuit-breaker/{api}", "getCircuitBreaker", needs(QuotaRead), None,
     &get_circuit_breaker},
    {Delete, "/api/v1/quota/circuit-breaker/{api}", "deleteCircuitBreaker", needs(QuotaWrite),
     Change, &delete_circuit_breaker},
    {Post, "/api/v1/quota/circuit-breaker/{api}/open", "openCircuitBreaker", needs(QuotaWrite),
     None, &open_circuit_breaker},
    {Post, "/api/v1/quota/circuit-breaker/{api}/close", "closeCircuitBreaker", needs(QuotaWrite),
     None, &close_circuit_breaker},
    {Post, "/api/v1/quota/circuit-breaker/{api}/reset", "resetCircuitBreaker", needs(QuotaWrite),
     None, &reset_circuit_breaker},

    {Get, "/api/v1/quota/stats", "getQuotaStats", needs(QuotaRead), None, &get_quota_stats},
    {Get, "/api/v1/quota/health", "getQuotaHealth", kAnyone, None, &get_quota_health},

    {Get, "/api/v1/quota/alerts", "listAlerts", needs(QuotaRead), None, &list_alerts},
    {Get, "/api/v1/quota/alerts/rules", "listAlertRules", needs(QuotaRead), None,
     &list_alert_rules},
    {Post, "/api/v1/quota/alerts/rules", "createAlertRule", needs(QuotaWrite), Create,
     &create_alert_rule},
    {Get, "/api/v1/quota/alerts/rules/{name}", "getAlertRule", needs(QuotaRead), None,
     &get_alert_rule},
    {Put, "/api/v1/quota/alerts/rules/{name}", "replaceAlertRule", needs(QuotaWrite), Change,
     &replace_alert_rule},
    {Delete, "/api/v1/quota/alerts/rules/{name}", "deleteAlertRule", needs(QuotaWrite), Change,
     &delete_alert_rule},
    {Post, "/api/v1/quota/alerts/rules/{name}/silence", "silenceAlertRule", needs(QuotaWrite),
     Change, &silence_alert_rule},
};

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

}  // namespace apiforge::admin
