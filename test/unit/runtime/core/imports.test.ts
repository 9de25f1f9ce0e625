import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CORE = fileURLToPath(new URL("../../../../src/runtime/core", import.meta.url));
/** Chains of more files than this are hard to follow. */
const MAX_LEVELS = 9;

/** The files of the core that a file imports, types included. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(CORE, file), "utf8");
  const paths = [...text.matchAll(/ from "(\.[^"]+)"/g)].map(([, path]) => join(dirname(file), path!));
  return paths.filter((path) => !relative(".", path).startsWith(".."));
}

/** The longest chain of imports that begins with each file. */
function longestChains(): string[][] {
  const chains = new Map<string, string[]>();
  const chainOf = (file: string, path: readonly string[]): string[] => {
    expect(path, "files that need each other").not.toContain(file);
    const known = chains.get(file);
    if (known) return known;
    const tails = importsOf(file).map((other) => chainOf(other, [...path, file]));
    const longest = tails.reduce((best, tail) => (tail.length > best.length ? tail : best), []);
    const chain = [file, ...longest];
    chains.set(file, chain);
    return chain;
  };
  const files = readdirSync(CORE, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  return files.map((file) => chainOf(file, []));
}

test(`no chain of imports in the core has more than ${MAX_LEVELS} files`, () => {
  const tooLong = longestChains().filter(({ length }) => length > MAX_LEVELS);
  expect(tooLong).toEqual([]);
});
