// Circuit breakers, as the document describes them: they open when calls fail, spare the upstream,
// close when it works again, and obey an operator.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWithAdministrator } from "../support/accounts.ts";
import type { Json } from "../support/control_api.ts";
import { eventually } from "../support/deadline.ts";
import { Operator, refusal } from "../support/operator.ts";
import { Servant } from "../support/servant.ts";
import { stage } from "../support/stage.ts";

const onStage = stage();
let servant: Servant;
let root: Operator;

beforeAll(async () => {
  servant = await onStage(Servant.start());
  const gateway = await onStage(
    startWithAdministrator({ apis: [servant.api("declared")], circuit_breakers: [{ api: "declared" }] }),
  );
  root = await Operator.administrator(gateway);
});

describe("A circuit breaker", () => {
  const rule = {
    ...{ window: { type: "count", size: 10 }, minimum_calls: 3, failure_rate: 0.5 },
    ...{ open_ms: 300, max_open_ms: 300, half_open_calls: 1 },
  };
  const stateOf = async (name: string): Promise<unknown> => {
    const { body } = await root.ask("getCircuitBreaker", { parameters: { api: name } });
    return (body["breakers"] as Json[])[0]?.["state"];
  };

  test("opens when calls fail, spares the upstream, and closes when it works again", async () => {
    await root.made("createApi", servant.api("fragile"));
    await root.made("setCircuitBreaker", { api: "fragile", ...rule });
    expect(await stateOf("fragile")).toBe("closed");
    servant.status = 500;
    expect(await root.statuses("fragile", 3)).toEqual([500, 500, 500]);
    const asked = servant.calls;
    const refused = await root.call("fragile");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await refused.json()).toMatchObject({
      code: "breaker_open",
      type: "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity",
    });
    expect(servant.calls).toBe(asked);
    const { body } = await root.ask("listCircuitBreakers", { query: { api: "fragile" } });
    expect(body["items"]).toMatchObject([{ api: "fragile", breakers: [{ state: "open" }] }]);

    servant.status = 200;
    await eventually(async () => ((await root.call("fragile")).status === 200 ? true : undefined), "200 again", 3_000);
    expect(await stateOf("fragile")).toBe("closed");
  });

  test("is forced open and closed, and let go", async () => {
    await root.made("createApi", servant.api("forced"));
    await root.made("setCircuitBreaker", { api: "forced", ...rule });
    const order = async (operation: string): Promise<unknown> => {
      const { status, body } = await root.ask(operation, { parameters: { api: "forced" } });
      expect(status).toBe(200);
      return (body["breakers"] as Json[])[0]?.["state"];
    };
    expect(await order("openCircuitBreaker")).toBe("forced_open");
    const refused = await root.call("forced");
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ detail: "an operator has opened the circuit breaker" });
    expect(await order("closeCircuitBreaker")).toBe("forced_closed");
    servant.status = 500;
    expect(await root.statuses("forced", 5)).toEqual([500, 500, 500, 500, 500]);
    servant.status = 200;
    expect(await order("resetCircuitBreaker")).toBe("closed");
    const log = await root.ask("listAudit", { query: { action: "circuit_breaker.*" } });
    expect((log.body["items"] as Json[]).map((entry) => entry["action"])).toEqual(
      expect.arrayContaining(["circuit_breaker.open", "circuit_breaker.close", "circuit_breaker.reset"]),
    );
    expect((await root.ask("openCircuitBreaker", { parameters: { api: "nothing" } })).status).toBe(404);
  });

  test("has one rule for each version, which is replaced and removed", async () => {
    await root.made("createApi", servant.api("ruled"));
    const body = { api: "ruled", version: "v1" };
    expect((await root.ask("setCircuitBreaker", { body })).status).toBe(201);
    const again = await root.ask("setCircuitBreaker", { body: { ...body, failure_rate: 0.25 } });
    expect([again.status, again.body["failure_rate"]]).toEqual([200, 0.25]);
    const parameters = { api: "ruled" };
    expect((await root.ask("getCircuitBreaker", { parameters })).status).toBe(404);
    const query = { version: "v1" };
    expect((await root.ask("getCircuitBreaker", { parameters, query })).body["breakers"]).toHaveLength(1);
    expect((await root.ask("deleteCircuitBreaker", { parameters, query })).status).toBe(204);
    expect((await root.ask("getCircuitBreaker", { parameters, query })).status).toBe(404);
    const declared = { parameters: { api: "declared" } };
    expect(refusal(await root.ask("deleteCircuitBreaker", declared))).toEqual([409, "declared_in_file"]);
  });
});

afterAll(() => {
  const { api } = root;
  expect(api.unproved(api.operationIds("circuit-breakers"))).toEqual({ missing: [], neverGood: [] });
});
