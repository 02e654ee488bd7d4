// Users of the control API, as the tests need them.
import type { Configuration } from "./configuration.ts";
import { ControlApi } from "./control_api.ts";
import { Gateway } from "./gateway.ts";

export const adminName = "root-of-all";
export const adminPassword = "tall ships sail at noon";

/** A gateway whose first administrator is made at start. */
export function startWithAdministrator(
  configuration: Configuration = { apis: [] },
  more: Record<string, string> = {},
): Promise<Gateway> {
  return Gateway.start(configuration, {
    ADMIN_USERNAME: adminName,
    ADMIN_PASSWORD: adminPassword,
    ...more,
  });
}

export interface Tokens {
  access: string;
  refresh: string;
}

export async function logIn(api: ControlApi, username: string, password: string): Promise<Tokens> {
  const { status, body } = await api.call("login", { body: { username, password } });
  if (status !== 200) throw new Error(`login of ${username}: ${status} ${JSON.stringify(body)}`);
  return { access: body["access_token"] as string, refresh: body["refresh_token"] as string };
}

export interface Member extends Tokens {
  id: string;
  tenant: string;
  username: string;
  password: string;
}

/** Registers a stranger, who becomes the owner of a tenant of its own, and logs in. */
export async function registered(api: ControlApi, username: string): Promise<Member> {
  const password = `${username} rides a blue mule`;
  const email = `${username}@example.com`;
  const { status, body } = await api.call("register", { body: { username, email, password } });
  if (status !== 201) throw new Error(`registration: ${status} ${JSON.stringify(body)}`);
  const tokens = await logIn(api, username, password);
  return {
    ...tokens,
    id: body["id"] as string,
    tenant: body["tenant_id"] as string,
    username,
    password,
  };
}
