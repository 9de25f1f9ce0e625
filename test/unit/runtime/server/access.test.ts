import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { checkAccess } from "../../../../src/runtime/server/access.ts";

const check = (headers: Record<string, string>) => checkAccess({ headers } as unknown as IncomingMessage);

describe("access to a server on loopback", () => {
  it.each(["localhost:7210", "127.0.0.1:7210", "[::1]:7210", "127.0.0.1"])("is open for host %s", (host) => {
    expect(() => check({ host })).not.toThrow();
  });

  it.each(["evil.example:7210", "127.0.0.1.evil.example", "", "localhost.evil"])(
    "is refused for host %j",
    (host) => {
      expect(() => check({ host })).toThrow(expect.objectContaining({ code: "REFUSED" }));
    },
  );

  it("is open for its own pages and refused for those of others", () => {
    expect(() => check({ host: "localhost:7210", origin: "http://localhost:7210" })).not.toThrow();
    for (const origin of ["https://evil.example", "http://localhost:8080", "null"]) {
      expect(() => check({ host: "localhost:7210", origin })).toThrow(
        expect.objectContaining({ code: "REFUSED" }),
      );
    }
  });
});
