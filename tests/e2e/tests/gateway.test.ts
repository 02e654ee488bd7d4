// The whole of /api/v1/gateway and its short forms, as the document describes them: every operation
// is called, and every reply is checked against its schema by ControlApi.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminName, adminPassword, logIn, type Member, registered, startWithAdministrator } from "../support/accounts.ts";
import { ControlApi, type Json } from "../support/control_api.ts";
import { eventually } from "../support/deadline.ts";
import type { Gateway } from "../support/gateway.ts";
import { stage } from "../support/stage.ts";
import { Upstream } from "../support/upstream.ts";

const gatewayTags = ["apis", "calls", "credentials", "statistics"];
const onStage = stage();
let gateway: Gateway;
let upstream: Upstream;
let api: ControlApi;
let token: string;
let ada: Member;

/** What `/held` waits for. */
let release: () => void = () => undefined;
const held = new Promise<void>((resolve) => (release = resolve));

/** Tells in its reply what came; `/text` and `/bytes` are no JSON. */
function echo(): Promise<Upstream> {
  return Upstream.start((request, reply) => {
    if (request.url === "/held") return void held.then(() => reply.end());
    if (request.url === "/text") return void reply.setHeader("Content-Type", "text/plain").end("plain");
    if (request.url === "/bytes") {
      return void reply.setHeader("Content-Type", "image/png").end(Buffer.from([0x89, 0x50, 0xff]));
    }
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, headers } = request;
      const body = Buffer.concat(chunks).toString();
      reply.statusCode = url === "/teapot" ? 418 : 200;
      reply.setHeader("Content-Type", "application/json").end(JSON.stringify({ method, url, headers, body }));
    });
  });
}

beforeAll(async () => {
  upstream = await onStage(echo());
  gateway = await onStage(
    startWithAdministrator({
      apis: [{ name: "declared", upstream: { endpoints: [{ url: upstream.url }] } }],
      credentials: [{ name: "declared-key", kind: "bearer", fields: { token: "from-the-file" } }],
    }),
  );
  api = new ControlApi(gateway.url);
  token = (await logIn(api, adminName, adminPassword)).access;
  ada = await registered(api, "ada");
});

function apiNamed(name: string, more: Json = {}): Json {
  return { name, upstream: { endpoints: [{ url: upstream.url }] }, ...more };
}

async function created(name: string, more: Json = {}): Promise<Json> {
  const { status, body } = await api.call("createApi", { token, body: apiNamed(name, more) });
  expect([status, body]).toEqual([201, body]);
  return body;
}

function proxied(name: string, path = "/", bearer = token): Promise<Response> {
  return fetch(gateway.proxy(name, path), { headers: { Authorization: `Bearer ${bearer}` } });
}

function codes(body: Json): unknown[] {
  return [body["code"], ...((body["errors"] as { pointer: string }[] | undefined) ?? []).map((e) => e.pointer)];
}

