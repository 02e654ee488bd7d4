// The OpenAI SDK, of which only the base URL was changed.
import type { LLMock } from "@copilotkit/aimock";
import OpenAI from "openai";
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
          { name: "openai-team", kind: "bearer", fields: { token: "${env:OPENAI_TEAM_KEY}" } },
          { name: "openai-expired", kind: "bearer", fields: { token: "sk-expired" } },
        ],
        apis: [
          publicApi("openai", model.url, { kind: "llm", credential: "openai-team" }),
          publicApi("openai-expired", model.url, { kind: "llm", credential: "openai-expired" }),
        ],
      },
      { OPENAI_TEAM_KEY: modelKey },
    ),
  );
});

function client(api = "openai"): OpenAI {
  return new OpenAI({
    baseURL: gateway.proxy(api, "/v1"),
    apiKey: callersKey,
    maxRetries: 0,
  });
}

function say(content: string) {
  return { model: "gpt-4o", messages: [{ role: "user" as const, content }] };
}

describe("The OpenAI SDK through the gateway", () => {
  test("gets a plain completion with the team's key in place of its own", async () => {
    const completion = await client().chat.completions.create(say("greet me"));

    expect(completion.choices[0]?.message.content).toBe(
      "Hello from the other side of the gateway.",
    );
    expect(completion.choices[0]?.finish_reason).toBe("stop");
  });

  test("gets the gateway's request id", async () => {
    const { response } = await client().chat.completions.create(say("greet me")).withResponse();

    expect(response.headers.get("x-request-id")).toMatch(/^[A-Za-z0-9._-]{1,128}$/);
  });

  test("gets a stream, with the usage at its end", async () => {
    const stream = await client().chat.completions.create({
      ...say("greet me"),
      stream: true,
      stream_options: { include_usage: true },
    });

    let text = "";
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe("Hello from the other side of the gateway.");
    expect(usage?.total_tokens).toBeGreaterThan(0);
  });

  test("gets a tool call", async () => {
    const completion = await client().chat.completions.create(say("what is the weather?"));

    expectWeatherCall(completion);
  });

  test("gets a streamed tool call, put together by the SDK", async () => {
    const stream = client().chat.completions.stream(say("what is the weather?"));

    expectWeatherCall(await stream.finalChatCompletion());
  });

  function expectWeatherCall(completion: OpenAI.ChatCompletion): void {
    expect(completion.choices[0]?.finish_reason).toBe("tool_calls");
    expect(completion.choices[0]?.message.tool_calls?.[0]).toMatchObject({
      id: "call_1",
      function: { name: "get_weather", arguments: '{"city":"Paris"}' },
    });
  }

  test("lists models", async () => {
    const ids: string[] = [];
    for await (const listed of client().models.list()) ids.push(listed.id);

    expect(ids).not.toHaveLength(0);
  });

  test("sees a refused key as an AuthenticationError", async () => {
    const refused = client("openai-expired").chat.completions.create(say("greet me"));

    await expect(refused).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
    await expect(refused).rejects.toMatchObject({ code: "invalid_api_key" });
  });

  test("sees the provider's limit as a RateLimitError with its Retry-After", async () => {
    const fault = await client()
      .chat.completions.create(say("too fast"))
      .catch((thrown: unknown) => thrown);

    expect(fault).toBeInstanceOf(OpenAI.RateLimitError);
    const { code, headers } = fault as InstanceType<typeof OpenAI.RateLimitError>;
    expect(code).toBe("rate_limit_exceeded");
    expect(headers.get("retry-after")).toBe("7");
  });

  test("sees the provider's failure as an InternalServerError, asked exactly once", async () => {
    model.clearRequests();
    const fault = await client()
      .chat.completions.create(say("break"))
      .catch((thrown: unknown) => thrown);

    expect(fault).toBeInstanceOf(OpenAI.InternalServerError);
    expect((fault as Error).message).toContain("The model broke.");
    expect(model.getRequests()).toHaveLength(1);
  });
});
