// The pages of the document in a real browser: Swagger UI logs in with a key and calls, ReDoc shows
// the document, and both work without any other server.
import { beforeAll, expect, test } from "vitest";
import { adminName, adminPassword, logIn, startWithAdministrator } from "../support/accounts.ts";
import { HeadlessBrowser, takePicture } from "../support/browser.ts";
import { ControlApi } from "../support/control_api.ts";
import type { Gateway } from "../support/gateway.ts";
import { stage } from "../support/stage.ts";

const onStage = stage();
let browser: HeadlessBrowser;
let gateway: Gateway;
let key: string;

beforeAll(async () => {
  browser = await onStage(HeadlessBrowser.start());
  gateway = await onStage(
    startWithAdministrator({ apis: [{ name: "declared", upstream: { endpoints: [{ url: "http://127.0.0.1:9" }] } }] }),
  );
  const api = new ControlApi(gateway.url);
  const { access } = await logIn(api, adminName, adminPassword);
  const body = { name: "browser", scopes: ["gateway:read"] };
  key = (await api.call("createApiKey", { token: access, body })).body["key"] as string;
});

test("Swagger UI authorizes with an API key and executes a call", async () => {
  const { page, faults } = await browser.open(`${gateway.url}/docs`);
  await page.getByRole("button", { name: "Authorize" }).first().click();
  const form = page.locator(".auth-container", { hasText: "X-API-Key" });
  await form.locator("input").fill(key);
  await form.getByRole("button", { name: "Apply credentials" }).click();
  await page.getByRole("button", { name: "Close" }).first().click();

  const operation = page.locator("#operations-apis-listApis");
  await operation.locator(".opblock-summary-control").click();
  await operation.getByRole("button", { name: "Execute" }).click();
  const reply = operation.locator(".live-responses-table .response").first();
  await reply.locator(".response-col_status", { hasText: "200" }).waitFor();
  expect(await reply.innerText()).toContain('"declared"');
  await reply.scrollIntoViewIfNeeded();
  await takePicture(page, "swagger-ui");
  expect(faults).toEqual([]);
}, 60_000);

test("ReDoc shows the document", async () => {
  const { page, faults } = await browser.open(`${gateway.url}/redoc`);
  await page.getByRole("heading", { name: /APIForge control API/ }).waitFor();
  await page.getByRole("heading", { name: "Add an API, or a version of one" }).waitFor();
  await takePicture(page, "redoc");
  // Its own logo, which it would load from elsewhere and does without.
  expect(faults.filter((fault) => !fault.includes("logo-mini.svg"))).toEqual([]);
}, 60_000);
