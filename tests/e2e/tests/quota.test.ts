// Limits, quotas and budgets, as the document describes them, and what they promise: calls are
// refused in time and exactly, and changes are in force at once.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registered, startWithAdministrator } from "../support/accounts.ts";
import type { Api } from "../support/configuration.ts";
import type { Answer, Json } from "../support/control_api.ts";
import { eventually } from "../support/deadline.ts";
import { Operator, refusal } from "../support/operator.ts";
import { Servant } from "../support/servant.ts";
import { stage } from "../support/stage.ts";

const perMinute = { unit: "requests", amount: 2, per_ms: 60_000 };
const onStage = stage();
let servant: Servant;
let root: Operator;

beforeAll(async () => {
  servant = await onStage(Servant.start());
  const limit = { unit: "requests", amount: 5, per_ms: 1000 };
  const gateway = await onStage(
    startWithAdministrator({
      apis: [servant.api("declared")],
      quotas: [{ name: "declared", match: { api: "declared" }, limit }],
    }),
  );
  root = await Operator.administrator(gateway);
});

/** An Api of its own for each test, with a quota on it. */
async function limited(name: string, limit: object, quota: object = {}, more: Partial<Api> = {}): Promise<object> {
  await root.made("createApi", servant.api(name, more));
  const body = { name, match: { api: name }, limit, ...quota };
  await root.made("createQuota", body);
  return body;
}

