import { expect, test } from "vitest";
import { load } from "../load.ts";

const IN_BRACES = 'inside braces, such as { data: "task[key=value]" }';
const IN_BRACKETS = 'inside brackets, such as ["task[key=value]"]';

test.each([
  ["files: { test: link[exe=test] }", IN_BRACES],
  ["files: { a: b, test: link[*].model, c: d }", IN_BRACES],
  ["files: { test: { object: link[0], write: true } }", IN_BRACES],
  ["inputs: [link[exe=test]]", IN_BRACKETS],
  ["inputs: [a, link[*], b]", IN_BRACKETS],
])("%s needs quotes around its reference", (entry, where) => {
  const column = 5 + entry.lastIndexOf("link[") + "link".length;
  expect(() => load(`rain: 1\ntasks:\n  a:\n    ${entry}\n`)).toThrow(
    `test.yml:4:${column}: put a reference with brackets in quotes ${where}`,
  );
});
