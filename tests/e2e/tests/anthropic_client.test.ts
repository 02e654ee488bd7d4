// The Anthropic SDK, of which only the base URL was changed.
import Anthropic from "@anthropic-ai/sdk";
import type { LLMock } from "@copilotkit/aimock";
import { beforeAll, describe, expect, test } from "vitest";
import { publicApi } from "../support/configuration.ts";
import { Gateway } from "../support/gateway.ts";
import { callersKey, modelKey, startLanguageModel } from "../support/language_model.ts";
import { stage } from "../support/stage.ts";

const onStage = stage();
let model: LLMock;
let gateway: Gateway;

beforeAll(async () => {
  model = await onStage(startLanguageModel());
  gateway = await onStage(
    Gateway.start(
      {
        credentials: [
          {
            name: "anthropic-team",
            kind: "header",
            fields: { name: "x-api-key", value: "${env:ANTHROPIC_TEAM_KEY}" },
          },
        ],
        apis: [publicApi("anthropic", model.url, { kind: "llm", credential: "anthropic-team" })],
      },
      { ANTHROPIC_TEAM_KEY: modelKey },
    ),
  );
});

function client(): Anthropic {
  return new Anthropic({
    baseURL: gateway.proxy("anthropic"),
    apiKey: callersKey,
    authToken: null,
    maxRetries: 0,
  });
}

function say(content: string) {
  return {
    model: "claude-sonnet-5-5",
    max_tokens: 100,
    messages: [{ role: "user" as const, content }],
  };
}

describe("The Anthropic SDK through the gateway", () => {
  test("gets a plain message with the team's key in place of its own", async () => {
    const message = await client().messages.create(say("greet me"));

    expect(message.content[0]).toMatchObject({
      type: "text",
      text: "Hello from the other side of the gateway.",
    });
    expect(message.stop_reason).toBe("end_turn");
  });

  test("keeps its own version header", async () => {
    model.clearRequests();
    await client().messages.create(say("greet me"));

    expect(model.getLastRequest()?.headers["anthropic-version"]).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  test("gets a stream with its events in order", async () => {
    const stream = client().messages.stream(say("greet me"));
    const events: string[] = [];
    stream.on("streamEvent", (event) => events.push(event.type));

    expect(await stream.finalText()).toBe("Hello from the other side of the gateway.");
    expect(events[0]).toBe("message_start");
    expect(events.at(-1)).toBe("message_stop");
  });

  test("gets a streamed tool use", async () => {
    const message = await client().messages.stream(say("what is the weather?")).finalMessage();

    expect(message.stop_reason).toBe("tool_use");
    expect(message.content.find((block) => block.type === "tool_use")).toMatchObject({
      name: "get_weather",
      input: { city: "Paris" },
    });
  });

  test("sees the provider's limit as a RateLimitError in the provider's shape", async () => {
    const fault = await client()
      .messages.create(say("too fast"))
      .catch((thrown: unknown) => thrown);

    expect(fault).toBeInstanceOf(Anthropic.RateLimitError);
    expect((fault as InstanceType<typeof Anthropic.RateLimitError>).error).toMatchObject({
      error: { type: "rate_limit_error", message: "Slow down." },
    });
  });

  test("sees the provider's failure as an InternalServerError, asked exactly once", async () => {
    model.clearRequests();
    const failing = client().messages.create(say("break"));

    await expect(failing).rejects.toBeInstanceOf(Anthropic.InternalServerError);
    expect(model.getRequests()).toHaveLength(1);
  });
});
