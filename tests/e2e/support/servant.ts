// An upstream that answers as it is told, counts what it is asked, and uses two tokens for each call.
import type { Api } from "./configuration.ts";
import { Upstream } from "./upstream.ts";

export class Servant {
  status = 200;
  delayMs = 0;
  calls = 0;
  readonly #upstream: Upstream;

  private constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  static async start(): Promise<Servant> {
    const upstream = await Upstream.start();
    const servant = new Servant(upstream);
    upstream.server.on("request", (_, reply) => {
      ++servant.calls;
      const answer = (): void => {
        reply.statusCode = servant.status;
        reply.setHeader("Content-Type", "application/json").end('{"usage":{"total_tokens":2}}');
      };
      setTimeout(answer, servant.delayMs);
    });
    return servant;
  }

  get url(): string {
    return this.#upstream.url;
  }

  /** An Api in front of it, without retries and ejection: what the gateway does is what the test asks of it. */
  api(name: string, more: Partial<Api> = {}): Api {
    const ejection = { consecutive_failures: 0, failure_percent: 0, latency_factor: 0 };
    return { name, upstream: { endpoints: [{ url: this.url }], retry: { attempts: 1 }, ejection }, ...more };
  }

  stop(): Promise<void> {
    return this.#upstream.stop();
  }
}
