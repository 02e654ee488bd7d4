// What the gateway tells of itself to everybody, as the document describes it.
import { beforeAll, expect, test } from "vitest";
import { startWithAdministrator } from "../support/accounts.ts";
import { ControlApi } from "../support/control_api.ts";
import { stage } from "../support/stage.ts";

const onStage = stage();
const operations = new ControlApi("").operationIds("system");
let api: ControlApi;

beforeAll(async () => {
  api = new ControlApi((await onStage(startWithAdministrator())).url);
});

test.each(operations)("%s answers without a credential", async (operation) => {
  expect(api.operation(operation).described.security).toEqual([]);
  expect((await api.call(operation)).status).toBe(200);
});
