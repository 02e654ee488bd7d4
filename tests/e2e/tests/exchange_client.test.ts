// ccxt through the gateway to an exchange: the trader's whole day, without the exchange's secret.
import ccxt from "ccxt";
import { createHmac } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import {
  binanceClient,
  callersKey,
  callersSecret,
  exchangeConfiguration,
} from "../support/exchange_client.ts";
import { Gateway } from "../support/gateway.ts";
import { lastReceivedBy, providerSecrets, Simulator } from "../support/simulator.ts";
import { stage } from "../support/stage.ts";

const onStage = stage();
let simulator: Simulator;
let gateway: Gateway;
let binance: ReturnType<typeof binanceClient>;

beforeAll(async () => {
  simulator = await onStage(Simulator.start());
  gateway = await onStage(Gateway.start(...exchangeConfiguration(simulator.exchange)));
  binance = binanceClient(gateway);
  await binance.loadMarkets();
});

/** A price at which a purchase rests in the book instead of being filled. */
async function restingPrice(): Promise<number> {
  const { last } = await binance.fetchTicker("BTC/USDT");
  return Number(binance.priceToPrecision("BTC/USDT", Number(last) * 0.9));
}

async function placeRestingOrder() {
  return binance.createOrder("BTC/USDT", "limit", "buy", 0.001, await restingPrice());
}

describe("ccxt through the gateway reads the market:", () => {
  test("loadMarkets", () => {
    expect(binance.market("BTC/USDT")).toMatchObject({ id: "BTCUSDT", spot: true });
  });

  test("fetchTime", async () => {
    expect(Math.abs(Number(await binance.fetchTime()) - Date.now())).toBeLessThan(2_000);
  });

  test("fetchTicker", async () => {
    const ticker = await binance.fetchTicker("BTC/USDT");

    expect(ticker.symbol).toBe("BTC/USDT");
    expect(ticker.last).toBeGreaterThan(0);
  });

  test("fetchOrderBook", async () => {
    const { bids, asks } = await binance.fetchOrderBook("BTC/USDT", 5);

    expect(bids).toHaveLength(5);
    expect(Number(bids[0]?.[0])).toBeLessThan(Number(asks[0]?.[0]));
  });

  test("fetchOHLCV", async () => {
    const candles = await binance.fetchOHLCV("BTC/USDT", "1m", undefined, 10);

    expect(candles).toHaveLength(10);
    const [, open = NaN, high = NaN, low = NaN] = (candles[0] ?? []).map(Number);
    expect(high).toBeGreaterThanOrEqual(open);
    expect(low).toBeLessThanOrEqual(open);
  });
});

describe("ccxt through the gateway trades:", () => {
  test("fetchBalance", async () => {
    const balance = await binance.fetchBalance();

    expect(balance["USDT"]?.total).toBeGreaterThan(0);
  });

  test("a limit order is placed, found, listed and cancelled", async () => {
    const placed = await placeRestingOrder();
    expect(placed.status).toBe("open");
    const id = String(placed.id);

    const found = await binance.fetchOrder(id, "BTC/USDT");
    expect(found).toMatchObject({ id, side: "buy", amount: 0.001 });

    const open = await binance.fetchOpenOrders("BTC/USDT");
    expect(open.map((order) => order.id)).toContain(id);

    const cancelled = await binance.cancelOrder(id, "BTC/USDT");
    expect(cancelled.status).toBe("canceled");
    const rest = await binance.fetchOpenOrders("BTC/USDT");
    expect(rest.map((order) => order.id)).not.toContain(id);
  });

  test("a market order is filled", async () => {
    const order = await binance.createOrder("BTC/USDT", "market", "buy", 0.001);

    expect(order.status).toBe("closed");
    expect(order.filled).toBe(0.001);
  });

  test("what the account cannot pay is refused as InsufficientFunds", async () => {
    const refused = binance.createOrder("BTC/USDT", "limit", "buy", 50, await restingPrice());

    await expect(refused).rejects.toBeInstanceOf(ccxt.InsufficientFunds);
  });

  test("an unknown order is refused as OrderNotFound", async () => {
    await expect(binance.fetchOrder("987654321", "BTC/USDT")).rejects.toBeInstanceOf(
      ccxt.OrderNotFound,
    );
  });
});

describe("The exchange sees", () => {
  const calls: [string, () => Promise<unknown>][] = [
    ["GET", () => binance.fetchBalance()],
    ["POST", placeRestingOrder],
    [
      "DELETE",
      async () => {
        const { id } = await placeRestingOrder();
        return binance.cancelOrder(String(id), "BTC/USDT");
      },
    ],
  ];

  test.each(calls)("the team's key and a valid signature on a %s", async (method, call) => {
    await call();
    const received = await lastReceivedBy(simulator.exchange);

    expect(received.method).toBe(method);
    const keys = received.headers.filter(([name]) => name.toLowerCase() === "x-mbx-apikey");
    expect(keys.map(([, value]) => value)).toEqual([providerSecrets.exchangeKey]);
    expectValidSignature(received.target, received.body);
    expect(JSON.stringify(received)).not.toContain(callersKey);
  });

  function expectValidSignature(target: string, body: string): void {
    const query = target.split("?")[1] ?? "";
    const [, payload, signature] = /^(.*)&signature=([0-9a-f]{64})$/.exec(query + body) ?? [];
    expect(payload, "the signature is the last parameter").toBeDefined();
    expect(payload).not.toContain("signature=");
    const expected = createHmac("sha256", providerSecrets.exchangeSecret).update(payload ?? "");
    expect(signature).toBe(expected.digest("hex"));
  }
});

test("The log holds neither the team's secrets nor the caller's", async () => {
  const log = await gateway.log();

  for (const secret of [...Object.values(providerSecrets), callersKey, callersSecret]) {
    expect(log).not.toContain(secret);
  }
  expect(log).not.toMatch(/signature=[0-9a-f]{64}/);
});
