// Tokens of OpenID Connect providers: who is believed, about whom, and for how long.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Member, registered, startWithAdministrator } from "../support/accounts.ts";
import type { Configuration, TrustedIssuer } from "../support/configuration.ts";
import { ControlApi } from "../support/control_api.ts";
import { eventually } from "../support/deadline.ts";
import type { Gateway } from "../support/gateway.ts";
import { stage } from "../support/stage.ts";
import {
  type Claims,
  makeKey,
  TokenIssuer,
  tokenSignedBy,
  tokenWithPublicKeyAsSecret,
  unsignedToken,
} from "../support/token_issuer.ts";
import { Upstream } from "../support/upstream.ts";

const inForceLimitMs = 5_000;

const onStage = stage();
const curve = makeKey("curve", "ES256");
const rsa = makeKey("rsa", "RS256");
let upstream: Upstream;
let provider: TokenIssuer;
let gateway: Gateway;
let api: ControlApi;
let ada: Member;
let bob: Member;

beforeAll(async () => {
  upstream = await onStage(Upstream.start((_, reply) => reply.end("served")));
  provider = await onStage(TokenIssuer.start("provider", [curve, rsa]));
  gateway = await onStage(startWithAdministrator(configuration([])));
  api = new ControlApi(gateway.url);
  ada = await registered(api, "ada");
  bob = await registered(api, "bob");
  await trust(severalTenants(provider));
  await becomes(200, tokenSignedBy(curve, claimsOf(ada)));
});

function configuration(issuers: TrustedIssuer[]): Configuration {
  return {
    apis: [{ name: "prices", upstream: { endpoints: [{ url: upstream.url }] } }],
    token_issuers: issuers,
  };
}

/** Its tokens name their tenant and roles. */
function severalTenants(issuer: TokenIssuer): TrustedIssuer {
  return {
    issuer: issuer.issuer,
    audience: "gateway",
    jwks_url: issuer.keysUrl,
    tenant_claim: "/org/tenant",
    tenants: [ada.tenant],
    roles_claim: "/realm_access/roles",
    default_roles: ["viewer"],
    allowed_roles: ["developer", "owner"],
  };
}

/** Its tokens are of developers of one tenant. */
function oneTenant(issuer: TokenIssuer): TrustedIssuer {
  return {
    issuer: issuer.issuer,
    audience: "gateway",
    jwks_url: issuer.keysUrl,
    tenant: ada.tenant,
    default_roles: ["developer"],
  };
}

/** Trusts these issuers and no others; the gateway runs on. */
async function trust(...issuers: TrustedIssuer[]): Promise<void> {
  await gateway.configure(configuration(issuers));
}

function claimsOf(member: Member, roles = ["developer"], more: Claims = {}): Claims {
  return provider.claims({
    org: { tenant: member.tenant },
    realm_access: { roles },
    ...more,
  });
}