describe("A quota", () => {
  test("is made, replaced as it was read, and removed", async () => {
    const body = { name: "short-lived", limit: perMinute, match: { api: "declared", key: "*" } };
    const created = await root.made("createQuota", body);
    expect(created).toMatchObject({ ...body, algorithm: "gcra", on_exceed: "reject", source: "store" });
    const parameters = { name: "short-lived" };
    const first = await root.ask("getQuota", { parameters });
    expect(first.body).toEqual(created);
    expect(refusal(await root.ask("createQuota", { body }))).toEqual([409, "already_exists"]);

    const headers = { "If-Match": first.headers.get("etag") ?? "" };
    const strict = { ...body, strict: true };
    const replaced = await root.ask("replaceQuota", { parameters, body: strict, headers });
    expect(replaced.body).toMatchObject({ strict: true });
    const late = await root.ask("deleteQuota", { parameters, headers });
    expect(refusal(late)).toEqual([409, "version_conflict"]);
    expect((await root.ask("deleteQuota", { parameters })).status).toBe(204);
    expect((await root.ask("getQuota", { parameters })).status).toBe(404);
  });

  test("lets so many calls through, and says when to come again", async () => {
    await limited("twice", perMinute);
    const first = await root.call("twice");
    expect(first.status).toBe(200);
    expect(first.headers.get("ratelimit")).toMatch(/^"twice";r=1;t=\d+$/);
    expect(first.headers.get("ratelimit-policy")).toBe('"twice";q=2;w=60');
    expect(await root.statuses("twice", 2)).toEqual([200, 429]);

    const refused = await root.call("twice");
    expect(refused.headers.get("ratelimit")).toMatch(/^"twice";r=0;t=\d+$/);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toMatchObject({
      ...{ status: 429, code: "quota_exceeded", type: "https://iana.org/assignments/http-problem-types#quota-exceeded" },
      "violated-policies": ["twice"],
    });
    const envelope = await root.ask("callApi", { parameters: { name: "twice" }, body: {} });
    expect(refusal(envelope)).toEqual([429, "quota_exceeded"]);
  });

  test("is in force at once when it changes, and keeps what it has counted", async () => {
    const body = await limited("growing", { unit: "requests", amount: 2, period: "month" });
    expect(await root.statuses("growing", 3)).toEqual([200, 200, 429]);
    const grown = { ...body, limit: { unit: "requests", amount: 4, period: "month" } };
    expect((await root.ask("replaceQuota", { parameters: { name: "growing" }, body: grown })).status).toBe(200);
    expect(await root.statuses("growing", 3)).toEqual([200, 200, 429]);
    expect((await root.ask("deleteQuota", { parameters: { name: "growing" } })).status).toBe(204);
    expect(await root.statuses("growing", 2)).toEqual([200, 200]);
  });

  test("on calls at once gives the place back when the call ends", async () => {
    await limited("narrow", { unit: "concurrent", amount: 1 });
    servant.delayMs = 300;
    const first = root.call("narrow");
    await eventually(async () => ((await root.call("narrow")).status === 429 ? true : undefined), "429 beside a call");
    expect((await first).status).toBe(200);
    servant.delayMs = 0;
    expect(await root.statuses("narrow", 3)).toEqual([200, 200, 200]);
  });

  test("in weight counts what calls cost", async () => {
    const rules = { call_rules: [{ path: "/heavy", weight: 4 }] };
    await limited("weighty", { unit: "weight", amount: 10, per_ms: 60_000 }, {}, rules);
    const paths = ["/heavy", "/heavy", "/heavy", "/light", "/light", "/light"];
    const seen: number[] = [];
    for (const path of paths) seen.push((await root.call("weighty", path)).status);
    expect(seen).toEqual([200, 200, 429, 200, 200, 429]);
  });

  test("in money admits what the budget pays for, and charges what was used", async () => {
    const reserved = [{ usd: "0.01" }];
    const month = { unit: "usd", amount: "0.03", period: "month" };
    await limited("paid", month, {}, { call_rules: reserved });
    expect(await root.statuses("paid", 4)).toEqual([200, 200, 200, 429]);

    // Two tokens are used of each call: a fifth of what is reserved for it.
    const settled = [{ usd: "0.01", tokens: 10, settle_tokens: "/usage/total_tokens", usd_per_token: "0.001" }];
    await limited("settled", month, {}, { call_rules: settled });
    const count = await root.admitted("settled", 20);
    expect(count).toBeGreaterThan(3);
    expect(count).toBeLessThanOrEqual(11);
  });

  test("makes calls wait for their turn when it says so", async () => {
    const limit = { unit: "requests", amount: 1, per_ms: 400 };
    await limited("patient", limit, { on_exceed: "queue", queue: { max_waiting: 5, max_wait_ms: 5_000 } });
    const begun = performance.now();
    const replies = await Promise.all([root.call("patient"), root.call("patient"), root.call("patient")]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(performance.now() - begun).toBeGreaterThan(700);
  });

  test("hands calls to the fallback chain when it says so", async () => {
    const fallback = [{ kind: "reply", on: ["quota"], status: 200, partial: true, body: "less than all" }];
    await limited("degraded", perMinute, { on_exceed: "degrade" }, { fallback });
    expect(await root.statuses("degraded", 2)).toEqual([200, 200]);
    const reply = await root.call("degraded");
    expect([reply.status, await reply.text()]).toEqual([200, "less than all"]);
    expect(reply.headers.get("x-fallback")).toMatch(/;partial$/);
  });

  test("counts each caller by itself where it says so", async () => {
    await limited("by-key", perMinute, { match: { api: "by-key", key: "*" } });
    for (const name of ["one", "two"]) {
      const key = await root.made("createApiKey", { name, scopes: ["gateway:call"] });
      expect(await root.as(key["key"] as string).admitted("by-key", 5)).toBe(2);
    }
  });

  test("of a period goes on after a restart, and after the process was killed", async () => {
    const own = await onStage(
      startWithAdministrator({
        apis: [{ name: "monthly", upstream: { endpoints: [{ url: servant.url }] }, access: { public: true } }],
        quotas: [{ name: "monthly", match: { api: "monthly" }, limit: { unit: "requests", amount: 9, period: "month" } }],
      }),
    );
    const calls = async (count: number): Promise<number> => {
      let good = 0;
      for (let n = 0; n < count; ++n) if ((await fetch(own.proxy("monthly"))).status === 200) ++good;
      return good;
    };
    expect(await calls(3)).toBe(3);
    await own.restart();
    expect(await calls(3)).toBe(3);
    await own.restart("kill");
    const left = await calls(6);
    expect(left).toBeLessThanOrEqual(3);
    expect(left).toBeGreaterThanOrEqual(1);
  });

  test.each<[string, object, unknown[]]>([
    ["an unknown member", { strickt: true }, ["/strickt"]],
    ["no time", { limit: { unit: "requests", amount: 1 } }, ["/limit"]],
    ["two times", { limit: { ...perMinute, period: "day" } }, ["/limit/period"]],
    ["nothing to admit", { limit: { ...perMinute, amount: 0 } }, ["/limit/amount"]],
    ["money as a number", { limit: { unit: "usd", amount: 5, period: "day" } }, ["/limit/amount"]],
  ])("with %s is refused with its place", async (_, more, wanted) => {
    const body = { name: "faulty", limit: perMinute, ...more };
    expect(refusal(await root.ask("createQuota", { body }))).toEqual([422, "invalid_body", ...wanted]);
  });

  test("that the file declares is shown and not changed", async () => {
    const parameters = { name: "declared" };
    expect((await root.ask("getQuota", { parameters })).body).toMatchObject({ source: "file" });
    expect(refusal(await root.ask("deleteQuota", { parameters }))).toEqual([409, "declared_in_file"]);
  });

  test("of a tenant bounds its own people only, and nobody else sees it", async () => {
    const ada = await registered(root.api, "ada");
    const bob = await registered(root.api, "bob");
    const quota = await root.as(ada.access).made("createQuota", { name: "adas", limit: perMinute });
    expect(quota).toMatchObject({ tenant_id: ada.tenant, match: { tenant: ada.tenant } });
    const parameters = { name: "adas" };
    expect((await root.as(bob.access).ask("getQuota", { parameters })).status).toBe(404);
    expect((await root.as(bob.access).ask("listQuotas")).body["items"]).toEqual([]);
    const seen = await root.ask("getQuota", { parameters, query: { tenant: ada.tenant } });
    expect(seen.status).toBe(200);
    for (const { username, access } of [ada, bob]) {
      await root.as(access).made("createApi", servant.api(`of-${username}`));
    }
    expect(await root.as(ada.access).admitted("of-ada", 5)).toBe(2);
    expect(await root.as(bob.access).admitted("of-bob", 5)).toBe(5);
  });

  test("is found by filters, page by page", async () => {
    await root.made("createApi", servant.api("paged"));
    for (const name of ["page-a", "page-b", "page-c"]) {
      await root.made("createQuota", { name, match: { api: "paged" }, limit: perMinute });
    }
    const query = { api: "paged", enabled: "true", q: "PAGE", limit: "2" };
    const first = (await root.ask("listQuotas", { query })).body;
    expect((first["items"] as Json[]).map((item) => item["name"])).toEqual(["page-a", "page-b"]);
    const rest = await root.ask("listQuotas", { query: { ...query, cursor: first["next_cursor"] as string } });
    expect(rest.body).toMatchObject({ items: [{ name: "page-c" }], next_cursor: null });
  });
});

describe("Whoever asks first", () => {
  test("learns what a call would hear, and takes a part of it or not", async () => {
    await limited("asked", { unit: "requests", amount: 2, per_ms: 60_000 });
    const ask = async (body: object): Promise<Json> =>
      (await root.ask("checkRateLimit", { body: { subject: { api: "asked" }, ...body } })).body;
    const look = { allowed: true, policy: "asked", limit: 2, remaining: 2, retry_after_ms: 0 };
    expect(await ask({ consume: false })).toMatchObject(look);
    expect(await ask({ consume: false })).toMatchObject(look);
    expect(await ask({ cost: 2 })).toMatchObject({ allowed: true, remaining: 0 });
    const refused = await ask({});
    expect(refused).toMatchObject({ allowed: false, policy: "asked", remaining: 0 });
    expect(refused["retry_after_ms"]).toBeGreaterThan(0);
    expect((await root.call("asked")).status).toBe(429);
  });

  test("learns that there is no limit", async () => {
    await root.made("createApi", servant.api("unlimited"));
    const { body } = await root.ask("checkRateLimit", { body: { subject: { api: "unlimited" } } });
    expect(body).toMatchObject({ allowed: true, policy: null, limit: null, remaining: null });
  });

  test("with a key for calls learns of itself only", async () => {
    const key = await root.made("createApiKey", { name: "asker", scopes: ["gateway:call"] });
    const asker = root.as(key["key"] as string);
    const ask = (subject: object): Promise<Answer> =>
      asker.ask("checkRateLimit", { body: { subject, consume: false } });
    expect((await ask({ key: key["id"] })).status).toBe(200);
    expect((await ask({ user: "somebody" })).status).toBe(403);
    expect(refusal(await ask({ api: "nowhere" }))).toEqual([404, "not_found"]);
    expect((await asker.ask("listQuotas")).status).toBe(403);
  });
});

describe("Statistics of quotas", () => {
  test("tell what was admitted and refused, and by whom", async () => {
    await limited("counted", { unit: "requests", amount: 2, period: "month" }, { match: { api: "counted", user: "*" } });
    expect(await root.statuses("counted", 3)).toEqual([200, 200, 429]);
    const { body } = await root.ask("getQuotaStats", { query: { quota: "counted" } });
    expect(body["quotas"]).toMatchObject([{ name: "counted", limit: 2, admitted: 2, refused: 1 }]);
    expect(body["totals"]).toMatchObject({ admitted: 2, refused: 1 });
    expect((await root.ask("getQuotaHealth")).body["status"]).toBe("ok");
  });
});

describe("The catalogue as a whole", () => {
  test("has quotas, breakers and alert rules too", async () => {
    const owner = root.as((await registered(root.api, "cat")).access);
    const catalogue = {
      apis: [servant.api("weather")],
      quotas: [{ name: "weather", match: { api: "weather" }, limit: { unit: "requests", amount: 2, per_ms: 60_000 } }],
      circuit_breakers: [{ api: "weather" }],
      alert_rules: [{ name: "weather", metric: "error_rate", match: { api: "weather" }, threshold: 0.5 }],
    };
    const asked = { body: catalogue };
    const planned = await owner.ask("planCatalogue", asked);
    expect((planned.body["changes"] as Json[]).map((change) => change["what"]).sort()).toEqual([
      ...["alert_rule", "api", "circuit_breaker", "quota"],
    ]);
    expect((await owner.ask("applyCatalogue", asked)).body).toMatchObject({ applied: true });
    expect((await owner.ask("planCatalogue", asked)).body["changes"]).toEqual([]);
    expect(await owner.admitted("weather", 5)).toBe(2);
    expect((await owner.ask("exportCatalogue")).status).toBe(200);
  });
});

afterAll(() => {
  const { api } = root;
  expect(api.unproved([...api.operationIds("quotas"), "getQuotaHealth"])).toEqual({ missing: [], neverGood: [] });
});
