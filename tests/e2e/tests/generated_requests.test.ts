// Requests made of the schemas, valid and broken, to every operation of the gateway and of its quotas: none gives a
// 5xx of the gateway's own making, and every reply is one that the document describes.
//
// GENERATED_REQUESTS says how many for each operation, GENERATED_SEED with which seed.
import { beforeAll, describe, expect, test } from "vitest";
import { adminName, adminPassword, logIn, startWithAdministrator } from "../support/accounts.ts";
import { ControlApi } from "../support/control_api.ts";
import { Chance, RequestGenerator } from "../support/generated_request.ts";
import { stage } from "../support/stage.ts";
import { Upstream } from "../support/upstream.ts";

const count = Number(process.env["GENERATED_REQUESTS"] ?? 60);
const seed = Number(process.env["GENERATED_SEED"] ?? 1);
const atOnce = 8;
const onStage = stage();
const described = new ControlApi("");
const gatewayTags = ["apis", "calls", "credentials", "statistics"];
const quotaTags = ["quotas", "circuit-breakers", "alerts"];
const operations = [...described.operationIds(...gatewayTags, ...quotaTags), "getGatewayHealth", "getQuotaHealth"];
let api: ControlApi;
let generator: RequestGenerator;
let token: string;

beforeAll(async () => {
  const upstream = await onStage(Upstream.start((_, reply) => void reply.end('{"fine":true}')));
  const gateway = await onStage(
    startWithAdministrator({ apis: [{ name: "echo", upstream: { endpoints: [{ url: upstream.url }] } }] }),
  );
  api = new ControlApi(gateway.url);
  token = (await logIn(api, adminName, adminPassword)).access;
  const names = ["echo", "a", "b", "c", "binance", "no-such-api"];
  generator = new RequestGenerator(api, new Chance(seed), {
    name: names,
    api: names,
    version: ["v1", "v2"],
    url: [upstream.url, "http://10.0.0.1", "https://127.0.0.1:1/base", "ftp://x", "http://"],
    path: ["/", "/x", "/proxy/a", "/proxy/b/{id}", "x"],
    method: ["GET", "HEAD", "POST", "OPTIONS", "get"],
    connector: ["http", "binance"],
    credential: ["", "a", "b"],
    hosts: ["example.com", "*.example.com"],
    methods: ["GET", "POST"],
    fields: ["token", "key", "secret", "name", "value", "username", "password", "X-One"],
    tenant: ["platform", "nobody"],
    hash_on: ["path", "client_ip", "header:X-User"],
    amount: ["1", "12.5", "0.000000001"],
    burst: ["1", "0.5"],
    period: ["minute", "hour", "day", "month"],
    usd: ["0", "0.01", "3"],
    usd_per_token: ["0", "0.000002"],
    priority: ["admin", "order", "batch"],
    webhook: [`${upstream.url}/alerts`, "http://10.0.0.1", "https://hooks.example.com/a?b=c"],
    endpoint: [upstream.url],
    until: ["2099-01-01T00:00:00.000Z"],
  });
});

describe("Generated requests", () => {
  test.each(operations)(
    "%s answers them all as described",
    async (id) => {
      const operation = api.operation(id);
      let left = count;
      const worker = async (): Promise<void> => {
        while (left-- > 0) {
          const asked = generator.request(operation);
          const { status, body } = await api.call(id, { token, ...asked }).catch((fault: unknown) => {
            throw new Error(JSON.stringify(asked).slice(0, 2_000), { cause: fault });
          });
          // An upstream that is not there is told as such, and so is an open breaker.
          const isUpstreams = id === "callApi" && [502, 503, 504].includes(status);
          if (!isUpstreams && status >= 500) {
            expect.fail(`${status} ${JSON.stringify(body)} for ${JSON.stringify(asked).slice(0, 2_000)}`);
          }
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      expect([...(api.seen.get(id) ?? [])].length).toBeGreaterThan(0);
    },
    30_000 + 20 * count,
  );
});
