// Requests made of the schemas of the document: valid ones, and ones that break it in one way. The
// same seed makes the same requests.
import type { Asked, ControlApi, Json, Operation, Parameter } from "./control_api.ts";

const kinds = ["string", "number", "integer", "boolean", "null", "array", "object"];
const oddTexts = ["", " ", "\u0000", "网关", "a".repeat(300), "../..", "%2e%2e%2f", "<script>", "'; DROP TABLE apis; --"];
const depth = 5;

/** Mulberry32: small, and the same everywhere. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** At least 0, below 1. */
  share(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(bound: number): number {
    return Math.floor(this.share() * bound);
  }

  one<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

/** What texts of a name are taken from first, so that requests meet what is there. */
export type Words = Record<string, readonly string[]>;

export class RequestGenerator {
  readonly #api: ControlApi;
  readonly #chance: Chance;
  readonly #words: Words;

  constructor(api: ControlApi, chance: Chance, words: Words) {
    this.#api = api;
    this.#chance = chance;
    this.#words = words;
  }

  /** A request that the document allows, unless it is broken in one way. */
  request(operation: Operation): Asked {
    const asked: Asked = { parameters: {}, query: {}, headers: {} };
    for (const parameter of operation.parameters) this.#add(asked, parameter);
    const content = operation.described.requestBody?.content;
    if (content) {
      const [type, { schema, example }] = this.#chance.one(Object.entries(content));
      asked.headers = { ...asked.headers, "Content-Type": type };
      const asShown = example !== undefined && this.#chance.share() < 0.1;
      asked.body = asShown ? example : this.#value(schema, "", 0);
    }
    return this.#chance.share() < 0.5 ? this.#broken(operation, asked) : asked;
  }

  #add(asked: Asked, parameter: Parameter): void {
    if (!parameter.required && this.#chance.share() < 0.7) return;
    const text = String(this.#value(parameter.schema, parameter.name, 0));
    if (parameter.in === "path") asked.parameters = { ...asked.parameters, [parameter.name]: text };
    if (parameter.in === "query") asked.query = { ...asked.query, [parameter.name]: text };
    if (parameter.in === "header" && /^[\x21-\x7e]+$/.test(text)) {
      asked.headers = { ...asked.headers, [parameter.name]: text };
    }
  }

  #value(given: Json, name: string, level: number): unknown {
    const schema = "$ref" in given ? (this.#api.resolved(given["$ref"] as string) as Json) : given;
    if (Array.isArray(schema["enum"])) return this.#chance.one(schema["enum"] as unknown[]);
    const types = [schema["type"] ?? this.#chance.one(kinds)].flat() as string[];
    switch (this.#chance.one(types)) {
      case "null":
        return null;
      case "boolean":
        return this.#chance.share() < 0.5;
      case "integer":
      case "number":
        return this.#number(schema);
      case "array":
        return this.#array(schema, name, level);
      case "object":
        return this.#object(schema, level);
      default:
        return this.#text(schema, name);
    }
  }

  #number(schema: Json): number {
    const least = Number(schema["minimum"] ?? 0);
    const most = Number(schema["maximum"] ?? 1_000_000);
    const pick = this.#chance.below(4);
    if (pick === 0) return least;
    if (pick === 1) return most;
    return least + this.#chance.below(Math.min(most - least, 10_000) + 1);
  }

  #array(schema: Json, name: string, level: number): unknown[] {
    const least = Number(schema["minItems"] ?? 0);
    const count = level > depth ? least : least + this.#chance.below(3);
    const items = (schema["items"] ?? {}) as Json;
    const made = Array.from({ length: count }, () => this.#value(items, name, level + 1));
    return schema["uniqueItems"] ? [...new Set(made)] : made;
  }

  #object(schema: Json, level: number): Json {
    const required = new Set((schema["required"] ?? []) as string[]);
    const made: Json = {};
    for (const [name, member] of Object.entries((schema["properties"] ?? {}) as Record<string, Json>)) {
      if (!required.has(name) && (level > depth || this.#chance.share() < 0.6)) continue;
      made[name] = this.#value(member, name, level + 1);
    }
    const others = schema["additionalProperties"];
    if (typeof others === "object" && others !== null) {
      const fields = this.#words["fields"] ?? ["X-One"];
      for (let n = this.#chance.below(3); n > 0; --n) {
        made[this.#chance.one(fields)] = this.#value(others as Json, "", level + 1);
      }
    }
    return made;
  }

  #text(schema: Json, name: string): string {
    const words = this.#words[name] ?? [];
    if (words.length > 0 && this.#chance.share() < 0.8) return this.#chance.one(words);
    if (schema["format"] === "date-time") return new Date(this.#chance.below(2 ** 41)).toISOString();
    const pattern = new RegExp((schema["pattern"] as string | undefined) ?? "");
    const fits = (text: string): boolean =>
      pattern.test(text) &&
      text.length >= Number(schema["minLength"] ?? 0) &&
      text.length <= Number(schema["maxLength"] ?? 1_000);
    const candidates = [...oddTexts, "a", "v1", "3.1.0", "/x", "x".repeat(64)].filter(fits);
    return candidates.length > 0 ? this.#chance.one(candidates) : "abc";
  }

  #broken(operation: Operation, asked: Asked): Asked {
    const ways: (() => Asked)[] = [
      () => ({ ...asked, query: { ...asked.query, unknown: "1" } }),
      () => ({ ...asked, query: { ...asked.query, ...this.#replaced(asked.query ?? {}) } }),
      () => ({ ...asked, headers: { ...asked.headers, "If-Match": this.#chance.one(["1", '"x"', '"1"', "*"]) } }),
      () => ({ ...asked, headers: { ...asked.headers, "Idempotency-Key": "k".repeat(300) } }),
    ];
    if (!operation.described.security) {
      ways.push(() => ({ ...asked, headers: { ...asked.headers, "X-API-Key": "afk_dev_wrong" } }));
    }
    if (Object.keys(asked.parameters ?? {}).length > 0) {
      ways.push(() => ({ ...asked, parameters: this.#replaced(asked.parameters ?? {}) }));
    }
    if (asked.body !== undefined) {
      ways.push(
        () => ({ ...asked, body: this.#mutated(asked.body, 0) }),
        () => ({ ...asked, body: this.#mutated(asked.body, 0) }),
        () => ({ ...asked, body: this.#mutated(asked.body, 0) }),
        () => ({ ...asked, body: this.#cut(asked.body) }),
        () => ({ ...asked, headers: { ...asked.headers, "Content-Type": "text/plain" } }),
      );
    }
    return this.#chance.one(ways)();
  }

  #replaced(texts: Record<string, string>): Record<string, string> {
    const odd = oddTexts.filter((text) => text !== "" && text !== "../.." && !text.includes("%2f"));
    return Object.fromEntries(Object.keys(texts).map((name) => [name, this.#chance.one(odd)]));
  }

  /** JSON that ends too early, or another byte in its middle. */
  #cut(body: unknown): string {
    const text = JSON.stringify(body);
    const at = this.#chance.below(text.length);
    return this.#chance.share() < 0.5 ? text.slice(0, at) : `${text.slice(0, at)}"${text.slice(at + 1)}`;
  }

  /** The value with one part left out, added, or made another. */
  #mutated(value: unknown, level: number): unknown {
    const goDeeper = level < depth && this.#chance.share() < 0.7;
    if (Array.isArray(value) && value.length > 0 && goDeeper) {
      const at = this.#chance.below(value.length);
      return value.map((item: unknown, i) => (i === at ? this.#mutated(item, level + 1) : item));
    }
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const names = Object.keys(value);
      if (names.length > 0) {
        const name = this.#chance.one(names);
        if (goDeeper) return { ...value, [name]: this.#mutated((value as Json)[name], level + 1) };
        if (this.#chance.share() < 0.5) return Object.fromEntries(Object.entries(value).filter(([n]) => n !== name));
      }
      if (this.#chance.share() < 0.5) return { ...value, [this.#chance.one(oddTexts)]: 1 };
    }
    const others = [null, true, -1, 0.5, 2 ** 63, 1e300, [], {}, [[[[[[[[]]]]]]]], this.#chance.one(oddTexts)];
    return this.#chance.one(others);
  }
}
