// Live market data of an exchange over WebSockets through the gateway.
import { beforeAll, describe, expect, test } from "vitest";
import { exchangeConfiguration, liveBinanceClient } from "../support/exchange_client.ts";
import { Gateway } from "../support/gateway.ts";
import { Simulator } from "../support/simulator.ts";
import { SocketClient } from "../support/socket_client.ts";
import { stage } from "../support/stage.ts";

const onStage = stage();
let gateway: Gateway;

beforeAll(async () => {
  const simulator = await onStage(Simulator.start());
  gateway = await onStage(Gateway.start(...exchangeConfiguration(simulator.exchange)));
});

describe("Market data over a WebSocket", () => {
  test("flows from a stream that the address names", async () => {
    const client = await SocketClient.open(gateway.socket("binance", "/ws/btcusdt@trade"));
    const events = [await client.json(), await client.json()];
    await client.close();

    for (const event of events) expect(event).toMatchObject({ e: "trade", s: "BTCUSDT" });
  });

  test("flows after a SUBSCRIBE, and no more after UNSUBSCRIBE", async () => {
    const client = await SocketClient.open(gateway.socket("binance", "/ws"));
    client.send({ method: "SUBSCRIBE", params: ["ethusdt@trade"], id: 1 });
    expect(await client.jsonWhere((event) => "id" in event)).toEqual({ result: null, id: 1 });
    expect(await client.jsonWhere((event) => "e" in event)).toMatchObject({ s: "ETHUSDT" });

    client.send({ method: "UNSUBSCRIBE", params: ["ethusdt@trade"], id: 2 });
    expect(await client.jsonWhere((event) => event["id"] === 2)).toMatchObject({ result: null });
    await client.close();
  });

  test("flows into ccxt's own streams, the order book joined with its snapshot", async () => {
    const binance = liveBinanceClient(gateway);
    // ccxt asks for this where a stream's address is ws:// instead of wss://.
    await binance.loadHttpProxyAgent();
    try {
      const trades = await binance.watchTrades("BTC/USDT");
      expect(trades[0]).toMatchObject({ symbol: "BTC/USDT" });

      const candles = await binance.watchOHLCV("ETH/USDT", "1m");
      expect(Number(candles[0]?.[4])).toBeGreaterThan(0);

      for (let change = 0; change < 3; ++change) {
        const { bids, asks } = await binance.watchOrderBook("BTC/USDT");
        expect(Number(bids[0]?.[0])).toBeLessThan(Number(asks[0]?.[0]));
      }
    } finally {
      await binance.close();
    }
  });

  test("is refused with the exchange's status where there is no stream", async () => {
    await expect(SocketClient.open(gateway.socket("binance", "/nowhere"))).rejects.toThrow("404");
  });
});