describe("An API", () => {
  test("can be called as soon as the reply to its creation is there, and no longer when removed", async () => {
    for (let round = 0; round < 10; ++round) {
      const name = `short-lived-${round}`;
      const made = await api.call("createApi", { token, body: apiNamed(name) });
      expect(made.status).toBe(201);
      expect(made.headers.get("location")).toBe(`/api/v1/gateway/apis/${name}?version=v1`);
      expect((await proxied(name)).status).toBe(200);
      expect((await api.call("deleteApi", { token, parameters: { name } })).status).toBe(204);
      expect((await proxied(name)).status).toBe(404);
    }
  });

  test("shows all its members, with their defaults", async () => {
    const body = await created("defaults");
    expect(body).toMatchObject({
      ...{ kind: "http", enabled: true, version: "v1", source: "store", tenant_id: "platform" },
      ...{ cache: null, mirror: null, deprecation: null, validation: null, fallback: [], routes: [] },
    });
    const { body: read, headers } = await api.call("getApi", { token, parameters: { name: "defaults" } });
    expect(read).toEqual(body);
    expect(headers.get("etag")).toMatch(/^"\d+"$/);
  });

  test("is replaced and patched only as it was read, when one asks for that", async () => {
    await created("changing", { description: "first" });
    const parameters = { name: "changing" };
    const first = (await api.call("getApi", { token, parameters })).headers.get("etag") ?? "";
    const body = apiNamed("changing", { description: "second" });
    const replaced = await api.call("replaceApi", { token, parameters, body, headers: { "If-Match": first } });
    expect(replaced.body).toMatchObject({ description: "second" });

    const stale = { token, parameters, headers: { "If-Match": first } };
    const patch = { description: null, upstream: { timeout_ms: 1234 } };
    expect((await api.call("updateApi", { ...stale, body: patch })).body["code"]).toBe("version_conflict");
    expect((await api.call("deleteApi", stale)).body["code"]).toBe("version_conflict");

    const patched = await api.call("updateApi", { token, parameters, body: patch });
    expect(patched.body).toMatchObject({
      description: "",
      upstream: { timeout_ms: 1234, endpoints: [{ url: upstream.url }] },
    });
  });

  test("that is switched off is not found, and back when it is switched on", async () => {
    await created("switched");
    const parameters = { name: "switched" };
    await api.call("updateApi", { token, parameters, body: { enabled: false } });
    expect((await proxied("switched")).status).toBe(404);
    await api.call("updateApi", { token, parameters, body: { enabled: true } });
    expect((await proxied("switched")).status).toBe(200);
  });

  test("is made once however often the request is repeated with an idempotency key", async () => {
    const asked = { token, body: apiNamed("once"), headers: { "Idempotency-Key": "once-and-no-more" } };
    const first = await api.call("createApi", asked);
    const again = await api.call("createApi", asked);
    expect([first.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });

  test.each<[string, Json, unknown[]]>([
    ["an unknown member", { tmieout: 1 }, ["invalid_body", "/tmieout"]],
    ["a wrong type", { enabled: "yes", kind: 7 }, ["invalid_body", "/enabled", "/kind"]],
    ["an unknown connector", { connector: "nowhere" }, ["invalid_body", "/connector"]],
    ["an unknown credential", { credential: "nowhere" }, ["invalid_body", "/credential"]],
    ["a bad host", { upstream: { endpoints: [{ url: "ftp://x" }] } }, ["invalid_body", "/upstream/endpoints/0/url"]],
    [
      "an address of the cloud's metadata",
      { upstream: { endpoints: [{ url: "http://169.254.169.254" }] } },
      ["invalid_body", "/upstream/endpoints/0/url"],
    ],
    ["a pattern that is none", { transform: { request: [{ op: "rewrite_path", pattern: "(", value: "x" }] } }, ["invalid_body", "/transform/request/0/pattern"]],
  ])("with %s is refused with its place", async (_, more, wanted) => {
    const { status, body } = await api.call("createApi", { token, body: { ...apiNamed("faulty"), ...more } });
    expect([status, codes(body)]).toEqual([422, wanted]);
  });

  test("exists once by name and version, and its versions stand side by side", async () => {
    await created("versions");
    const twice = await api.call("createApi", { token, body: apiNamed("versions") });
    expect(twice.body["code"]).toBe("already_exists");
    await created("versions", { version: "v2", default: true });
    const parameters = { name: "versions" };
    expect((await api.call("getApi", { token, parameters })).body["version"]).toBe("v2");
    const v1 = { token, parameters, query: { version: "v1" } };
    expect((await api.call("getApi", v1)).body["version"]).toBe("v1");
    expect((await api.call("deleteApi", v1)).status).toBe(204);
    expect((await api.call("getApi", v1)).status).toBe(404);
    expect((await proxied("versions")).status).toBe(200);
  });

  test("is found by filters, page by page", async () => {
    for (const name of ["page-a", "page-b", "page-c"]) await created(name, { kind: "data", description: "A Page" });
    const query = { kind: "data", q: "a page", enabled: "true", limit: "2" };
    const first = (await api.call("listApis", { token, query })).body;
    expect((first["items"] as Json[]).map((item) => item["name"])).toEqual(["page-a", "page-b"]);
    const rest = await api.call("listApis", { token, query: { ...query, cursor: first["next_cursor"] as string } });
    expect(rest.body).toMatchObject({ items: [{ name: "page-c" }], next_cursor: null });
    expect((await api.call("listApis", { token, query: { kind: "soap" } })).status).toBe(400);
  });

  test("that the file declares is shown and not changed", async () => {
    const parameters = { name: "declared" };
    expect((await api.call("getApi", { token, parameters })).body).toMatchObject({ source: "file" });
    const body = { enabled: false };
    expect((await api.call("updateApi", { token, parameters, body })).body["code"]).toBe("declared_in_file");
    expect((await api.call("deleteApi", { token, parameters })).body["code"]).toBe("declared_in_file");
  });

  test("of a tenant is called by its people only, below its own name", async () => {
    const bearer = ada.access;
    const outside = await api.call("createApi", { token: bearer, body: apiNamed("adas", { routes: [{ path: "/proxy/other" }] }) });
    expect([outside.status, codes(outside.body)]).toEqual([422, ["invalid_body", "/routes/0/path"]]);
    const made = await api.call("createApi", { token: bearer, body: apiNamed("adas") });
    expect(made.body).toMatchObject({ tenant_id: ada.tenant });
    const bob = await registered(api, "bob");
    expect((await proxied("adas", "/", bearer)).status).toBe(200);
    expect((await proxied("adas", "/", bob.access)).status).toBe(404);
  });

  test("has short forms: register, routes, unregister", async () => {
    const routes = [{ path: "/short", methods: ["GET"] }, { path: "/shorter" }];
    expect((await api.call("registerApi", { token, body: apiNamed("short", { routes }) })).status).toBe(201);
    const listed = await api.call("listRoutes", { token, query: { limit: "500" } });
    expect(listed.body["items"]).toContainEqual({
      ...{ api: "short", version: "v1", path: "/short" },
      ...{ hosts: [], methods: ["GET"], headers: {} },
    });
    expect((await api.call("unregisterApi", { token, query: { name: "short" } })).status).toBe(204);
    expect((await api.call("unregisterApi", { token })).status).toBe(400);
  });

  test("is made of an OpenAPI document, whose schemas are enforced", async () => {
    const id = { name: "id", in: "path", required: true, schema: { type: "integer" } };
    const document = {
      openapi: "3.1.0",
      info: { title: "Pet Store", version: "v1" },
      servers: [{ url: upstream.url }],
      paths: {
        "/pets/{id}": { get: { parameters: [id], responses: { "200": { description: "a pet" } } } },
        "/pets": {
          post: {
            requestBody: { content: { "application/json": { schema: { type: "object", required: ["name"] } } } },
            responses: { "201": { description: "made" } },
          },
        },
      },
    };
    const made = await api.call("importApi", { token, body: document, query: { name: "pets", enforce: "true" } });
    expect(made.body).toMatchObject({ name: "pets", validation: { enforce: true } });
    expect((await proxied("pets", "/pets/7")).status).toBe(200);
    expect((await proxied("pets", "/pets/seven")).status).toBe(400);
    const broken = await fetch(gateway.proxy("pets", "/pets"), {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: "{}",
    });
    expect([broken.status, codes((await broken.json()) as Json)]).toEqual([422, ["invalid_body", "/name"]]);
    const none = await api.call("importApi", { token, body: { ...document, servers: [] }, query: { name: "none" } });
    expect(none.status).toBe(422);
  });
});

describe("A call in an envelope", () => {
  const parameters = { name: "declared" };
  const call = (body: unknown): ReturnType<ControlApi["call"]> => api.call("callApi", { token, parameters, body });

  test("goes the way of every call and brings the reply as it was", async () => {
    const { status, body } = await call({
      ...{ method: "PUT", path: "/x%20y", query: { a: "1", b: ["2", "3"] } },
      ...{ headers: { "X-Mine": "me" }, body: { n: 1.5 } },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 200,
      headers: { "Content-Type": "application/json" },
      body: { method: "PUT", url: "/x%20y?a=1&b=2&b=3", headers: { "x-mine": "me" } },
      meta: { api: "declared", version: "v1", endpoint: upstream.url, attempts: 1, cached: false },
    });
    const seen = body["body"] as { body: string; headers: Record<string, string> };
    expect(JSON.parse(seen.body)).toEqual({ n: 1.5 });
    expect(seen.headers["authorization"]).toBeUndefined();
  });

  test("shows texts as texts, bytes in base64, and every status as it is", async () => {
    expect((await call({ path: "/text" })).body["body"]).toBe("plain");
    expect((await call({ path: "/bytes" })).body["body"]).toEqual({ base64: "iVD/" });
    expect((await call({ path: "/teapot" })).body["status"]).toBe(418);
  });

  test("that the gateway refuses is a problem", async () => {
    expect((await call({ metod: "GET" })).status).toBe(422);
    expect((await call({ version: "v9" })).body["code"]).toBe("version_not_found");
    expect((await api.call("callApi", { token, parameters: { name: "nowhere" }, body: {} })).status).toBe(404);
    expect((await api.call("callApi", { parameters, body: {} })).status).toBe(401);
  });
});

describe("The catalogue as a whole", () => {
  test("is planned, applied once, and exported without secrets", async () => {
    const bearer = ada.access;
    const fields = { token: "a secret of the catalogue" };
    const catalogue = {
      credentials: [{ name: "weather", kind: "bearer", fields }],
      apis: [apiNamed("weather", { credential: "weather" })],
    };
    const asked = { token: bearer, body: catalogue, query: { keep: "true" } };
    const planned = await api.call("planCatalogue", asked);
    expect(planned.body["changes"]).toHaveLength(2);
    expect(planned.body["text"]).toContain("weather@v1");
    expect((await proxied("weather", "/", bearer)).status).toBe(404);

    expect((await api.call("applyCatalogue", asked)).body).toMatchObject({ applied: true });
    expect((await proxied("weather", "/", bearer)).status).toBe(200);
    expect((await api.call("planCatalogue", asked)).body["changes"]).toEqual([]);

    const exported = await fetch(`${gateway.url}/api/v1/gateway/export`, {
      headers: { Authorization: `Bearer ${bearer}` },
    });
    const text = await exported.text();
    expect(text).toContain("weather");
    expect(text).not.toContain(fields.token);
    expect((await api.call("exportCatalogue", { token: bearer })).status).toBe(200);
  });
});

describe("A credential", () => {
  test("signs calls, is rotated, and is never shown", async () => {
    const fields = { token: "first-secret-of-the-upstream" };
    const made = await api.call("createCredential", { token, body: { name: "main", kind: "bearer", fields } });
    expect(made.body).toMatchObject({ kind: "bearer", fields: { token: "***ream" }, source: "store" });
    await created("signed", { credential: "main" });
    const sent = async (): Promise<unknown> =>
      ((await (await proxied("signed")).json()) as { headers: Json }).headers["authorization"];
    expect(await sent()).toBe("Bearer first-secret-of-the-upstream");

    const parameters = { name: "main" };
    const rotation = { token, parameters, body: { fields: { token: "second" } } };
    expect((await api.call("rotateCredential", rotation)).status).toBe(200);
    expect(await sent()).toBe("Bearer second");

    expect((await api.call("getCredential", { token, parameters })).body["fields"]).toEqual({ token: "***" });
    expect((await api.call("deleteCredential", { token, parameters })).body["code"]).toBe("resource_in_use");
    await api.call("deleteApi", { token, parameters: { name: "signed" } });
    expect((await api.call("deleteCredential", { token, parameters })).status).toBe(204);
  });

  test("of the file is shown and not changed", async () => {
    const { body } = await api.call("listCredentials", { token });
    expect(body["items"]).toContainEqual(expect.objectContaining({ name: "declared-key", source: "file" }));
    expect(JSON.stringify(body)).not.toContain("from-the-file");
    const parameters = { name: "declared-key" };
    expect((await api.call("deleteCredential", { token, parameters })).body["code"]).toBe("declared_in_file");
  });
});

describe("Statistics", () => {
  interface Counts {
    calls: number;
    bytes_out: number;
    latency_ms: { p50: number };
    endpoints: { state: string; calls: number }[];
  }
  const statsOf = async (name: string): Promise<Counts | undefined> => {
    const { body } = await api.call("getGatewayStats", { token, query: { api: name } });
    return (body["apis"] as Counts[])[0];
  };

  test("count the calls of an API, its endpoints and tenants", async () => {
    await created("counted");
    expect(await statsOf("counted")).toMatchObject({ calls: 0, endpoints: [{ state: "up", calls: 0 }] });
    for (let n = 0; n < 5; ++n) await proxied("counted");
    const counts = await eventually(
      async () => {
        const now = await statsOf("counted");
        return now?.calls === 5 ? now : undefined;
      },
      "five calls in the statistics",
      5_000,
    );
    expect(counts.endpoints[0]?.calls).toBe(5);
    expect(counts.latency_ms.p50).toBeGreaterThan(0);
    const { body } = await api.call("getGatewayStats", { token });
    expect(body["tenants"]).toContainEqual(expect.objectContaining({ tenant_id: "platform" }));
    expect((await api.call("getGatewayHealth")).body["status"]).toBe("ok");
  });

  test("tell what of an API and a tenant is in flight", async () => {
    await created("holding");
    const inFlight = async () => {
      const { body } = await api.call("getGatewayStats", { token, query: { api: "holding" } });
      const tenants = body["tenants"] as { tenant_id: string; in_flight: number }[];
      const apis = body["apis"] as { in_flight: number }[];
      return [apis[0]?.in_flight, tenants.find((tenant) => tenant.tenant_id === "platform")?.in_flight];
    };
    const calls = [proxied("holding", "/held"), proxied("holding", "/held")];
    await eventually(async () => ((await inFlight()).join() === "2,2" ? true : undefined), "two calls in flight", 5_000);
    release();
    await Promise.all(calls);
    await eventually(async () => ((await inFlight()).join() === "0,0" ? true : undefined), "none in flight", 5_000);
  });
});

afterAll(() => {
  expect(api.unproved(api.operationIds(...gatewayTags))).toEqual({ missing: [], neverGood: [] });
});
