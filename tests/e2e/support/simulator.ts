// The project's own simulator: an exchange, a language-model provider and a data source.
import { binaryPath, RunningBinary } from "./child_process.ts";

/** What the simulated providers accept. Callers never hold any of these. */
export const providerSecrets = {
  exchangeKey: "real-exchange-key-of-the-team",
  exchangeSecret: "real-exchange-secret-of-the-team",
  llmKey: "sk-real-llm-key-of-the-team",
  dataKey: "5ec2e75ec2e75ec2e75ec2e75ec2e7aa",
};

/** The newest request that a simulated provider has received, and how many came before. */
export interface ReceivedRequests {
  total: number;
  paths: Record<string, number>;
  last: { method: string; target: string; headers: [string, string][]; body: string } | null;
}

export class Simulator {
  readonly exchange: string;
  readonly llm: string;
  readonly data: string;
  readonly #binary: RunningBinary;

  private constructor(binary: RunningBinary, urls: { exchange: string; llm: string; data: string }) {
    this.#binary = binary;
    this.exchange = urls.exchange;
    this.llm = urls.llm;
    this.data = urls.data;
  }

  /** `clockSkewMs` is how far the exchange's clock is ahead of ours. */
  static async start(settings: { clockSkewMs?: number } = {}): Promise<Simulator> {
    const binary = new RunningBinary(binaryPath("apiforge-sim", "APIFORGE_SIM"), [
      ...["--exchange-port", "0", "--llm-port", "0", "--data-port", "0", "--seed", "1"],
      ...["--exchange-key", providerSecrets.exchangeKey],
      ...["--exchange-secret", providerSecrets.exchangeSecret],
      ...["--llm-key", providerSecrets.llmKey],
      ...["--data-key", providerSecrets.dataKey],
      `--clock-skew-ms=${settings.clockSkewMs ?? 0}`,
    ]);
    await binary.line(/^ready/);
    return new Simulator(binary, {
      exchange: await binary.line(/^exchange (http\S+)/),
      llm: await binary.line(/^llm (http\S+)/),
      data: await binary.line(/^data (http\S+)/),
    });
  }

  async stop(): Promise<void> {
    await this.#binary.stop();
  }
}

/** Asks a simulated provider (one of the addresses above) what it has received. */
export async function receivedBy(provider: string): Promise<ReceivedRequests> {
  const reply = await fetch(`${provider}/sim/requests`);
  return (await reply.json()) as ReceivedRequests;
}

/** The newest request of a simulated provider; there must be one. */
export async function lastReceivedBy(
  provider: string,
): Promise<NonNullable<ReceivedRequests["last"]>> {
  const { last } = await receivedBy(provider);
  if (!last) throw new Error(`${provider} has received nothing`);
  return last;
}
