// Somebody who is told of alerts: takes their messages, checks who signed them, and may refuse some.
import { createHmac } from "node:crypto";
import { Upstream } from "./upstream.ts";

/** What it answers with, though nobody reads it. */
const longPage = "thanks ".repeat(20_000);

export interface Message {
  body: Record<string, unknown>;
  /** Whether the signature is that of the secret. */
  isSigned: boolean;
  refused: boolean;
}

export class Webhook {
  readonly messages: Message[] = [];
  readonly #upstream: Upstream;

  private constructor(upstream: Upstream) {
    this.#upstream = upstream;
  }

  /** Refuses the first `refusals` messages with 500. */
  static async start(secret: string, refusals = 0): Promise<Webhook> {
    const taken = { left: refusals, webhook: undefined as Webhook | undefined };
    const upstream = await Upstream.start((request, reply) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        const refused = taken.left-- > 0;
        const signature = request.headers["x-apiforge-signature"];
        taken.webhook?.messages.push({
          body: JSON.parse(text) as Record<string, unknown>,
          isSigned: isSignature(String(signature), text, secret),
          refused,
        });
        reply.statusCode = refused ? 500 : 200;
        reply.end(longPage);
      });
    });
    taken.webhook = new Webhook(upstream);
    return taken.webhook;
  }

  get url(): string {
    return `${this.#upstream.url}/alerts`;
  }

  stop(): Promise<void> {
    return this.#upstream.stop();
  }
}

/** `t=<seconds>,v1=<hex>`: the HMAC-SHA256 of `<seconds>.<body>`. */
function isSignature(signature: string, body: string, secret: string): boolean {
  const [, seconds, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  if (seconds === undefined) return false;
  return createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex") === digest;
}
