// The declarative file, as far as the tests use it; written with the names of the contract.
import { stringify } from "yaml";

export interface Credential {
  name: string;
  kind: "header" | "bearer" | "basic" | "query_key" | "hmac" | "ed25519";
  fields: Record<string, string>;
}

export interface Api {
  name: string;
  kind?: "http" | "exchange" | "llm" | "data";
  connector?: string;
  credential?: string;
  upstream: { endpoints: { url: string }[]; [setting: string]: unknown };
  routes?: { path: string; strip_prefix?: boolean }[];
  access?: { public: boolean };
  call_rules?: object[];
  fallback?: object[];
}

export interface TrustedIssuer {
  issuer: string;
  audience: string;
  jwks_url: string;
  tenant?: string;
  tenant_claim?: string;
  tenants?: string[];
  roles_claim?: string;
  default_roles?: string[];
  allowed_roles?: string[];
}

export interface Configuration {
  apis: Api[];
  credentials?: Credential[];
  token_issuers?: TrustedIssuer[];
  quotas?: object[];
  circuit_breakers?: object[];
  alert_rules?: object[];
}

/** A plain Api in front of one address, open to every caller. */
export function publicApi(name: string, url: string, more: Partial<Api> = {}): Api {
  return { name, upstream: { endpoints: [{ url }] }, access: { public: true }, ...more };
}

/** The text of `apiforge.yaml`. */
export function declarativeFile(configuration: Configuration): string {
  return stringify({ version: 1, ...configuration });
}
