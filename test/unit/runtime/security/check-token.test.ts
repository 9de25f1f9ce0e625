import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { checkToken } from "../../../../src/runtime/security/check-token.ts";
import { describeOwner, ownUser } from "../../../../src/runtime/security/owner.ts";

const TOKEN = "the-token-of-the-cluster";

const OWN_MACHINE = { remoteAddress: "127.0.0.1", localAddress: "127.0.0.1", localPort: 7210 };
const OTHER_MACHINE = { remoteAddress: "10.0.0.8", localAddress: "10.0.0.7", localPort: 7210 };

function check(authorization: string | undefined, socket: object = OTHER_MACHINE): void {
  checkToken({ headers: { authorization }, socket } as unknown as IncomingMessage, TOKEN);
}

const failure = (message: string) => expect.objectContaining({ code: "UNAUTHORIZED", message });

describe("checkToken", () => {
  it("accepts all requests if no token is required", () => {
    expect(() => checkToken({ headers: {} } as IncomingMessage, undefined)).not.toThrow();
  });

  it.each([`Bearer ${TOKEN}`, `bearer   ${TOKEN} `])("takes %j", (authorization) => {
    expect(() => check(authorization)).not.toThrow();
  });

  it.each([undefined, "", "Bearer", TOKEN, `Basic ${TOKEN}`])("says of %j that no token came", (sent) => {
    expect(() => check(sent)).toThrow(failure("this cluster requires a token, and the request has none"));
  });

  it.each([
    `${TOKEN}x`,
    TOKEN.slice(1),
    TOKEN.slice(0, -1),
    TOKEN.toUpperCase(),
    "x",
    `${TOKEN}${"x".repeat(5000)}`,
  ])("says of %j that it is another", (sent) => {
    expect(() => check(`Bearer ${sent}`)).toThrow(
      failure("the request has a token, but not that of this cluster"),
    );
  });

  it("does not mistake a token for the rest of a longer one that was sent before", () => {
    expect(() => check(`Bearer ${TOKEN}-and-more`)).toThrow();
    expect(() => check(`Bearer ${TOKEN}`)).not.toThrow();
    expect(() => check("Bearer the")).toThrow();
  });

  it.each([
    ["127.0.0.1", "127.0.0.1:7210"],
    ["::1", "[::1]:7210"],
    ["::ffff:127.0.0.1", "127.0.0.1:7210"],
  ])("tells users of the same machine, at %s, whose server it is", (address, shown) => {
    const socket = { remoteAddress: address, localAddress: address, localPort: 7210 };
    const owner = describeOwner(ownUser());
    expect(() => check(undefined, socket)).toThrow(
      failure(`the server at ${shown} belongs to ${owner}; its commands need its token`),
    );
    expect(() => check("Bearer of-another-server", socket)).toThrow(
      failure(`the server at ${shown} belongs to ${owner}; the given token is not its token`),
    );
  });

  it("tells them what to do, and programs the name and number of the user", () => {
    expect(() => check(undefined, OWN_MACHINE)).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/--token-file FILE.*`rain start --listen 0`/),
        details: { owner: ownUser() },
      }),
    );
  });
});
