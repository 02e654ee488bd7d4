// What the gateway itself answers and writes: refusals, health, metrics, log lines.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { publicApi } from "../support/configuration.ts";
import { eventually } from "../support/deadline.ts";
import { Gateway } from "../support/gateway.ts";
import { stage } from "../support/stage.ts";
import { deadAddress, Upstream } from "../support/upstream.ts";

interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
}

const onStage = stage();
let gateway: Gateway;
let seenByUpstream: Record<string, unknown> = {};

beforeAll(async () => {
  const upstream = await onStage(
    Upstream.start((request, reply) => {
      seenByUpstream = { url: request.url, ...request.headers };
      reply.setHeader("Content-Type", "text/plain").end("served");
    }),
  );
  gateway = await onStage(
    Gateway.start({
      apis: [
        publicApi("status-page", upstream.url),
        { name: "closed-shop", upstream: { endpoints: [{ url: upstream.url }] } },
        publicApi("fallen", await deadAddress()),
        publicApi("renamed", upstream.url, { routes: [{ path: "/x/renamed" }] }),
      ],
    }),
  );
});

async function problem(reply: Response): Promise<Problem> {
  expect(reply.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  const body = (await reply.json()) as Problem;
  expect(body.status).toBe(reply.status);
  expect(body.request_id).toBe(reply.headers.get("x-request-id"));
  expect(body.title).not.toBe("");
  return body;
}

describe("The gateway refuses", () => {
  test("a target to which no route leads, with 404 route_not_found", async () => {
    const reply = await fetch(gateway.proxy("unknown", "/anything"));

    expect(reply.status).toBe(404);
    expect(await problem(reply)).toMatchObject({ code: "route_not_found" });
  });

  test("a caller without a credential on an Api that is not public, with 401", async () => {
    const reply = await fetch(gateway.proxy("closed-shop"));

    expect(reply.status).toBe(401);
    expect(reply.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await problem(reply)).toMatchObject({ code: "authentication_required" });
  });

  test("a call whose upstream is down, with 502", async () => {
    const reply = await fetch(gateway.proxy("fallen"));

    expect(reply.status).toBe(502);
    expect(await problem(reply)).toMatchObject({ code: "upstream_connect_failed" });
  });
});

describe("The request id", () => {
  test.each([
    ["of every allowed character", "abc-123_X.9"],
    ["of 128 characters", "x".repeat(128)],
  ])("%s is kept, and the upstream gets it", async (_, id) => {
    const reply = await fetch(gateway.proxy("status-page"), { headers: { "X-Request-ID": id } });

    expect(reply.headers.get("x-request-id")).toBe(id);
    expect(seenByUpstream["x-request-id"]).toBe(id);
  });

  test.each([
    ["with a space", "has space"],
    ["with a semicolon", "semi;colon"],
    ["of 129 characters", "x".repeat(129)],
  ])("%s is replaced", async (_, id) => {
    const reply = await fetch(gateway.proxy("unknown"), { headers: { "X-Request-ID": id } });

    expect(reply.headers.get("x-request-id")).not.toBe(id);
    expect(reply.headers.get("x-request-id")).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  });

  test("is new for each call that brings none", async () => {
    const ids = new Set<string | null>();
    for (let call = 0; call < 20; ++call) {
      ids.add((await fetch(gateway.proxy("status-page"))).headers.get("x-request-id"));
    }

    expect(ids.size).toBe(20);
  });
});

describe("A route", () => {
  test("of its own path leads to its Api, without the prefix", async () => {
    const reply = await fetch(`${gateway.url}/x/renamed/deep/er?a=1&b=%20`);

    expect(await reply.text()).toBe("served");
    expect(seenByUpstream["url"]).toBe("/deep/er?a=1&b=%20");
  });
});

describe("An operator can ask", () => {
  test("/health", async () => {
    const reply = await fetch(`${gateway.url}/health`);

    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({
      status: expect.stringMatching(/^(ok|degraded)$/) as string,
      version: expect.any(String) as string,
      uptime_ms: expect.any(Number) as number,
      environment: "development",
      components: expect.any(Object) as object,
    });
  });

  test.each(["/health/live", "/health/ready"])("%s", async (path) => {
    expect((await fetch(gateway.url + path)).status).toBe(200);
  });

  test("/metrics, which count the calls of an Api", async () => {
    const before = await callsCounted("status-page");
    for (let call = 0; call < 3; ++call) await fetch(gateway.proxy("status-page"));

    await eventually(
      async () => ((await callsCounted("status-page")) === before + 3 ? true : undefined),
      "count of three more calls",
    );
  });

  /** All requests of an Api, whatever their version and outcome. */
  async function callsCounted(api: string): Promise<number> {
    const reply = await fetch(`${gateway.url}/metrics`);
    expect(reply.headers.get("content-type")).toMatch(/^text\/plain/);
    let sum = 0;
    for (const line of (await reply.text()).split("\n")) {
      if (line.startsWith("apiforge_requests_total{") && line.includes(`api="${api}"`)) {
        sum += Number(line.split(" ").at(-1));
      }
    }
    return sum;
  }
});

describe("The log", () => {
  test("counts the calls per API with the operators' one-liner", async () => {
    for (let call = 0; call < 2; ++call) await fetch(gateway.proxy("renamed"));
    for (let call = 0; call < 2; ++call) await fetch(`${gateway.url}/x/renamed`);
    await fetch(gateway.proxy("fallen"));

    const count = `grep API_CALL "$1" | awk '{print $5}' | sort | uniq -c`;
    const counted = await eventually(async () => {
      const { stdout } = await promisify(execFile)("sh", ["-c", count, "sh", gateway.logFile]);
      return /\d+ renamed\n/.test(stdout) && /\d+ fallen\n/.test(stdout) ? stdout : undefined;
    }, "log lines of the calls");
    expect(counted).toMatch(/\d+ status-page\n/);
  });

  test("names status, method, path, latency and request id of a call", async () => {
    const id = "find-me-in-the-log";
    await fetch(gateway.proxy("fallen", "/some/path"), { headers: { "X-Request-ID": id } });

    const line = await eventually(
      async () => (await gateway.log()).split("\n").find((text) => text.includes(id)),
      "log line of the call",
    );
    expect(line).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* \w+ API_CALL fallen /);
    expect(line).toMatch(/\bstatus=502\b/);
    expect(line).toMatch(/\bmethod=GET\b/);
    expect(line).toMatch(/\bpath=\S*\/some\/path\b/);
    expect(line).toMatch(/\blatency_ms=\d/);
  });
});
