import { describe, expect, test } from "vitest";
import {
  dumpValue,
  handlerOf,
  loadValue,
  lookupAmong,
  opaque,
} from "../../../../src/runtime/content-types/lookup.ts";
import type { ContentType } from "../../../../src/runtime/plugin/contract/index.ts";

const named = (name: string): ContentType => ({
  name,
  load: (bytes) => `${name} of ${bytes.length}`,
  dump: () => new Uint8Array(0),
});
const lookup = lookupAmong([
  named("user/map"),
  named("user/map/vector"),
  named("arrow"),
  named("mime/image"),
]);

describe("the nearest content type", () => {
  test.each([
    ["json", "json"],
    ["text-latin1", "text"],
    ["user/map", "user/map"],
    ["user/map/raster", "user/map"],
    ["user/map/vector/3d", "user/map/vector"],
    ["mime/image/png", "mime/image"],
    ["user/mapping", undefined],
    ["csv-like", undefined],
    ["", undefined],
  ])("of %j is %j", (name, nearest) => {
    expect(lookup(name)?.name).toBe(nearest);
  });
});

describe("loading and dumping", () => {
  const bytes = Uint8Array.of(1, 2);

  test("uses the content type", async () => {
    expect(await loadValue(Buffer.from("[1]"), "json", lookup, "it")).toEqual([1]);
    expect(await loadValue(bytes, "user/map/3d", lookup, "it")).toBe("user/map of 2");
    expect(await dumpValue([{ a: 1 }], "csv", lookup, "it")).toEqual(new Uint8Array(Buffer.from("a\n1\n")));
  });

  test.each(["", "user/other", "mime/video/mp4"])(
    "of %j, of which nothing is known, the value is the bytes",
    async (name) => {
      expect(await handlerOf(name, lookup)).toBe(opaque);
      expect(await loadValue(bytes, name, lookup, "it")).toBe(bytes);
      expect(await dumpValue(bytes, name, lookup, "it")).toBe(bytes);
      await expect(dumpValue({}, name, lookup, "it")).rejects.toThrow(
        "bytes are expected, but this is an object",
      );
    },
  );

  test.each([
    ["arrow", "only the plugin arrow can"],
    ["pickle", "only Python can"],
    ["cloudpickle", "only Python can"],
    ["protobuf", "this requires the schema of its messages"],
    ["protobuf/Person", "this requires the schema of its messages"],
    ["dir", "a directory contains files, not a value"],
  ])("%s has a value, but not here", async (name, why) => {
    const expected = { code: "USAGE", message: `cannot read or write "${name}": ${why}`, hint: /./ };
    const error = { ...expected, hint: expect.stringMatching(expected.hint) };
    await expect(loadValue(bytes, name, lookupAmong([]), "it")).rejects.toMatchObject(error);
    await expect(dumpValue({}, name, lookupAmong([]), "it")).rejects.toMatchObject(error);
  });

  test("invalid data is named in the error", async () => {
    await expect(loadValue(Buffer.from("{"), "json", lookup, "the report")).rejects.toThrow(
      /^the report is not valid json: /,
    );
    await expect(dumpValue(5, "text-latin1", lookup, "output 0")).rejects.toThrow(
      "output 0 cannot be written as text-latin1: text is expected, but this is a number",
    );
  });

  test("a content type may be loaded asynchronously, such as one of a plugin", async () => {
    const later = async (name: string) => named(name);
    expect(await loadValue(bytes, "arrow", later, "it")).toBe("arrow of 2");
  });
});
