// The whole of /api/v1/auth, as its document describes it: every operation is called, and every
// reply is checked against its schema by ControlApi.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adminName,
  adminPassword,
  logIn,
  type Member,
  registered,
  startWithAdministrator,
} from "../support/accounts.ts";
import { publicApi } from "../support/configuration.ts";
import { ControlApi } from "../support/control_api.ts";
import type { Gateway } from "../support/gateway.ts";
import { stage } from "../support/stage.ts";
import { Upstream } from "../support/upstream.ts";

const onStage = stage();
let gateway: Gateway;
let api: ControlApi;
let admin: string;
let ada: Member;
let seenByUpstream: Record<string, unknown> = {};

beforeAll(async () => {
  const upstream = await onStage(
    Upstream.start((request, reply) => {
      seenByUpstream = { ...request.headers };
      reply.setHeader("Content-Type", "text/plain").end("served");
    }),
  );
  gateway = await onStage(
    startWithAdministrator({
      apis: [
        { name: "prices", upstream: { endpoints: [{ url: upstream.url }] } },
        { name: "orders", upstream: { endpoints: [{ url: upstream.url }] } },
        publicApi("status-page", upstream.url),
      ],
    }),
  );
  api = new ControlApi(gateway.url);
  admin = (await logIn(api, adminName, adminPassword)).access;
  ada = await registered(api, "ada");
});

async function createKey(token: string, more: object = {}): Promise<{ id: string; key: string }> {
  const { status, body } = await api.call("createApiKey", {
    token,
    body: { name: "a bot", scopes: ["gateway:call"], ...more },
  });
  expect(status).toBe(201);
  return { id: body["id"] as string, key: body["key"] as string };
}

async function statusOf(path: string, headers: Record<string, string>): Promise<number> {
  return (await fetch(gateway.proxy(path), { headers })).status;
}

