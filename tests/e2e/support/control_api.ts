// The control API as its document describes it: operations are called by their operationId, and
// every reply must be one that api/openapi.yaml allows, with a body that fits its schema.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

export type Json = Record<string, unknown>;

interface Reference {
  $ref: string;
}

interface ResponseObject {
  content?: Record<string, { schema: Json }>;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: Json;
}

interface OperationObject {
  operationId: string;
  tags: string[];
  parameters?: (Parameter | Reference)[];
  requestBody?: { required?: boolean; content: Record<string, { schema: Json; example?: unknown }> };
  security?: unknown[];
  responses: Record<string, ResponseObject | Reference>;
}

export interface Operation {
  method: string;
  path: string;
  described: OperationObject;
  parameters: Parameter[];
}

interface Document {
  paths: Record<string, Record<string, OperationObject | (Parameter | Reference)[]>>;
}

export interface Asked {
  /** For the `{...}` of the path. */
  parameters?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  /** Sent as Bearer. */
  token?: string | undefined;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

const documentPath = resolve(import.meta.dirname, "../../../api/openapi.yaml");
const documentId = "https://apiforge.test/openapi";

export class ControlApi {
  readonly #url: string;
  readonly #document: Document;
  readonly #operations = new Map<string, Operation>();
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();
  /** By operationId, the statuses that were seen. */
  readonly seen = new Map<string, Set<number>>();

  constructor(url: string) {
    this.#url = url;
    this.#document = parse(readFileSync(documentPath, "utf8")) as Document;
    addFormats.default(this.#ajv);
    this.#ajv.addSchema({ $id: documentId, ...this.#document });
    for (const [path, methods] of Object.entries(this.#document.paths)) {
      const shared = Array.isArray(methods["parameters"]) ? methods["parameters"] : [];
      for (const [method, described] of Object.entries(methods)) {
        if (Array.isArray(described)) continue;
        const parameters = [...shared, ...(described.parameters ?? [])].map((each) =>
          "$ref" in each ? (this.resolved(each.$ref) as Parameter) : each,
        );
        this.#operations.set(described.operationId, { method, path, described, parameters });
      }
    }
  }

  /** The operations with one of these tags; without tags all. */
  operationIds(...tags: string[]): string[] {
    return [...this.#operations]
      .filter(([, { described }]) => !tags.length || tags.some((tag) => described.tags.includes(tag)))
      .map(([id]) => id);
  }

  operation(id: string): Operation {
    const operation = this.#operations.get(id);
    if (!operation) throw new Error(`the document has no operation ${id}`);
    return operation;
  }

  /** Those that were never asked, and those that never went well. */
  unproved(operationIds: string[]): { missing: string[]; neverGood: string[] } {
    const statuses = (id: string): number[] => [...(this.seen.get(id) ?? [])];
    return {
      missing: operationIds.filter((id) => statuses(id).length === 0),
      neverGood: operationIds.filter((id) => !statuses(id).some((status) => status < 300)),
    };
  }

  /** Calls an operation; throws when the reply is not one of those that the document describes. */
  async call(operationId: string, asked: Asked = {}): Promise<Answer> {
    const operation = this.operation(operationId);
    const reply = await fetch(this.#address(operation, asked), this.#request(operation, asked));
    const text = await reply.text();
    this.#note(operationId, reply.status);
    const body = this.#checked(operationId, operation, reply, text);
    return { status: reply.status, headers: reply.headers, body };
  }

  #address(operation: Operation, asked: Asked): string {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(asked.parameters?.[name] ?? ""),
    );
    const query = new URLSearchParams(asked.query).toString();
    return this.#url + path + (query && `?${query}`);
  }

  #request(operation: Operation, asked: Asked): RequestInit {
    const headers: Record<string, string> = { ...asked.headers };
    if (asked.token !== undefined) headers["Authorization"] = `Bearer ${asked.token}`;
    const request: RequestInit = { method: operation.method.toUpperCase(), headers };
    if (asked.body === undefined) return request;
    headers["Content-Type"] ??=
      operation.method === "patch" ? "application/merge-patch+json" : "application/json";
    request.body = typeof asked.body === "string" ? asked.body : JSON.stringify(asked.body);
    return request;
  }

  #note(operationId: string, status: number): void {
    const statuses = this.seen.get(operationId) ?? new Set();
    this.seen.set(operationId, statuses.add(status));
  }

  #checked(operationId: string, operation: Operation, reply: Response, text: string): Json {
    const what = `${operationId} → ${reply.status}`;
    const described = operation.described.responses[String(reply.status)];
    if (!described) throw new Error(`${what} is not in the document: ${text}`);
    if (!/^[A-Za-z0-9._-]{1,128}$/.test(reply.headers.get("x-request-id") ?? "")) {
      throw new Error(`${what} has no request id`);
    }
    const response =
      "$ref" in described ? (this.resolved(described.$ref) as ResponseObject) : described;
    if (!response.content) {
      if (text !== "") throw new Error(`${what} should have no body: ${text}`);
      return {};
    }
    const type = (reply.headers.get("content-type") ?? "").split(";")[0] ?? "";
    const content = response.content[type];
    if (!content) throw new Error(`${what} should not be ${type}: ${text}`);
    if (!type.endsWith("json")) return {};
    const body = JSON.parse(text) as Json;
    const validate = this.#validator(content.schema);
    if (!validate(body)) {
      throw new Error(`${what} breaks its schema: ${this.#ajv.errorsText(validate.errors)}\n${text}`);
    }
    return body;
  }

  /** What a `#/...` reference of the document points to. */
  resolved(reference: string): unknown {
    let found: unknown = this.#document;
    for (const part of reference.slice(2).split("/")) {
      found = (found as Json)[part.replaceAll("~1", "/").replaceAll("~0", "~")];
    }
    return found;
  }

  #validator(schema: Json): ValidateFunction {
    const absolute = JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${documentId}#/`);
    let validator = this.#validators.get(absolute);
    if (!validator) {
      validator = this.#ajv.compile(JSON.parse(absolute) as Json);
      this.#validators.set(absolute, validator);
    }
    return validator;
  }
}
