import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { checkToken } from "../../../../src/runtime/security/check-token.ts";

const TOKEN = "the-token-of-the-cluster";

function check(authorization: string | undefined, token: string | undefined = TOKEN): void {
  checkToken({ headers: { authorization } } as IncomingMessage, token);
}

describe("checkToken", () => {
  it("accepts all requests if no token is required", () => {
    expect(() => checkToken({ headers: {} } as IncomingMessage, undefined)).not.toThrow();
  });

  it.each([`Bearer ${TOKEN}`, `bearer   ${TOKEN} `])("takes %j", (authorization) => {
    expect(() => check(authorization)).not.toThrow();
  });

  it.each([undefined, "", "Bearer", TOKEN, `Basic ${TOKEN}`])("says of %j that no token came", (sent) => {
    expect(() => check(sent)).toThrow(
      expect.objectContaining({ code: "UNAUTHORIZED", message: expect.stringMatching(/has none/) }),
    );
  });

  it.each([`${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase(), "x"])(
    "says of %j that it is another",
    (sent) => {
      const failure = expect.objectContaining({
        code: "UNAUTHORIZED",
        message: expect.stringMatching(/not that of this cluster/),
      });
      expect(() => check(`Bearer ${sent}`)).toThrow(failure);
    },
  );
});
