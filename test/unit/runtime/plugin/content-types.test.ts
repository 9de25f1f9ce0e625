import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkContentType, isSubtype, mayBecome } from "../../../../src/runtime/plugin/content-types.ts";

describe("subtypes", () => {
  test.each([
    ["text", ""],
    ["", ""],
    ["json", "json"],
    ["text-latin1", "text"],
    ["protobuf/Person", "protobuf"],
    ["mime/image/png", "mime/image"],
    ["user/map/v2", "user/map"],
  ])("%j is a subtype of %j", (actual, declared) => {
    expect(isSubtype(actual, declared)).toBe(true);
  });

  test.each([
    ["", "text"],
    ["text", "json"],
    ["text", "text-latin1"],
    ["cloudpickle", "pickle"],
    ["user/cart", "user/car"],
  ])("%j is no subtype of %j", (actual, declared) => {
    expect(isSubtype(actual, declared)).toBe(false);
  });

  test("the relation is an order", () => {
    const part = fc.constantFrom("a", "b", "ab");
    const type = fc.array(part, { maxLength: 3 }).map((parts) => ["user", ...parts].join("/"));
    fc.assert(
      fc.property(type, type, type, (a, b, c) => {
        expect(isSubtype(a, a)).toBe(true);
        if (isSubtype(a, b) && isSubtype(b, a)) expect(a).toBe(b);
        if (isSubtype(a, b) && isSubtype(b, c)) expect(isSubtype(a, c)).toBe(true);
      }),
    );
  });
});

test("before run time only types that exclude each other do not fit", () => {
  expect(mayBecome("", "json")).toBe(true);
  expect(mayBecome("text", "text-latin1")).toBe(true);
  expect(mayBecome("text-latin1", "text")).toBe(true);
  expect(mayBecome("text", "json")).toBe(false);
});

describe("names", () => {
  test.each([
    "",
    "text",
    "text-latin1",
    "text-utf-8",
    "json",
    "cbor",
    "arrow",
    "pickle",
    "cloudpickle",
    "protobuf",
    "protobuf/my.Message",
    "dir",
    "mime/image/png",
    "mime/application/ld+json",
    "user/anything at-all".replaceAll(" ", "_"),
  ])("%j is a content type", (name) => {
    expect(checkContentType(name)).toBeUndefined();
  });

  test.each([
    ["jsno", 'unknown content type "jsno"; did you mean "json"?'],
    ["Text", 'unknown content type "Text"; did you mean "text"?'],
    ["image/png", 'unknown content type "image/png"; did you mean "mime/image/png"?'],
    ["sparse matrix", 'unknown content type "sparse matrix"; for a type of your own write "user/<TYPE>"'],
    ["text-", 'content type "text-" needs a name without spaces after "text-"'],
    ["user/", 'content type "user/" needs a name without spaces after "user/"'],
    ["user/a b", 'content type "user/a b" needs a name without spaces after "user/"'],
    ["mime//png", 'content type "mime//png" needs a name without spaces after "mime/"'],
  ])("%j is none", (name, message) => {
    expect(checkContentType(name)).toBe(message);
  });
});
