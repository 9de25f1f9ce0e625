import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createShell, type Shell } from "./rain.ts";

const GUIDE = readFileSync(fileURLToPath(new URL("../../docs/session-files.md", import.meta.url)), "utf8");
const snippets = [...GUIDE.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text]) => text);

/** What each file of the guide saves first. */
const SAVED = [
  "the\nrain\nin\nSpain\nstays\nmainly\nin\nthe\nplain\n",
  "      1 Spain\n      2 in\n      1 mainly\n      1 plain\n      1 rain\n      1 stays\n      2 the\n",
  "      1 a\n      2 b\n",
  "4\n2\n3\n",
  "4\n",
  "0\n1\n4\n",
  "4\n2\n3\n",
  "4\n",
  "trial of fold 0, cost 1\ntrial of fold 1, cost 1\nmodel of fold 0, cost 1\nmodel of fold 0, cost 10\n",
  "1\n2\n",
  "done\ntoo\n",
  "hello\ngoodbye\n",
];

describe("docs/session-files.md", () => {
  let shell: Shell;
  beforeAll(async () => {
    shell = await createShell();
    await shell.start();
  });
  afterAll(() => shell.dispose());

  it("has as many files as this test knows", () => {
    expect(snippets).toHaveLength(SAVED.length);
  });

  it.each(snippets.map((text, index) => [index + 1, text] as const))(
    "file %i runs and saves what it says",
    async (number, text) => {
      await shell.write("guide.yml", text);
      const output = `${shell.directory}/output-${number}`;
      const { code, stderr } = await shell.rain("submit", "guide.yml", "--output", output);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      const saved = readdirSync(output, { recursive: true, encoding: "utf8" })
        .map((name) => `${output}/${name}`)
        .sort()
        .find((path) => statSync(path).isFile());
      expect(readFileSync(saved ?? "", "utf8")).toBe(SAVED[number - 1]);
    },
  );

  it("names a parameter that can be set", async () => {
    const squares = snippets.find((text) => text.includes("squares:")) ?? "";
    await shell.write("squares.yml", squares);
    expect((await shell.rain("submit", "squares.yml", "--set", "parts=4")).code).toBe(0);
    expect(readFileSync(`${shell.directory}/squares.txt`, "utf8")).toBe("0\n1\n4\n9\n");
  });
});
