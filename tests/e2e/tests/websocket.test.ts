// WebSockets through the gateway, with the `ws` client and raw sockets.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { publicApi } from "../support/configuration.ts";
import { eventually, withDeadline } from "../support/deadline.ts";
import { Gateway } from "../support/gateway.ts";
import { SocketClient } from "../support/socket_client.ts";
import { stage } from "../support/stage.ts";
import { Upstream } from "../support/upstream.ts";

const onStage = stage();
let gateway: Gateway;
let echo: WebSocketServer;
/** Plays the raw upstream's side of the present test. */
let onRawConnection: (socket: Socket) => void;

beforeAll(async () => {
  const upstream = await onStage(Upstream.start());
  echo = new WebSocketServer({
    server: upstream.server,
    verifyClient: ({ req }, decide) => decide(req.url === "/echo", 410),
    handleProtocols: (offered) => (offered.has("v2.trade") ? "v2.trade" : false),
  });
  echo.on("connection", (socket) => {
    socket.on("message", (data: Buffer, isBinary) => {
      if (data.toString() === "close with 4001") socket.close(4001, "as you wish");
      else socket.send(data, { binary: isBinary });
    });
  });
  const raw = await onStage(startRawUpstream());
  gateway = await onStage(
    Gateway.start({
      apis: [
        publicApi("echo", upstream.url),
        publicApi("raw", raw.url),
      ],
    }),
  );
});

async function startRawUpstream() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    onRawConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

describe("A WebSocket through the gateway", () => {
  test("carries text, binary and large messages both ways", async () => {
    const client = await SocketClient.open(gateway.socket("echo", "/echo"));
    const large = Buffer.alloc(1 << 20, "x");

    client.socket.send("text");
    expect((await client.message()).toString()).toBe("text");
    client.socket.send(Buffer.from([0, 255, 7]));
    expect(await client.message()).toEqual(Buffer.from([0, 255, 7]));
    client.socket.send(large);
    expect((await client.message()).equals(large)).toBe(true);
    await client.close();
  });

  test("agrees on a subprotocol end to end", async () => {
    const client = await SocketClient.open(gateway.socket("echo", "/echo"), ["v1", "v2.trade"]);

    expect(client.socket.protocol).toBe("v2.trade");
    await client.close();
  });

  test("answers a ping with the peer's own pong", async () => {
    const client = await SocketClient.open(gateway.socket("echo", "/echo"));
    const pong = once(client.socket, "pong") as Promise<[Buffer]>;
    client.socket.ping("are you there");

    expect((await withDeadline(pong, 2_000, "pong"))[0].toString()).toBe("are you there");
    await client.close();
  });

  test("passes the upstream's close code and reason to the caller", async () => {
    const client = await SocketClient.open(gateway.socket("echo", "/echo"));
    client.socket.send("close with 4001");

    expect(await client.closed()).toEqual({ code: 4001, reason: "as you wish" });
  });

  test("passes the caller's close code and reason to the upstream", async () => {
    const accepted = once(echo, "connection") as Promise<[WebSocket]>;
    const client = await SocketClient.open(gateway.socket("echo", "/echo"));
    const [upstreamSide] = await accepted;
    const closed = once(upstreamSide, "close") as Promise<[number, Buffer]>;
    client.socket.close(4002, "enough");

    const [code, reason] = await withDeadline(closed, 2_000, "close at the upstream");
    expect([code, reason.toString()]).toEqual([4002, "enough"]);
  });

  test("ends at the caller when the upstream vanishes without a close", async () => {
    const accepted = once(echo, "connection") as Promise<[WebSocket]>;
    const client = await SocketClient.open(gateway.socket("echo", "/echo"));
    const [upstreamSide] = await accepted;
    upstreamSide.terminate();

    expect((await client.closed()).code).toBe(1006);
  });

  test("that the upstream refuses is refused with the upstream's status", async () => {
    await expect(SocketClient.open(gateway.socket("echo", "/nowhere"))).rejects.toThrow("410");
  });

  test("without a route is refused with the gateway's 404", async () => {
    await expect(SocketClient.open(gateway.socket("unknown", "/ws"))).rejects.toThrow("404");
  });
});

describe("Bytes that a caller sends behind an upgrade request", () => {
  const smuggled = "GET /admin HTTP/1.1\r\nHost: internal\r\n\r\n";
  /** The upstream hesitates so long: time enough for bytes that should not come. */
  const hesitationMs = 200;

  interface Exchange {
    caller: Socket;
    /** All that the upstream has received until now, and had before it answered. */
    upstream: { received: string; beforeReply: string };
    /** The first line of the answer to the caller. */
    statusLine: string;
  }

  async function upgradeWithTail(reply: string): Promise<Exchange> {
    const upstream = { received: "", beforeReply: "" };
    onRawConnection = (socket) => {
      socket.setEncoding("latin1").on("data", (text: string) => (upstream.received += text));
      socket.once("data", () => {
        void delay(hesitationMs).then(() => {
          upstream.beforeReply = upstream.received;
          socket.write(reply);
        });
      });
    };
    const caller = connect(gateway.port, "127.0.0.1").setEncoding("latin1");
    caller.write(
      "GET /proxy/raw/ws HTTP/1.1\r\nHost: gateway\r\nConnection: Upgrade\r\n" +
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        `Sec-WebSocket-Key: ${Buffer.alloc(16).toString("base64")}\r\n\r\n${smuggled}`,
    );
    const [answer] = (await withDeadline(once(caller, "data"), 5_000, "answer")) as [string];
    caller.on("error", () => undefined);
    return { caller, upstream, statusLine: answer.split("\r\n")[0] ?? "" };
  }

  test("wait for the acceptance, and are passed on after it", async () => {
    const { caller, upstream, statusLine } = await upgradeWithTail(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );

    expect(upstream.beforeReply).toContain("GET /ws HTTP/1.1\r\n");
    expect(upstream.beforeReply).not.toContain("/admin");
    expect(statusLine).toMatch(/^HTTP\/1\.1 101\b/);
    await eventually(() => upstream.received.includes(smuggled) || undefined, "passed on bytes");
    caller.destroy();
  });

  test("never reach the upstream when it refuses", async () => {
    const { caller, upstream, statusLine } = await upgradeWithTail(
      "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    );

    expect(statusLine).toMatch(/^HTTP\/1\.1 404\b/);
    await delay(hesitationMs);
    expect(upstream.received).not.toContain("/admin");
    caller.destroy();
  });
});
