// The time behaviour of streamed answers: when pieces arrive, and how soon an abort is passed on.
// The upstream is the test's own, so that both ends are measured by one clock.
import Anthropic from "@anthropic-ai/sdk";
import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import OpenAI from "openai";
import { beforeAll, describe, expect, test } from "vitest";
import { publicApi } from "../support/configuration.ts";
import { withDeadline } from "../support/deadline.ts";
import { Gateway } from "../support/gateway.ts";
import { stage } from "../support/stage.ts";
import { Upstream } from "../support/upstream.ts";

const pieces = 10;
const pauseMs = 60;
const arrivalLimitMs = 50;
const cancelLimitMs = 100;

type Script = (reply: ServerResponse) => void | Promise<void>;

const onStage = stage();
let gateway: Gateway;
let script: Script;
/** Settles with the time at which the upstream saw its present call being cut. */
let cut: Promise<number>;

beforeAll(async () => {
  const upstream = await onStage(
    Upstream.start((request, reply) => {
      cut = new Promise((resolve) => {
        reply.on("close", () => {
          if (!reply.writableFinished) resolve(performance.now());
        });
      });
      request.resume().on("end", () => void script(reply));
    }),
  );
  gateway = await onStage(Gateway.start({ apis: [publicApi("model", upstream.url)] }));
});

const openai = () =>
  new OpenAI({ baseURL: gateway.proxy("model", "/v1"), apiKey: "any", maxRetries: 0 });
const anthropic = () =>
  new Anthropic({
    baseURL: gateway.proxy("model"),
    apiKey: "any",
    authToken: null,
    maxRetries: 0,
  });

const chat: OpenAI.ChatCompletionCreateParamsStreaming = {
  model: "gpt-4o",
  stream: true,
  messages: [{ role: "user", content: "go on" }],
};
const message: Anthropic.MessageCreateParamsStreaming = {
  model: "claude-sonnet-5-5",
  max_tokens: 100,
  stream: true,
  messages: [{ role: "user", content: "go on" }],
};

function begin(reply: ServerResponse): void {
  reply.writeHead(200, { "Content-Type": "text/event-stream" });
}

function chatChunk(content: string): string {
  return `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content } }] })}\n\n`;
}

const messageStart =
  'event: message_start\ndata: {"type":"message_start","message":{"content":[]}}\n\n';

describe("A streamed answer through the gateway", () => {
  test(`arrives piece by piece, each within ${arrivalLimitMs} ms of its writing`, async () => {
    const written: number[] = [];
    script = async (reply) => {
      begin(reply);
      for (let piece = 0; piece < pieces; ++piece) {
        await delay(pauseMs);
        written.push(performance.now());
        reply.write(chatChunk(String(piece)));
      }
      reply.end("data: [DONE]\n\n");
    };

    const arrived: number[] = [];
    let text = "";
    for await (const chunk of await openai().chat.completions.create(chat)) {
      arrived.push(performance.now());
      text += chunk.choices[0]?.delta.content ?? "";
    }

    expect(text).toBe("0123456789");
    const delays = arrived.map((time, piece) => time - (written[piece] ?? NaN));
    expect(Math.max(...delays)).toBeLessThan(arrivalLimitMs);
  });

  test("is not merged: each written piece is one read of the caller", async () => {
    script = async (reply) => {
      begin(reply);
      for (let piece = 0; piece < pieces; ++piece) {
        reply.write(chatChunk(String(piece)));
        await delay(pauseMs);
      }
      reply.end();
    };

    const reply = await fetch(gateway.proxy("model", "/v1/chat/completions"), { method: "POST" });
    const reads: string[] = [];
    const decoder = new TextDecoder();
    for await (const bytes of reply.body ?? []) {
      reads.push(decoder.decode(bytes as Uint8Array));
    }

    expect(reads).toEqual(Array.from({ length: pieces }, (_, piece) => chatChunk(String(piece))));
  });

  test("that the upstream cuts is not presented as complete", async () => {
    script = async (reply) => {
      begin(reply);
      reply.write(chatChunk("half"));
      await delay(pauseMs);
      reply.destroy();
    };

    const stream = await openai().chat.completions.create(chat);
    await expect(Array.fromAsync(stream)).rejects.toThrow();
  });
});

describe(`An abort by the caller reaches the upstream within ${cancelLimitMs} ms`, () => {
  test("in the middle of an OpenAI stream", async () => {
    script = (reply) => {
      begin(reply);
      reply.write(chatChunk("first"));
    };

    const stream = await openai().chat.completions.create(chat);
    await stream[Symbol.asyncIterator]().next();
    const aborted = performance.now();
    stream.controller.abort();

    expect((await withDeadline(cut, 5_000, "cancellation")) - aborted).toBeLessThan(cancelLimitMs);
  });

  test("in the middle of an Anthropic stream", async () => {
    script = (reply) => {
      begin(reply);
      reply.write(messageStart);
    };

    const stream = await anthropic().messages.create(message);
    await stream[Symbol.asyncIterator]().next();
    const aborted = performance.now();
    stream.controller.abort();

    expect((await withDeadline(cut, 5_000, "cancellation")) - aborted).toBeLessThan(cancelLimitMs);
  });

  test("before the upstream has answered at all", async () => {
    const asked = new Promise<void>((resolve) => (script = () => resolve()));

    const abort = new AbortController();
    const call = openai().chat.completions.create(chat, { signal: abort.signal });
    const refused = expect(call).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
    await withDeadline(asked, 5_000, "call");
    const aborted = performance.now();
    abort.abort();

    await refused;
    expect((await withDeadline(cut, 5_000, "cancellation")) - aborted).toBeLessThan(cancelLimitMs);
  });
});
