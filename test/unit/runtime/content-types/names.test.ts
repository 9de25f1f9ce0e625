import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkContentType, isSubtype, mayBecome } from "../../../../src/runtime/content-types/names.ts";

/** Various names, some of which are prefixes of others. */
const part = fc.constantFrom("a", "b", "ab", "a-b", "a.b");
const parts = fc.array(part, { maxLength: 3 });
const name = fc.oneof(
  fc.constantFrom(
    "",
    "text",
    "text-latin1",
    "text-utf-8",
    "json",
    "cbor",
    "csv",
    "ndjson",
    "arrow",
    "pickle",
  ),
  fc.constantFrom("cloudpickle", "protobuf", "dir"),
  fc
    .tuple(fc.constantFrom("user", "mime", "protobuf"), parts)
    .map(([family, rest]) => [family, ...rest].join("/")),
);

describe("subtypes", () => {
  test.each([
    ["text", ""],
    ["", ""],
    ["json", "json"],
    ["text-latin1", "text"],
    ["text-utf-8", "text"],
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
    ["text-utf-16le", "text-utf"],
    ["json", "text"],
    ["csv", "text"],
    ["ndjson", "json"],
    ["cloudpickle", "pickle"],
    ["user/cart", "user/car"],
    ["user/map-reduce", "user/map"],
    ["mime/application/vnd.ms-excel", "mime/application/vnd"],
  ])("%j is no subtype of %j", (actual, declared) => {
    expect(isSubtype(actual, declared)).toBe(false);
  });

  test("are a partial order", () => {
    fc.assert(
      fc.property(name, name, name, (a, b, c) => {
        expect(isSubtype(a, a)).toBe(true);
        if (isSubtype(a, b) && isSubtype(b, a)) expect(a).toBe(b);
        if (isSubtype(a, b) && isSubtype(b, c)) expect(isSubtype(a, c)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("every type is a subtype of the empty type, which is only a subtype of itself", () => {
    fc.assert(
      fc.property(name, (type) => {
        expect(isSubtype(type, "")).toBe(true);
        expect(isSubtype("", type)).toBe(type === "");
      }),
    );
  });

  test("of a type are ordered: one of two supertypes is a subtype of the other", () => {
    fc.assert(
      fc.property(name, name, name, (type, one, other) => {
        if (isSubtype(type, one) && isSubtype(type, other)) expect(mayBecome(one, other)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("add a part after a slash", () => {
    fc.assert(
      fc.property(name, part, (type, more) => {
        expect(isSubtype(`${type}/${more}`, type)).toBe(true);
        expect(isSubtype(`${type}${more}`, type)).toBe(type === "");
      }),
    );
  });
});

test("before run time, only types that exclude each other are rejected", () => {
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
    "csv",
    "ndjson",
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
    ["sparse matrix", 'unknown content type "sparse matrix"; for your own type write "user/<TYPE>"'],
    ["txt", 'unknown content type "txt"; did you mean "text"?'],
    ["jsonl", 'unknown content type "jsonl"; did you mean "ndjson"?'],
    ["text/csv", 'unknown content type "text/csv"; did you mean "csv"?'],
    ["pkl", 'unknown content type "pkl"; did you mean "pickle"?'],
    ["text-", 'content type "text-" needs an encoding, such as "text-latin1"; "text" is UTF-8'],
    [
      "text-latin2x",
      'unknown text encoding "latin2x" in the content type "text-latin2x"; did you mean "text-latin1"?',
    ],
    ["text-cp437", 'unknown text encoding "cp437" in the content type "text-cp437"'],
    ["mime", 'content type "mime" needs a name without spaces after "mime/"'],
    ["mime/", 'content type "mime/" needs a name without spaces after "mime/"'],
    ["user/", 'content type "user/" needs a name without spaces after "user/"'],
    ["user/a b", 'content type "user/a b" needs a name without spaces after "user/"'],
    ["mime//png", 'content type "mime//png" needs a name without spaces after "mime/"'],
  ])("%j is none", (name, message) => {
    expect(checkContentType(name)).toBe(message);
  });
});
