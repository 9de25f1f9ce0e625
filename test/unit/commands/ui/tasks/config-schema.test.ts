import { describe, expect, test } from "vitest";
import { renderSchema } from "../../../../../src/commands/ui/tasks/config-schema.ts";

/** The cells of the rows below the titles. */
function rowsOf(schema: unknown): string[][] {
  const [, ...lines] = renderSchema(schema).split("\n");
  return lines.map((line) => line.split(/ {2,}/));
}

describe("the config of a task type", () => {
  test("is shown as a table of its keys", () => {
    const schema = {
      type: "object",
      properties: {
        path: { type: "string", description: "where\n  it is" },
        rows: { type: "integer", minimum: 1, default: 10 },
      },
      required: ["path"],
    };
    expect(renderSchema(schema)).toBe(
      [
        "key   type         default   description",
        "path  text         required  where it is",
        "rows  integer ≥ 1  10",
      ].join("\n"),
    );
  });

  test.each<[unknown, string]>([
    [{ type: "boolean" }, "boolean"],
    [{ enum: ["a", 1] }, '"a" | 1'],
    [{ const: "a" }, '"a"'],
    [{ type: ["string", "null"] }, "text or null"],
    [{ anyOf: [{ type: "number" }, { type: "string" }] }, "number or text"],
    [{ type: "array", items: { oneOf: [{ type: "string" }, { type: "null" }] } }, "list of (text or null)"],
    [{ type: "array" }, "list"],
    [
      { type: "object", additionalProperties: { type: "number", exclusiveMaximum: 3 } },
      "object of number < 3",
    ],
    [{ type: "number", exclusiveMinimum: 0, maximum: 2 }, "number > 0, ≤ 2"],
    [{ title: "bytes" }, "bytes"],
    [{}, "any"],
    [true, "any"],
  ])("%j is %s", (schema, text) => {
    expect(renderSchema(schema)).toBe(text);
    expect(rowsOf({ type: "object", properties: { key: schema } })).toEqual([["key", text]]);
  });

  test("shows the keys of objects in it: in lists, in maps and in one of several forms", () => {
    const inner = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
    const schema = {
      properties: {
        one: inner,
        list: { type: "array", items: inner },
        map: { type: "object", additionalProperties: inner },
        either: { anyOf: [{ type: "string" }, inner] },
      },
    };
    expect(rowsOf(schema).map(([key]) => key)).toEqual([
      ...["one", "one.a", "list", "list[].a", "map", "map.*.a", "either", "either.a"],
    ]);
  });

  test("follows references, also circular ones, which end", () => {
    const schema = {
      $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } } },
      properties: { head: { $ref: "#/$defs/node" }, lost: { $ref: "#/$defs/none" }, self: { $ref: "#" } },
    };
    const rows = rowsOf(schema);
    expect(rows.slice(0, 2)).toEqual([
      ["head", "object"],
      ["head.next", "object"],
    ]);
    expect(rows).toContainEqual(["lost", "any"]);
    expect(rows.length).toBeLessThan(100);
  });

  test.each([null, 7, "text", [], { properties: 3, required: 3, anyOf: 3, enum: 3, items: 3 }])(
    "that a plugin declares as %j is shown all the same",
    (schema) => expect(renderSchema(schema)).toBe("any"),
  );
});
