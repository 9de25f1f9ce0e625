import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { type AccessRules, checkAccess } from "../../../../../src/runtime/server/api/access.ts";

const TOKEN = "0123456789abcdef";
const LOOPBACK: AccessRules = { host: "127.0.0.1", token: undefined, secure: false };
const NETWORK: AccessRules = { host: "0.0.0.0", token: TOKEN, secure: false };

function check(headers: Record<string, string>, rules = LOOPBACK, url = "/api/v1/status"): void {
  const socket = { remoteAddress: "10.0.0.8" };
  checkAccess({ headers, url, socket } as unknown as IncomingMessage, rules);
}

const refused = (code: string) => expect.objectContaining({ code });

describe("access to a server on loopback", () => {
  it.each([
    "localhost:7210",
    "LocalHost:7210",
    "127.0.0.1:7210",
    "127.0.0.2:7210",
    "[::1]:7210",
    "127.0.0.1",
  ])("is open for host %s", (host) => {
    expect(() => check({ host })).not.toThrow();
  });

  it.each([
    "evil.example:7210",
    "127.0.0.1.evil.example",
    "",
    "localhost.evil",
    "10.0.0.7:7210",
    "127.1.evil",
  ])("is refused for host %j", (host) => {
    expect(() => check({ host })).toThrow(refused("REFUSED"));
    expect(() => check({ host }, { ...LOOPBACK, token: TOKEN })).toThrow(refused("REFUSED"));
  });

  it("accepts its own pages and rejects those of other sites", () => {
    expect(() => check({ host: "localhost:7210", origin: "http://localhost:7210" })).not.toThrow();
    for (const origin of ["https://evil.example", "http://localhost:8080", "null"]) {
      expect(() => check({ host: "localhost:7210", origin })).toThrow(refused("REFUSED"));
    }
  });
});

it("accepts its own pages on a server with TLS only over TLS", () => {
  const rules = { ...LOOPBACK, secure: true };
  expect(() => check({ host: "localhost:7210", origin: "https://localhost:7210" }, rules)).not.toThrow();
  expect(() => check({ host: "localhost:7210", origin: "http://localhost:7210" }, rules)).toThrow(
    refused("REFUSED"),
  );
});

describe("access to a server that the network reaches", () => {
  const bearer = { authorization: `Bearer ${TOKEN}` };

  it.each(["rain.example:7210", "10.0.0.7:7210", "[fd00::7]:7210", "localhost:7210"])(
    "is open for host %s with the token alone",
    (host) => {
      expect(() => check({ host, ...bearer }, NETWORK)).not.toThrow();
      expect(() => check({ host }, NETWORK)).toThrow(refused("UNAUTHORIZED"));
    },
  );

  it("rejects pages of other sites even with the token", () => {
    const headers = { host: "rain.example:7210", origin: "http://evil.example", ...bearer };
    expect(() => check(headers, NETWORK)).toThrow(refused("REFUSED"));
  });

  it("needs no token for the health check", () => {
    expect(() => check({ host: "10.0.0.7:7210" }, NETWORK, "/healthz")).not.toThrow();
  });
});
