import { userInfo } from "node:os";
import { describe, expect, it } from "vitest";
import { describeOwner, ownerIn, ownUser } from "../../../../src/runtime/security/owner.ts";

it("names the user of this process", () => {
  expect(ownUser()).toEqual({ user: userInfo().username, uid: process.getuid?.() });
});

it.each([
  [{ user: "ada", uid: 1000 }, "user ada (uid 1000)"],
  [{ uid: 1000 }, "uid 1000"],
  [{ user: "ada" }, "user ada"],
  [{}, "another user"],
])("describes %j", (owner, text) => {
  expect(describeOwner(owner)).toBe(text);
});

describe("the owner in the details of an error", () => {
  it("is what a server wrote there", () => {
    expect(ownerIn({ owner: { user: "ada", uid: 1000 } })).toEqual({ user: "ada", uid: 1000 });
  });

  it.each([undefined, {}, { owner: "ada" }, { owner: { uid: "1000" } }])("is absent in %j", (details) => {
    expect(ownerIn(details)).toBeUndefined();
  });
});
