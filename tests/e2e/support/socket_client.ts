// A WebSocket client whose messages are taken one by one, each within a limit.
import { once } from "node:events";
import { WebSocket } from "ws";
import { withDeadline } from "./deadline.ts";

const messageLimitMs = 5_000;

export class SocketClient {
  readonly socket: WebSocket;
  readonly #messages: Buffer[] = [];
  #wake: (() => void) | undefined;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => {
      this.#messages.push(data);
      this.#wake?.();
    });
    socket.on("close", () => this.#wake?.());
  }

  /** Fails with the HTTP status of the refusal when the upgrade is refused. */
  static async open(url: string, protocols: string[] = []): Promise<SocketClient> {
    const socket = new WebSocket(url, protocols, { perMessageDeflate: false });
    const client = new SocketClient(socket);
    await withDeadline(once(socket, "open"), messageLimitMs, "open WebSocket");
    return client;
  }

  send(value: unknown): void {
    this.socket.send(JSON.stringify(value));
  }

  async message(): Promise<Buffer> {
    return withDeadline(this.#next(), messageLimitMs, "message");
  }

  async json(): Promise<Record<string, unknown>> {
    return JSON.parse((await this.message()).toString()) as Record<string, unknown>;
  }

  /** The next message that satisfies the predicate; those before it are dropped. */
  async jsonWhere(
    predicate: (value: Record<string, unknown>) => boolean,
  ): Promise<Record<string, unknown>> {
    const end = performance.now() + messageLimitMs;
    while (performance.now() < end) {
      const value = await this.json();
      if (predicate(value)) return value;
    }
    throw new Error(`no such message within ${messageLimitMs} ms`);
  }

  async closed(): Promise<{ code: number; reason: string }> {
    const closing = once(this.socket, "close") as Promise<[number, Buffer]>;
    const [code, reason] = await withDeadline(closing, messageLimitMs, "close");
    return { code, reason: reason.toString() };
  }

  async close(): Promise<void> {
    const closed = this.closed();
    this.socket.close(1000);
    await closed;
  }

  async #next(): Promise<Buffer> {
    for (;;) {
      const message = this.#messages.shift();
      if (message) return message;
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error("the WebSocket is closed");
      await new Promise<void>((wake) => (this.#wake = wake));
    }
  }
}
