// Walls of the control API: nothing without a credential, and nothing of another tenant.
import { beforeAll, describe, expect, test } from "vitest";
import { type Member, registered, startWithAdministrator } from "../support/accounts.ts";
import { ControlApi } from "../support/control_api.ts";
import { stage } from "../support/stage.ts";

const onStage = stage();
let api: ControlApi;
let ada: Member;

beforeAll(async () => {
  const gateway = await onStage(startWithAdministrator());
  api = new ControlApi(gateway.url);
  ada = await registered(api, "ada");
});

async function keyOfAda(): Promise<string> {
  const body = { name: "a bot", scopes: ["gateway:call"] };
  const { status, body: made } = await api.call("createApiKey", { token: ada.access, body });
  expect(status).toBe(201);
  return made["id"] as string;
}

describe("Without a credential", () => {
  test("every operation that needs one is refused", async () => {
    const closed = api
      .operationIds()
      .filter((id) => !api.operation(id).described.security)
      .filter((id) => id !== "callApi"); // of an API that is not there: 404
    expect(closed.length).toBeGreaterThan(40);
    for (const operation of closed) {
      const { status, headers } = await api.call(operation, {
        parameters: { id: "whatever", name: "whatever", api: "whatever" },
        query: operation === "unregisterApi" ? { name: "whatever" } : {},
      });
      expect([operation, status]).toEqual([operation, 401]);
      expect(headers.get("www-authenticate")).toMatch(/^Bearer/);
    }
  });
});

describe("Nobody sees another tenant", () => {
  test("by any operation that takes an id", async () => {
    const bob = await registered(api, "bob");
    const key = await keyOfAda();
    const invitation = await api.call("createInvitation", {
      token: ada.access,
      body: { email: "guest@example.com", roles: ["viewer"] },
    });
    const sessions = await api.call("listSessions", { token: ada.access });
    const session = (sessions.body["items"] as { id: string }[])[0]?.id ?? "";
    await api.call("createRole", {
      token: ada.access,
      body: { name: "hidden", permissions: ["gateway:call"] },
    });
    const upstream = { endpoints: [{ url: "http://127.0.0.1:9" }] };
    await api.call("createApi", { token: ada.access, body: { name: "ledger", upstream } });
    const fields = { token: "the crown jewels" };
    await api.call("createCredential", {
      token: ada.access,
      body: { name: "vault", kind: "bearer", fields },
    });
    const limit = { unit: "requests", amount: 1, per_ms: 1_000 };
    const alert = { name: "tripwire", metric: "error_rate", threshold: 0.5 };
    await api.call("createQuota", { token: ada.access, body: { name: "purse", limit } });
    await api.call("setCircuitBreaker", { token: ada.access, body: { api: "ledger" } });
    await api.call("createAlertRule", { token: ada.access, body: alert });
    const foreign: [string, Record<string, string>, object?][] = [
      ["getQuota", { name: "purse" }],
      ["replaceQuota", { name: "purse" }, { name: "purse", limit }],
      ["deleteQuota", { name: "purse" }],
      ["getCircuitBreaker", { api: "ledger" }],
      ["deleteCircuitBreaker", { api: "ledger" }],
      ["openCircuitBreaker", { api: "ledger" }],
      ["closeCircuitBreaker", { api: "ledger" }],
      ["resetCircuitBreaker", { api: "ledger" }],
      ["getAlertRule", { name: "tripwire" }],
      ["replaceAlertRule", { name: "tripwire" }, alert],
      ["silenceAlertRule", { name: "tripwire" }, { until: null }],
      ["deleteAlertRule", { name: "tripwire" }],
      ["getApi", { name: "ledger" }],
      ["replaceApi", { name: "ledger" }, { name: "ledger", upstream }],
      ["updateApi", { name: "ledger" }, { enabled: false }],
      ["deleteApi", { name: "ledger" }],
      ["callApi", { name: "ledger" }, { path: "/" }],
      ["getCredential", { name: "vault" }],
      ["rotateCredential", { name: "vault" }, { fields }],
      ["deleteCredential", { name: "vault" }],
      ["getApiKey", { id: key }],
      ["updateApiKey", { id: key }, { name: "mine now" }],
      ["rotateApiKey", { id: key }, {}],
      ["deleteApiKey", { id: key }],
      ["getUser", { id: ada.id }],
      ["updateUser", { id: ada.id }, { disabled: true }],
      ["deleteUser", { id: ada.id }],
      ["revokeSession", { id: session }],
      ["revokeInvitation", { id: invitation.body["id"] as string }],
      ["getTenant", { id: ada.tenant }],
      ["getRole", { name: "hidden" }],
      ["updateRole", { name: "hidden" }, { description: "mine now" }],
      ["deleteRole", { name: "hidden" }],
    ];
    // Refused before the tenant is looked for, so that they tell nothing of it.
    const ofPlatform: [string, object?][] = [
      ["updateTenant", { name: "mine now" }],
      ["deleteTenant"],
    ];
    const withId = api.operationIds().filter((id) => api.operation(id).path.includes("{"));
    const covered = [...foreign, ...ofPlatform].map(([operation]) => operation);
    expect(covered.sort()).toEqual(withId.sort());
    for (const [operation, body] of ofPlatform) {
      for (const id of [ada.tenant, "nobody"]) {
        const { status } = await api.call(operation, {
          token: bob.access,
          parameters: { id },
          ...(body ? { body } : {}),
        });
        expect([operation, status]).toEqual([operation, 403]);
      }
    }
    for (const [operation, parameters, body] of foreign) {
      const asked = { token: bob.access, parameters, ...(body ? { body } : {}) };
      const { status } = await api.call(operation, asked);
      expect([operation, status]).toEqual([operation, 404]);
    }
    expect((await api.call("getApiKey", { token: ada.access, parameters: { id: key } })).status).toBe(
      200,
    );
  });

  test("by routes and statistics", async () => {
    const dave = await registered(api, "dave");
    for (const operation of ["listRoutes", "getGatewayStats", "getQuotaStats"]) {
      const { body } = await api.call(operation, { token: dave.access });
      expect(JSON.stringify(body)).not.toContain("ledger");
      expect(JSON.stringify(body)).not.toContain("purse");
      expect(JSON.stringify(body)).not.toContain(ada.tenant);
    }
  });

  test("by any list, whatever it is asked for", async () => {
    const carol = await registered(api, "carol");
    const lists = [
      ...["listUsers", "listApiKeys", "listSessions", "listInvitations", "listAudit"],
      ...["listApis", "listCredentials", "listQuotas", "listCircuitBreakers", "listAlertRules", "listAlerts"],
    ];
    const queries = [{}, { everyone: "true" }, { tenant: ada.tenant }, { user: ada.id }];
    for (const operation of lists) {
      for (const query of queries) {
        const { body } = await api.call(operation, { token: carol.access, query });
        const text = JSON.stringify(body["items"] ?? []);
        expect(text).not.toContain(ada.tenant);
        expect(text).not.toContain(ada.id);
      }
    }
  });
});
