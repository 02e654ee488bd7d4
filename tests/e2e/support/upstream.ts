// An upstream of the test's own, for what a ready-made simulator does not show.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";

export class Upstream {
  readonly server: Server;
  readonly url: string;

  private constructor(server: Server) {
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Starts on a port that the kernel chooses; `answer` may be left out for WebSockets only. */
  static async start(answer?: RequestListener): Promise<Upstream> {
    const server = createServer(answer);
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return new Upstream(server);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((closed) => void this.server.close(() => closed()));
  }
}

/** The address of a port on which nobody listens: it was free a moment ago. */
export async function deadAddress(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((closed) => void server.close(() => closed()));
  return `http://127.0.0.1:${port}`;
}
