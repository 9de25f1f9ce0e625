import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { builtInContentTypes } from "../../../../../src/runtime/content-types/built-in/built-in.ts";
import { checkContentType } from "../../../../../src/runtime/content-types/names.ts";

const guide = readFileSync(new URL("../../../../../docs/content-types.md", import.meta.url), "utf8");

test.each(builtInContentTypes.map(({ name }) => name))("%s is a valid name, and in the guide", (name) => {
  expect(checkContentType(name)).toBeUndefined();
  expect(guide).toContain(`| \`${name}\` |`);
});

test("each has its own name", () => {
  expect(new Set(builtInContentTypes.map(({ name }) => name)).size).toBe(builtInContentTypes.length);
});