async function call(token: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const reply = await fetch(gateway.proxy("prices"), {
    headers: { Authorization: `Bearer ${token}` },
  });
  const text = await reply.text();
  return {
    status: reply.status,
    body: reply.ok ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

async function becomes(status: number, token: string): Promise<void> {
  await eventually(
    async () => ((await call(token)).status === status ? true : undefined),
    `${status} for the token`,
    inForceLimitMs,
  );
}

async function healthOfIssuers(): Promise<unknown> {
  const { body } = await api.call("getHealth");
  return (body["components"] as Record<string, { status: string }>)["token_issuers"]?.status;
}

describe("A token of a trusted issuer", () => {
  test.each([curve, rsa])("signed with $algorithm opens what its roles may", async (key) => {
    expect((await call(tokenSignedBy(key, claimsOf(ada)))).status).toBe(200);
    expect((await call(tokenSignedBy(key, claimsOf(ada, ["viewer"])))).status).toBe(403);
  });

  test("has the default roles when it names none, and never one beyond those allowed", async () => {
    const unnamed = claimsOf(ada, [], { realm_access: {} });
    expect((await call(tokenSignedBy(curve, unnamed))).status).toBe(403);
    expect((await call(tokenSignedBy(curve, claimsOf(ada, ["admin"])))).status).toBe(403);
  });

  test("sees its own tenant in the control API, and no other", async () => {
    const token = tokenSignedBy(curve, claimsOf(ada, ["owner"]));
    const { status, body } = await api.call("listUsers", { token });

    expect(status).toBe(200);
    expect(JSON.stringify(body)).toContain(ada.id);
    expect(JSON.stringify(body)).not.toContain(bob.id);
    const { status: other } = await api.call("getUser", { token, parameters: { id: bob.id } });
    expect(other).toBe(404);
  });
});

describe("A token is refused with the same words", () => {
  const past = Math.floor(Date.now() / 1_000) - 3_600;
  const bad: [string, () => string][] = [
    ["that is for another audience", () => good({ aud: ["elsewhere"] })],
    ["of an issuer that is not trusted", () => good({ iss: "https://other.test" })],
    ["that has expired", () => good({ iat: past, exp: past + 300 })],
    ["of a tenant that the issuer does not speak for", () => tokenSignedBy(curve, claimsOf(bob))],
    ["without a tenant", () => good({ org: {} })],
    ["signed with a key that is not in the set", () => signedWith(makeKey("stranger", "ES256"))],
    ["signed with another key of that name", () => signedWith(makeKey("curve", "ES256"))],
    ["signed with a public key as a secret", () => tokenWithPublicKeyAsSecret(rsa, claimsOf(ada))],
    ["that is not signed", () => unsignedToken(curve, claimsOf(ada))],
    ["whose claims were changed", () => withClaimsOf(good({}), good({ sub: "somebody else" }))],
  ];

  function good(more: Claims): string {
    return tokenSignedBy(curve, claimsOf(ada, ["developer"], more));
  }
  function signedWith(key: ReturnType<typeof makeKey>): string {
    return tokenSignedBy(key, claimsOf(ada));
  }
  function withClaimsOf(token: string, other: string): string {
    const [header, , signature] = token.split(".");
    return [header, other.split(".")[1], signature].join(".");
  }

  const said = new Set<string>();
  test.each(bad)("%s", async (_, token) => {
    const { status, body } = await call(token());
    expect(status).toBe(401);
    said.add(JSON.stringify([body["code"], body["title"], body["detail"]]));
  });

  afterAll(() => {
    expect([...said]).toHaveLength(1);
  });
});

describe("The keys of an issuer", () => {
  test("may rotate: a token with a new key counts soon, one with the old no more", async () => {
    const rotating = await onStage(TokenIssuer.start("rotating", [curve]));
    await trust(severalTenants(provider), oneTenant(rotating));
    const old = tokenSignedBy(curve, rotating.claims());
    await becomes(200, old);

    rotating.publish([rsa]);
    await becomes(200, tokenSignedBy(rsa, rotating.claims()));
    await becomes(401, old);
    expect((await call(tokenSignedBy(curve, claimsOf(ada)))).status).toBe(200);
  });

  test("stay in use while it cannot be reached, and health says so", async () => {
    const failing = await TokenIssuer.start("failing", [curve]);
    await trust(severalTenants(provider), oneTenant(failing));
    await becomes(200, tokenSignedBy(curve, failing.claims()));
    expect(await healthOfIssuers()).toBe("ok");

    await failing.stop();
    expect((await call(tokenSignedBy(rsa, failing.claims()))).status).toBe(401);
    await eventually(
      async () => ((await healthOfIssuers()) === "degraded" ? true : undefined),
      "degraded health",
      inForceLimitMs,
    );
    expect((await call(tokenSignedBy(curve, failing.claims({ sub: "anew" })))).status).toBe(200);
    await eventually(
      async () => (await gateway.log()).includes("those of before stay in use") || undefined,
      "line in the log",
      inForceLimitMs,
    );
  });

  test("count no more once the issuer is taken out of the file", async () => {
    const token = tokenSignedBy(curve, claimsOf(ada));
    await trust(severalTenants(provider));
    await becomes(200, token);

    await trust();
    await becomes(401, token);
    expect(await healthOfIssuers()).toBeUndefined();
  });
});
