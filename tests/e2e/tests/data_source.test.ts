// Data sources whose key stands in the query: the caller's program sends none, or any.
import { beforeAll, describe, expect, test } from "vitest";
import { publicApi } from "../support/configuration.ts";
import { Gateway } from "../support/gateway.ts";
import { lastReceivedBy, providerSecrets, receivedBy, Simulator } from "../support/simulator.ts";
import { stage } from "../support/stage.ts";

const dailyLimit = 25;
const quote = "/query?function=GLOBAL_QUOTE&symbol=IBM";

const onStage = stage();
let simulator: Simulator;
let gateway: Gateway;

beforeAll(async () => {
  simulator = await onStage(Simulator.start());
  gateway = await onStage(
    Gateway.start(
      {
        credentials: ["apikey", "api_key"].map((name) => ({
          name: `team-${name}`,
          kind: "query_key",
          fields: { name, value: "${env:DATA_KEY}" },
        })),
        apis: [
          publicApi("prices", simulator.data, { kind: "data", credential: "team-apikey" }),
          publicApi("economy", simulator.data, { kind: "data", credential: "team-api_key" }),
        ],
      },
      { DATA_KEY: providerSecrets.dataKey },
    ),
  );
});

async function get(api: string, target: string): Promise<[number, Record<string, unknown>]> {
  const reply = await fetch(gateway.proxy(api, target));
  return [reply.status, (await reply.json()) as Record<string, unknown>];
}

/** The values of a query parameter in the newest request of the data source. */
async function received(parameter: string): Promise<string[]> {
  const { target } = await lastReceivedBy(simulator.data);
  return new URL(target, simulator.data).searchParams.getAll(parameter);
}

describe("The gateway puts the team's key into the query", () => {
  test("where the caller sent none", async () => {
    const [status, body] = await get("prices", quote);

    expect(status).toBe(200);
    expect(body).toHaveProperty(["Global Quote", "01. symbol"], "IBM");
    expect(await received("apikey")).toEqual([providerSecrets.dataKey]);
  });

  test.each([
    ["at the end", `${quote}&apikey=callers-own`],
    ["at the start", "/query?apikey=callers-own&function=GLOBAL_QUOTE&symbol=IBM"],
    ["twice", `${quote}&apikey=callers-own&apikey=another`],
    ["with an encoded name", `${quote}&api%6bey=callers-own`],
  ])("in place of the caller's own %s", async (_, target) => {
    const [, body] = await get("prices", target);

    expect(body).toHaveProperty(["Global Quote", "01. symbol"], "IBM");
    expect(await received("apikey")).toEqual([providerSecrets.dataKey]);
    expect((await lastReceivedBy(simulator.data)).target).not.toContain("callers-own");
  });

  test("under the name that the provider asks for", async () => {
    const [status, body] = await get(
      "economy",
      "/fred/series/observations?series_id=GDP&file_type=json",
    );

    expect(status).toBe(200);
    expect(body["observations"]).not.toHaveLength(0);
    expect(await received("api_key")).toEqual([providerSecrets.dataKey]);
  });

  test("and leaves the rest of the query as it was", async () => {
    await get("prices", "/query?function=GLOBAL_QUOTE&symbol=BRK%2EB&note=a+b%20c&empty=");

    const { target } = await lastReceivedBy(simulator.data);
    expect(target).toContain("function=GLOBAL_QUOTE&symbol=BRK%2EB&note=a+b%20c&empty=");
  });
});

test("The provider's daily limit reaches the caller as the provider says it", async () => {
  const used = (await receivedBy(simulator.data)).paths["/query"] ?? 0;
  for (let call = used; call < dailyLimit; ++call) {
    expect((await get("prices", quote))[1]).toHaveProperty("Global Quote");
  }

  const [status, body] = await get("prices", quote);
  expect(status).toBe(200);
  expect(body["Information"]).toContain(`${dailyLimit} requests per day`);
});

test("The key is not in the log", async () => {
  expect(await gateway.log()).not.toContain(providerSecrets.dataKey);
});
