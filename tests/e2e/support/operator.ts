// Somebody with a token: makes things in the control API, and calls APIs through the gateway.
import { expect } from "vitest";
import { adminName, adminPassword, logIn } from "./accounts.ts";
import { type Answer, ControlApi, type Json } from "./control_api.ts";
import type { Gateway } from "./gateway.ts";

export class Operator {
  readonly api: ControlApi;
  readonly token: string;
  readonly #gateway: Gateway;

  constructor(api: ControlApi, gateway: Gateway, token: string) {
    this.api = api;
    this.token = token;
    this.#gateway = gateway;
  }

  /** The first administrator of a gateway. */
  static async administrator(gateway: Gateway): Promise<Operator> {
    const api = new ControlApi(gateway.url);
    return new Operator(api, gateway, (await logIn(api, adminName, adminPassword)).access);
  }

  /** Somebody else at the same gateway. */
  as(token: string): Operator {
    return new Operator(this.api, this.#gateway, token);
  }

  ask(operation: string, asked: Parameters<ControlApi["call"]>[1] = {}): Promise<Answer> {
    return this.api.call(operation, { token: this.token, ...asked });
  }

  /** What was made, which must go well. */
  async made(operation: string, body: object): Promise<Json> {
    const answer = await this.ask(operation, { body });
    expect([answer.status, answer.body]).toEqual([201, answer.body]);
    return answer.body;
  }

  call(name: string, path = "/"): Promise<Response> {
    return fetch(this.#gateway.proxy(name, path), { headers: { Authorization: `Bearer ${this.token}` } });
  }

  /** Of calls one after the other. */
  async statuses(name: string, count: number): Promise<number[]> {
    const seen: number[] = [];
    for (let n = 0; n < count; ++n) seen.push((await this.call(name)).status);
    return seen;
  }

  /** How many calls are admitted before one is refused; `most` when none is. */
  async admitted(name: string, most: number): Promise<number> {
    for (let n = 0; n < most; ++n) if ((await this.call(name)).status !== 200) return n;
    return most;
  }
}

/** Status and code of a refusal, and the places of its faults. */
export function refusal({ status, body }: Answer): unknown[] {
  const faults = (body["errors"] as { pointer: string }[] | undefined) ?? [];
  return [status, body["code"], ...faults.map((fault) => fault.pointer)];
}
