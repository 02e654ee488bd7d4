// A trader's ccxt client, of which only the base URLs were changed, and the gateway's side of it.
import ccxt from "ccxt";
import type { Configuration } from "./configuration.ts";
import { publicApi } from "./configuration.ts";
import type { Gateway } from "./gateway.ts";
import { providerSecrets } from "./simulator.ts";

export const callersKey = "dummy-key-of-the-caller";
export const callersSecret = "dummy-secret-of-the-caller";

const callersSettings = { apiKey: callersKey, secret: callersSecret, enableRateLimit: false };

/** A client whose every request goes to the Api `binance` of the gateway. */
export function binanceClient(gateway: Gateway): InstanceType<typeof ccxt.binance> {
  return pointAtGateway(new ccxt.binance(callersSettings), gateway);
}

/** The same with ccxt's live streams. */
export function liveBinanceClient(gateway: Gateway): InstanceType<typeof ccxt.pro.binance> {
  return pointAtGateway(new ccxt.pro.binance(callersSettings), gateway);
}

function pointAtGateway<T extends { urls: unknown }>(client: T, gateway: Gateway): T {
  const { api } = client.urls as { api: Record<string, unknown> };
  for (const [name, url] of Object.entries(api)) {
    if (typeof url === "string") api[name] = gateway.proxy("binance", new URL(url).pathname);
  }
  if (api["ws"]) Object.assign(api["ws"], { spot: gateway.socket("binance", "/ws") });
  return client;
}

/** The gateway's configuration for an exchange, and the environment with the team's secrets. */
export function exchangeConfiguration(exchange: string): [Configuration, Record<string, string>] {
  const configuration: Configuration = {
    credentials: [
      {
        name: "binance-team",
        kind: "hmac",
        fields: { key: "${env:BINANCE_KEY}", secret: "${env:BINANCE_SECRET}" },
      },
    ],
    apis: [
      publicApi("binance", exchange, {
        kind: "exchange",
        connector: "binance",
        credential: "binance-team",
      }),
    ],
  };
  return [
    configuration,
    { BINANCE_KEY: providerSecrets.exchangeKey, BINANCE_SECRET: providerSecrets.exchangeSecret },
  ];
}
