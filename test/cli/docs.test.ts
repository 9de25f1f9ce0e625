import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openShell } from "./rain.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

/** The fenced blocks of a language on a page, in order. */
const blocks = (page: string, language: string) =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "gm"))].map(
    ([, text]) => text,
  );

const PAGES = [".", "bench", "docs", "docs/decisions"].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
);

describe("docs/workers.md", () => {
  const [config, session] = blocks("docs/workers.md", "yaml");

  it("shows a worker configuration that rain start takes", async () => {
    const shell = await openShell();
    await shell.write("worker.yml", config);
    await shell.start("--worker-config", "worker.yml");
    const { value } = await shell.json("status");
    expect(value.workers).toMatchObject([
      { cpus: 8, memoryTotal: 32 * 2 ** 30, resources: { gpu: 2, licence: 3 }, labels: { zone: "eu" } },
    ]);
    await shell.write("train.yml", session);
    expect(await shell.rain("submit", "train.yml", "--dry-run")).toMatchObject({ code: 0 });
  });

  it("shows what rain status says of a task that no worker can run", async () => {
    const shell = await openShell();
    await shell.write("worker.yml", config.replace(/^resources:.*$/m, ""));
    await shell.start("--worker-config", "worker.yml");
    await shell.write("train.yml", session);
    expect((await shell.rain("submit", "train.yml", "--detach")).code).toBe(0);
    const [blocked] = blocks("docs/workers.md", "text");
    expect((await shell.rain("status", "1")).stdout).toContain(blocked);
  });
});

describe("docs/failures.md", () => {
  it("shows retries in a session file that runs", async () => {
    const shell = await openShell();
    const [session] = blocks("docs/failures.md", "yaml");
    await shell.start();
    await shell.write("retries.yml", session);
    expect(await shell.rain("submit", "retries.yml")).toMatchObject({ code: 0 });
    expect(readFileSync(join(shell.directory, "report.txt"), "utf8")).toBe("done\ntoo\n");
  });
});

describe("docs/command-line.md", () => {
  it("lists every command", async () => {
    const shell = await openShell();
    const { stdout } = await shell.rain("--help");
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) {2,}[A-Z]/gm)].map(([, name]) => name);
    expect(commands.length).toBeGreaterThan(14);
    for (const name of commands) expect(read("docs/command-line.md")).toContain(`\`rain ${name}`);
  });
});

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");

describe("links between pages", () => {
  it.each(PAGES)("of %s lead somewhere", (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target]) => target);
    for (const link of links) {
      const [path, anchor] = link.split("#");
      const target = path === "" ? page : join(page, "..", path);
      expect(existsSync(join(ROOT, target)), `${page} links to ${link}`).toBe(true);
      if (!anchor) continue;
      const anchors = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading));
      expect(anchors, `${page} links to ${link}`).toContain(anchor);
    }
  });
});
