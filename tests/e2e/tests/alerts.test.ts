// Alerts, as the document describes them: they reach somebody, signed and at least once, and are
// over when what they tell of is over.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWithAdministrator } from "../support/accounts.ts";
import { eventually } from "../support/deadline.ts";
import { Operator, refusal } from "../support/operator.ts";
import { Servant } from "../support/servant.ts";
import { stage } from "../support/stage.ts";
import { Webhook } from "../support/webhook.ts";

const webhookSecret = "told to nobody else";
const onStage = stage();
let servant: Servant;
let root: Operator;

beforeAll(async () => {
  servant = await onStage(Servant.start());
  const rule = { name: "declared", metric: "error_rate", threshold: 1 };
  root = await Operator.administrator(await onStage(startWithAdministrator({ apis: [], alert_rules: [rule] })));
});

describe("An alert", () => {
  test("reaches its webhook signed, again when it was refused, and is told when it is over", async () => {
    const webhook = await onStage(Webhook.start(webhookSecret, 1));
    await root.made("createApi", servant.api("watched"));
    await root.made("createAlertRule", {
      ...{ name: "busy", metric: "calls_per_second", match: { api: "watched" }, threshold: 0 },
      ...{ over_ms: 1_000, targets: [{ webhook: webhook.url, secret: webhookSecret }] },
    });
    const told = (state: string): Promise<true> =>
      eventually(
        async () => {
          if (state === "firing") await root.call("watched");
          const heard = webhook.messages.some(({ body, refused }) => !refused && body["type"] === `alert.${state}`);
          return heard ? true : undefined;
        },
        `message of an alert that is ${state}`,
        20_000,
      );
    await told("firing");
    expect(webhook.messages[0]?.refused).toBe(true);
    const { body } = await root.ask("listAlerts", { query: { rule: "busy", state: "firing" } });
    expect(body["items"]).toMatchObject([{ rule: "busy", group: { api: "watched" }, silenced: false }]);
    await told("resolved");
    const taken = webhook.messages.filter(({ refused }) => !refused).map(({ body }) => body["type"]);
    expect(taken, "what was taken is not told again").toEqual(["alert.firing", "alert.resolved"]);
    expect(webhook.messages.every(({ isSigned }) => isSigned)).toBe(true);
    const over = await root.ask("listAlerts", { query: { rule: "busy" } });
    expect(over.body["items"]).toMatchObject([{ state: "resolved" }]);
  }, 60_000);

  test("has a rule that is read without its secret, replaced, silenced and removed", async () => {
    const targets = [{ webhook: "http://127.0.0.1:9/alerts", secret: webhookSecret }];
    const body = { name: "quiet", metric: "error_rate", match: { api: "*" }, threshold: 0.5, targets };
    const created = await root.made("createAlertRule", body);
    expect(created["targets"]).toEqual([{ webhook: targets[0]?.webhook, secret: "***", zmq: false }]);
    const parameters = { name: "quiet" };
    expect((await root.ask("getAlertRule", { parameters })).body).toEqual(created);
    const replaced = await root.ask("replaceAlertRule", { parameters, body: { ...body, severity: "critical" } });
    expect(replaced.body).toMatchObject({ severity: "critical" });
    const until = "2099-01-01T00:00:00.000Z";
    const silenced = await root.ask("silenceAlertRule", { parameters, body: { until } });
    expect(silenced.body).toMatchObject({ silenced_until: until });
    const { body: list } = await root.ask("listAlertRules");
    expect(JSON.stringify(list)).not.toContain(webhookSecret);
    expect(list["items"]).toContainEqual(expect.objectContaining({ name: "declared", source: "file" }));
    expect((await root.ask("silenceAlertRule", { parameters, body: { until: null } })).status).toBe(200);
    expect((await root.ask("deleteAlertRule", { parameters })).status).toBe(204);
    expect((await root.ask("getAlertRule", { parameters })).status).toBe(404);
  });

  test("whose webhook could not be told, or whose metric has no such label, is refused", async () => {
    const sound = { name: "deaf", metric: "error_rate", threshold: 1, targets: [] as object[] };
    const refused = async (changed: object): Promise<unknown> =>
      refusal(await root.ask("createAlertRule", { body: { ...sound, ...changed } }));
    const webhook = "http://127.0.0.1:9/alerts";
    const place = (at: string): unknown => [422, "invalid_body", at];
    expect(await refused({ targets: [{ webhook: `${webhook}?a[]=1` }] })).toEqual(place("/targets/0/webhook"));
    expect(await refused({ targets: [{ webhook }, { webhook }] })).toEqual(place("/targets/1/webhook"));
    expect(await refused({ match: { quota: "all" } })).toEqual(place("/match/quota"));
  });

  test("with a target that is an address of the cloud's metadata is refused with its place", async () => {
    const targets = [{ webhook: "http://169.254.169.254/alerts" }];
    const body = { name: "sneaky", metric: "error_rate", threshold: 1, targets };
    const answer = await root.ask("createAlertRule", { body });
    expect(refusal(answer)).toEqual([422, "invalid_body", "/targets/0/webhook"]);
  });
});

afterAll(() => {
  const { api } = root;
  expect(api.unproved(api.operationIds("alerts"))).toEqual({ missing: [], neverGood: [] });
});
