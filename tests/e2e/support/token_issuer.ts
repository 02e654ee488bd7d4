// An OpenID Connect provider, as far as a gateway sees it: keys that are published, and tokens.
import {
  createHmac,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from "node:crypto";
import { Upstream } from "./upstream.ts";

export type Algorithm = "ES256" | "RS256";

export interface SigningKey {
  id: string;
  algorithm: Algorithm;
  publicKey: KeyObject;
  privateKey: KeyObject;
}

export interface Claims {
  iss?: string;
  aud?: string | string[];
  exp?: number;
  [claim: string]: unknown;
}

export function makeKey(id: string, algorithm: Algorithm): SigningKey {
  const pair =
    algorithm === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { id, algorithm, ...pair };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** The compact form of a token (RFC 7515 7.1), signed with the key. */
export function tokenSignedBy(key: SigningKey, claims: Claims): string {
  const input = `${encoded({ alg: key.algorithm, kid: key.id, typ: "JWT" })}.${encoded(claims)}`;
  const signature = sign("sha256", Buffer.from(input), {
    key: key.privateKey,
    dsaEncoding: "ieee-p1363",
  });
  return `${input}.${signature.toString("base64url")}`;
}

/** A forgery that counts where the key's algorithm is believed from the token: HMAC with a key that is public. */
export function tokenWithPublicKeyAsSecret(key: SigningKey, claims: Claims): string {
  const input = `${encoded({ alg: "HS256", kid: key.id, typ: "JWT" })}.${encoded(claims)}`;
  const secret = key.publicKey.export({ type: "spki", format: "pem" });
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

/** Without a signature (`alg` none). */
export function unsignedToken(key: SigningKey, claims: Claims): string {
  return `${encoded({ alg: "none", kid: key.id, typ: "JWT" })}.${encoded(claims)}.`;
}

export class TokenIssuer {
  readonly issuer: string;
  readonly #server: Upstream;
  readonly #published: Published;

  private constructor(name: string, server: Upstream, published: Published) {
    this.issuer = `https://${name}.test`;
    this.#server = server;
    this.#published = published;
  }

  static async start(name: string, keys: SigningKey[]): Promise<TokenIssuer> {
    const published: Published = { keys };
    const server = await Upstream.start((request, reply) => {
      if (request.url !== "/jwks?use=sig") return void reply.writeHead(404).end();
      reply.setHeader("Content-Type", "application/json").end(keySet(published.keys));
    });
    return new TokenIssuer(name, server, published);
  }

  get keysUrl(): string {
    return `${this.#server.url}/jwks?use=sig`;
  }

  publish(keys: SigningKey[]): void {
    this.#published.keys = keys;
  }

  /** Claims of a token that is good for five minutes, and what the test adds or replaces. */
  claims(more: Claims = {}): Claims {
    const now = Math.floor(Date.now() / 1_000);
    return { iss: this.issuer, aud: "gateway", sub: "someone", iat: now, exp: now + 300, ...more };
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }
}

interface Published {
  keys: SigningKey[];
}

function keySet(keys: SigningKey[]): string {
  const published = keys.map(
    ({ id, algorithm, publicKey }): JsonWebKey => ({
      ...publicKey.export({ format: "jwk" }),
      kid: id,
      alg: algorithm,
      use: "sig",
    }),
  );
  return JSON.stringify({ keys: published });
}
