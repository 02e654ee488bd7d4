// apiforge.yaml changes while the gateway runs.
import { beforeAll, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { type Configuration, publicApi } from "../support/configuration.ts";
import { eventually } from "../support/deadline.ts";
import { Gateway } from "../support/gateway.ts";
import { SocketClient } from "../support/socket_client.ts";
import { stage } from "../support/stage.ts";
import { Upstream } from "../support/upstream.ts";

const inForceLimitMs = 2_000;

const onStage = stage();
let upstream: Upstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await onStage(Upstream.start((_, reply) => reply.end("served")));
  new WebSocketServer({ server: upstream.server }).on("connection", (socket) => {
    socket.on("message", (data) => socket.send(data));
  });
  gateway = await onStage(Gateway.start(apis("first")));
});

function apis(...names: string[]): Configuration {
  return { apis: names.map((name) => publicApi(name, upstream.url)) };
}

async function becomesStatus(api: string, status: number): Promise<void> {
  await eventually(
    async () => ((await fetch(gateway.proxy(api))).status === status ? true : undefined),
    `${status} from ${api}`,
    inForceLimitMs,
  );
}

async function expectEcho(client: SocketClient, text: string): Promise<void> {
  client.socket.send(text);
  expect((await client.message()).toString()).toBe(text);
}

test("A new Api works within 2 s, and an open WebSocket survives, even of a removed Api", async () => {
  const client = await SocketClient.open(gateway.socket("first", "/echo"));
  await expectEcho(client, "before");
  expect((await fetch(gateway.proxy("second"))).status).toBe(404);

  await gateway.configure(apis("first", "second"));
  await becomesStatus("second", 200);
  await expectEcho(client, "after the addition");

  await gateway.configure(apis("second"));
  await becomesStatus("first", 404);
  await expectEcho(client, "after the removal");
  await client.close();
});

test.each([
  ["is not YAML", "version: 1\napis:\n  - name: a: b\n", 3],
  [
    "breaks a rule",
    "version: 1\napis:\n  - name: third\n    upstream:\n      endpoints:\n        - url: ftp://example.com\n",
    6,
  ],
  ["has an unknown member", "version: 1\napis: []\nsurprise: true\n", 3],
])("A file that %s changes nothing, and the log says where the fault is", async (_, bad, line) => {
  await gateway.configure(apis("kept"));
  await becomesStatus("kept", 200);

  await gateway.configure(bad);
  await eventually(
    async () => (await gateway.log()).includes(`apiforge.yaml:${line}:`) || undefined,
    `log line that names apiforge.yaml:${line}`,
    inForceLimitMs,
  );
  expect((await fetch(gateway.proxy("kept"))).status).toBe(200);
  expect((await fetch(gateway.proxy("third"))).status).toBe(404);

  await gateway.configure(apis("healed"));
  await becomesStatus("healed", 200);
});
