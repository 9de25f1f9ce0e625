import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RainError } from "../../../src/runtime/errors.ts";
import { createRegistry } from "../../../src/runtime/plugin/registry.ts";
import { loadSessionFile } from "../../../src/runtime/session-file/index.ts";
import { builtin } from "../../../src/tasks/index.ts";
import type { Entry, Feeder } from "../entry.ts";
import { mutateBytes } from "../mutate-bytes.ts";
import type { Random } from "../random.ts";

const FIXTURES = "test/fixtures/session-files";
/** Longer inputs are slow because of their length. */
const LONGEST = 20_000;
const MOST_MS = 2000;
const PIECES = [
  "*a",
  "&a ",
  "<<: *a",
  "${{ ",
  " }}",
  "${{ params.x }}",
  "${{ range(9) }}",
  "[",
  "]",
  "{",
  "}",
  "[[[[[[[[",
  "- ",
  "? ",
  ": ",
  "|\n",
  ">-\n",
  "---\n",
  "...\n",
  "#",
  "!!binary ",
  "!x ",
  "\t",
  "\r",
  "\0",
  "\u2028",
  "\ufeff",
  "'",
  '"',
  "\\",
  "1e999",
  "0x",
  ".nan",
  "~",
  "__proto__: 1\n",
  "matrix: { a: [1, 2] }\n",
  "include: [x.yml]\n",
  "tasks:\n",
  "  ",
];

/** Session files in YAML and JSON. */
export const sessionFile: Entry = {
  name: "session-file",
  share: 10,
  open: async () => new SessionFileFeeder(),
};

class SessionFileFeeder implements Feeder {
  readonly #registry = createRegistry([builtin]);
  readonly #texts = readdirSync(FIXTURES)
    .filter((name) => /\.(yml|json)$/.test(name))
    .map((name) => ({ name, text: readFileSync(join(FIXTURES, name), "utf8") }))
    .filter(({ text }) => text.length <= LONGEST);

  async feed(random: Random): Promise<void> {
    const { name, text } = random.pick(this.#texts);
    const mutated = random.oneIn(3)
      ? mutateBytes(random, Buffer.from(text), Buffer.from(random.pick(this.#texts).text)).toString()
      : mutateLines(random, text);
    const started = performance.now();
    try {
      loadSessionFile({ text: mutated, name, baseDir: FIXTURES }, { registry: this.#registry });
    } catch (error) {
      if (!(error instanceof RainError) || error.code === "INTERNAL") {
        throw new Error(`${name}: ${JSON.stringify(mutated)}`, { cause: error });
      }
    }
    const ms = performance.now() - started;
    if (ms > MOST_MS) throw new Error(`${name} takes ${Math.round(ms)} ms: ${JSON.stringify(mutated)}`);
  }

  async close(): Promise<void> {}
}

function mutateLines(random: Random, text: string): string {
  const lines = text.split("\n");
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(lines.length);
    const line = lines[at] ?? "";
    const column = random.below(line.length + 1);
    switch (random.below(5)) {
      case 0:
        lines.splice(at, 1 + random.below(3));
        if (lines.length === 0) lines.push("");
        break;
      case 1:
        lines.splice(at, 0, random.pick(lines));
        break;
      case 2:
        lines[at] = " ".repeat(random.below(8)) + line.trimStart();
        break;
      case 3:
        lines[at] = random.pick(PIECES).repeat(random.oneIn(10) ? 300 : 1) + line;
        break;
      default:
        lines[at] = line.slice(0, column) + random.pick(PIECES) + line.slice(column);
    }
  }
  return lines.join("\n");
}
