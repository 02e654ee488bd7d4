// An exchange whose clock differs from ours: orders are stamped by the exchange's time, or else it
// refuses them with -1021. The caller notices nothing.
import { describe, expect, test } from "vitest";
import { binanceClient, exchangeConfiguration } from "../support/exchange_client.ts";
import { Gateway } from "../support/gateway.ts";
import { Simulator } from "../support/simulator.ts";
import { stage } from "../support/stage.ts";

const onStage = stage();

describe.each([-8_000, 8_000])("With an exchange whose clock is %i ms ahead", (clockSkewMs) => {
  test("signed calls succeed at once, and are not repeated to the caller's harm", async () => {
    const simulator = await onStage(Simulator.start({ clockSkewMs }));
    const gateway = await onStage(Gateway.start(...exchangeConfiguration(simulator.exchange)));
    const binance = binanceClient(gateway);
    await binance.loadMarkets();
    const exchangeTime = Number(await binance.fetchTime());
    expect(Math.abs(exchangeTime - Date.now() - clockSkewMs)).toBeLessThan(2_000);

    const balance = await binance.fetchBalance();
    expect(balance["USDT"]?.total).toBeGreaterThan(0);

    const { last } = await binance.fetchTicker("BTC/USDT");
    const price = Number(binance.priceToPrecision("BTC/USDT", Number(last) * 0.9));
    const placed = await binance.createOrder("BTC/USDT", "limit", "buy", 0.001, price);
    const open = await binance.fetchOpenOrders("BTC/USDT");
    expect(open.map((order) => order.id)).toEqual([placed.id]);
  });
});
