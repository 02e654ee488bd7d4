// A language-model provider that answers by script and accepts one key, in whatever header it comes.
import { LLMock } from "@copilotkit/aimock";

export const modelKey = "sk-real-key-of-the-team";
export const callersKey = "sk-dummy-key-of-the-caller";

/** Starts the provider; a request that carries any key but `modelKey` is answered with 401. */
export async function startLanguageModel(): Promise<LLMock> {
  const model = new LLMock({ port: 0, host: "127.0.0.1", auth: { apiKeys: [modelKey] } });
  model.onMessage("greet me", { content: "Hello from the other side of the gateway." });
  model.onMessage("weather", {
    toolCalls: [{ id: "call_1", name: "get_weather", arguments: '{"city":"Paris"}' }],
  });
  model.onMessage("too fast", {
    error: { message: "Slow down.", type: "rate_limit_error", code: "rate_limit_exceeded" },
    status: 429,
    retryAfter: 7,
  });
  model.onMessage("break", {
    error: { message: "The model broke.", type: "api_error", code: "server_error" },
    status: 500,
  });
  await model.start();
  return model;
}