describe("Logging in", () => {
  test("gives a pair of tokens that opens the profile", async () => {
    const { body } = await api.call("getProfile", { token: ada.access });

    expect(body).toMatchObject({ username: "ada", tenant_id: ada.tenant, roles: ["owner"] });
    expect(body["permissions"]).toContain("gateway:call");
  });

  test("works by email, by form and by the short form", async () => {
    const username = "ada@example.com";
    expect((await logIn(api, username, ada.password)).access).not.toBe("");
    const form = new URLSearchParams({ username: "ada", password: ada.password }).toString();
    const type = { "Content-Type": "application/x-www-form-urlencoded" };
    expect((await api.call("login", { body: form, headers: type })).status).toBe(200);
    const short = { body: { username: "ada", password: ada.password } };
    expect((await api.call("loginShort", short)).status).toBe(200);
  });

  test("fails alike for a wrong password and an unknown user", async () => {
    const wrong = { username: "ada", password: "not the right one" };
    const unknown = { username: "nobody-at-all", password: "not the right one" };
    const answers = [
      await api.call("login", { body: wrong }),
      await api.call("login", { body: unknown }),
    ];

    for (const { status, body } of answers) {
      expect(status).toBe(401);
      expect(body).toMatchObject({ code: "invalid_credential" });
    }
    expect(answers[0]?.body["detail"]).toBe(answers[1]?.body["detail"]);
  });

  test("names each fault of a body by its pointer", async () => {
    const { status, body } = await api.call("login", {
      body: { username: 7, pasword: "misspelt" },
    });

    expect(status).toBe(422);
    const pointers = (body["errors"] as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(pointers.sort()).toEqual(["/password", "/pasword", "/username"]);
  });

  test("is refused for what is not JSON, and for JSON that is broken", async () => {
    const text = { body: "username=ada", headers: { "Content-Type": "text/plain" } };
    expect((await api.call("login", text)).status).toBe(415);
    expect((await api.call("login", { body: '{"username": ' })).status).toBe(400);
    expect((await api.call("login", { body: '{"username":"a","username":"b"}' })).status).toBe(400);
  });
});

describe("A refresh token", () => {
  test("is good for once; a second use ends its session", async () => {
    const { refresh } = await logIn(api, "ada", ada.password);
    const next = await api.call("refresh", { body: { refresh_token: refresh } });
    expect(next.status).toBe(200);
    const access = next.body["access_token"] as string;
    expect((await api.call("getProfile", { token: access })).status).toBe(200);

    expect((await api.call("refresh", { body: { refresh_token: refresh } })).status).toBe(401);

    const newest = { refresh_token: next.body["refresh_token"] };
    expect((await api.call("refresh", { body: newest })).status).toBe(401);
    expect((await api.call("getProfile", { token: access })).status).toBe(401);
  });

  test("is taken by the short form too", async () => {
    const { refresh } = await logIn(api, "ada", ada.password);
    const body = { refresh_token: refresh };
    expect((await api.call("refreshShort", { body })).status).toBe(200);
  });

  test("of 64 refreshes at once exactly one succeeds", async () => {
    const { refresh } = await logIn(api, "ada", ada.password);
    const body = { refresh_token: refresh };
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => api.call("refresh", { body })),
    );

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe("Logging out", () => {
  test.each(["logout", "logoutShort"])("by %s ends access token and family at once", async (id) => {
    const { access, refresh } = await logIn(api, "ada", ada.password);
    expect((await api.call(id, { token: access, body: {} })).status).toBe(204);

    expect((await api.call("getProfile", { token: access })).status).toBe(401);
    const body = { refresh_token: refresh };
    expect((await api.call("refresh", { body })).status).toBe(401);
  });
});

describe("An API key", () => {
  test("calls an API by either field, and the upstream never sees it", async () => {
    const { key } = await createKey(ada.access);

    expect(await statusOf("prices", { "X-API-Key": key })).toBe(200);
    expect(JSON.stringify(seenByUpstream)).not.toContain("afk_");
    expect(await statusOf("prices", { Authorization: `Bearer ${key}` })).toBe(200);
    expect(JSON.stringify(seenByUpstream)).not.toContain("afk_");
    expect(await statusOf("status-page", { "X-API-Key": key })).toBe(200);
    expect(JSON.stringify(seenByUpstream)).not.toContain("afk_");
  });

  test("calls only what it is for, from where it is for", async () => {
    const one = await createKey(ada.access, { apis: ["prices"] });
    expect(await statusOf("prices", { "X-API-Key": one.key })).toBe(200);
    expect(await statusOf("orders", { "X-API-Key": one.key })).toBe(403);
    const away = await createKey(ada.access, { allowed_cidrs: ["192.0.2.0/24"] });
    expect(await statusOf("prices", { "X-API-Key": away.key })).toBe(403);
    const reader = await createKey(ada.access, { scopes: ["gateway:read"] });
    expect(await statusOf("prices", { "X-API-Key": reader.key })).toBe(403);
  });

  test("is refused when altered, doubled or contradicted", async () => {
    const { key } = await createKey(ada.access);
    const altered = key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");
    expect(await statusOf("prices", { "X-API-Key": altered })).toBe(401);
    const other = (await createKey(ada.access)).key;
    const both = { "X-API-Key": key, Authorization: `Bearer ${other}` };
    expect(await statusOf("prices", both)).toBe(400);
  });

  test("is seen, changed, rotated with an overlap, and removed", async () => {
    const { id, key } = await createKey(ada.access);
    const parameters = { id };
    const read = await api.call("getApiKey", { token: ada.access, parameters });
    expect(read.body).toMatchObject({ id, name: "a bot" });
    expect(JSON.stringify(read.body)).not.toContain(key);
    const etag = read.headers.get("etag") ?? "";

    const change = { token: ada.access, parameters, body: { name: "renamed" } };
    const headers = { "If-Match": etag };
    expect((await api.call("updateApiKey", { ...change, headers })).status).toBe(200);
    expect((await api.call("updateApiKey", { ...change, headers })).status).toBe(409);

    const rotated = await api.call("rotateApiKey", {
      token: ada.access,
      parameters,
      body: { overlap_ms: 60_000 },
    });
    const next = rotated.body["key"] as string;
    expect(await statusOf("prices", { "X-API-Key": key })).toBe(200);
    expect(await statusOf("prices", { "X-API-Key": next })).toBe(200);
    await api.call("rotateApiKey", { token: ada.access, parameters, body: { overlap_ms: 0 } });
    expect(await statusOf("prices", { "X-API-Key": next })).toBe(401);

    expect((await api.call("deleteApiKey", { token: ada.access, parameters })).status).toBe(204);
    expect((await api.call("getApiKey", { token: ada.access, parameters })).status).toBe(404);
  });

  test("is listed page by page, each once", async () => {
    for (let made = 0; made < 5; ++made) await createKey(ada.access);
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const query: Record<string, string> = { limit: "2", ...(cursor ? { cursor } : {}) };
      const { body } = await api.call("listApiKeys", { token: ada.access, query });
      ids.push(...(body["items"] as { id: string }[]).map(({ id }) => id));
      cursor = (body["next_cursor"] as string | null) ?? undefined;
    } while (cursor !== undefined);

    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(5);
  });

  test("is made once however often the request is repeated with an idempotency key", async () => {
    const asked = {
      token: ada.access,
      headers: { "Idempotency-Key": "one-and-only" },
      body: { name: "once", scopes: ["gateway:call"] },
    };
    const first = await api.call("createApiKey", asked);
    const again = await api.call("createApiKey", asked);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotency-replayed")).toBe("true");

    const other = { ...asked, body: { name: "another", scopes: ["gateway:call"] } };
    expect((await api.call("createApiKey", other)).body).toMatchObject({
      code: "idempotency_key_reused",
    });
  });

  test("never may more than its owner may at the moment of the call", async () => {
    const made = await api.call("createUser", {
      token: ada.access,
      body: {
        username: "grace",
        email: "grace@example.com",
        password: "a compiler for everyone",
        roles: ["developer"],
      },
    });
    const id = made.body["id"] as string;
    const grace = await logIn(api, "grace", "a compiler for everyone");
    const more = { token: grace.access, body: { name: "too much", scopes: ["auth:manage"] } };
    expect((await api.call("createApiKey", more)).status).toBe(403);
    const { key } = await createKey(grace.access);
    expect(await statusOf("prices", { "X-API-Key": key })).toBe(200);

    const viewer = { token: ada.access, parameters: { id }, body: { roles: ["viewer"] } };
    expect((await api.call("updateUser", viewer)).status).toBe(200);
    expect(await statusOf("prices", { "X-API-Key": key })).toBe(403);
    const disabled = { token: ada.access, parameters: { id }, body: { disabled: true } };
    expect((await api.call("updateUser", disabled)).status).toBe(200);
    expect(await statusOf("prices", { "X-API-Key": key })).toBe(401);

    const parameters = { id };
    expect((await api.call("getUser", { token: ada.access, parameters })).status).toBe(200);
    expect((await api.call("listUsers", { token: ada.access })).status).toBe(200);
    expect((await api.call("deleteUser", { token: ada.access, parameters })).status).toBe(204);
    expect((await api.call("getUser", { token: ada.access, parameters })).status).toBe(404);
  });
});

describe("One's own account", () => {
  test("is changed, and a new password ends the other sessions", async () => {
    const eve = await registered(api, "eve");
    const elsewhere = await logIn(api, "eve", eve.password);
    const body = { email: "eve@example.org" };
    expect((await api.call("updateProfile", { token: eve.access, body })).body).toMatchObject(body);

    const change = { current_password: eve.password, new_password: "seven green bottles fell" };
    expect((await api.call("changePassword", { token: eve.access, body: change })).status).toBe(204);

    expect((await api.call("getProfile", { token: elsewhere.access })).status).toBe(401);
    await logIn(api, "eve", "seven green bottles fell");
  });

  test("lists its sessions, and can end one", async () => {
    const { access } = await logIn(api, "ada", ada.password);
    const { body } = await api.call("listSessions", { token: ada.access });
    const sessions = body["items"] as { id: string; current: boolean }[];
    expect(sessions.filter(({ current }) => current)).toHaveLength(1);

    const { body: own } = await api.call("listSessions", { token: access });
    const id = (own["items"] as typeof sessions).find(({ current }) => current)?.id ?? "";
    const revoked = await api.call("revokeSession", { token: ada.access, parameters: { id } });
    expect(revoked.status).toBe(204);
    expect((await api.call("getProfile", { token: access })).status).toBe(401);
  });
});

describe("A tenant", () => {
  test("has roles of its own", async () => {
    const token = ada.access;
    const parameters = { name: "trader" };
    const body = { name: "trader", permissions: ["gateway:call"] };
    expect((await api.call("createRole", { token, body })).status).toBe(201);
    expect((await api.call("getRole", { token, parameters })).status).toBe(200);
    const wider = { permissions: ["gateway:call", "gateway:read"] };
    expect((await api.call("updateRole", { token, parameters, body: wider })).status).toBe(200);
    expect(JSON.stringify((await api.call("listRoles", { token })).body)).toContain("trader");
    expect((await api.call("deleteRole", { token, parameters })).status).toBe(204);
  });

  test("invites people, who register into it", async () => {
    const token = ada.access;
    const made = await api.call("createInvitation", {
      token,
      body: { email: "linus@example.com", roles: ["developer"] },
    });
    expect(made.status).toBe(201);
    const guest = await api.call("register", {
      body: {
        username: "linus",
        email: "linus@example.com",
        password: "penguins in the garden",
        invitation: made.body["token"],
      },
    });
    expect(guest.body).toMatchObject({ tenant_id: ada.tenant, roles: ["developer"] });

    const other = await api.call("createInvitation", {
      token,
      body: { email: "ken@example.com", roles: ["viewer"] },
    });
    const id = other.body["id"] as string;
    expect((await api.call("listInvitations", { token })).status).toBe(200);
    expect((await api.call("revokeInvitation", { token, parameters: { id } })).status).toBe(204);
  });

  test("is made, suspended and removed by the platform", async () => {
    const token = admin;
    const made = await api.call("createTenant", { token, body: { name: "desk seven" } });
    expect(made.status).toBe(201);
    const parameters = { id: made.body["id"] as string };
    expect((await api.call("getTenant", { token, parameters })).status).toBe(200);
    expect((await api.call("listTenants", { token })).status).toBe(200);
    const body = { suspended: true };
    expect((await api.call("updateTenant", { token, parameters, body })).status).toBe(200);
    expect((await api.call("deleteTenant", { token, parameters })).status).toBe(204);
  });

  test("that is suspended is shut out at once, with its keys and tokens", async () => {
    const mallory = await registered(api, "mallory");
    const { key } = await createKey(mallory.access);
    expect(await statusOf("prices", { "X-API-Key": key })).toBe(200);
    const asked = { token: admin, parameters: { id: mallory.tenant } };
    await api.call("updateTenant", { ...asked, body: { suspended: true } });

    expect(await statusOf("prices", { "X-API-Key": key })).toBe(401);
    expect((await api.call("getProfile", { token: mallory.access })).status).toBe(401);

    await api.call("updateTenant", { ...asked, body: { suspended: false } });
    expect(await statusOf("prices", { "X-API-Key": key })).toBe(200);
  });
});

describe("The audit log", () => {
  test("tells who did what, and is whole", async () => {
    const query = { action: "api_key.*", limit: "5" };
    const { body } = await api.call("listAudit", { token: ada.access, query });
    const entries = body["items"] as { actor: string; tenant_id: string }[];
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) expect(entry.tenant_id).toBe(ada.tenant);

    const verified = await api.call("verifyAudit", { token: admin });
    expect(verified.body).toMatchObject({ ok: true });
  });
});

afterAll(() => {
  const elsewhere = new Set(
    api.operationIds(
      ...["apis", "calls", "credentials", "statistics", "system"],
      ...["quotas", "circuit-breakers", "alerts"],
    ),
  );
  const here = api.operationIds().filter((id) => !elsewhere.has(id));
  expect(api.unproved(here)).toEqual({ missing: [], neverGood: [] });
});
