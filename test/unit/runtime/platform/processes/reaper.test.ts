import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, onTestFinished, test, vi } from "vitest";
import { temporaryDirectory } from "../../worker/support.ts";

/** Watches a folder, and lives on. Answers messages. */
const WATCHER = `
import { watchFolder } from "./src/runtime/platform/processes/reaper.ts";
watchFolder(process.argv[2]);
process.on("message", () => process.send({}));
process.send({});
`;

const childrenOf = async (pid: number) =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, "utf8")).trim().split(" ").filter(Boolean).map(Number);

test.skipIf(!existsSync(`/proc/${process.pid}/task/${process.pid}/children`))(
  "a reaper that is killed is replaced, so the folders of a killed process are removed all the same",
  async () => {
    const directory = await temporaryDirectory();
    const [folder, script] = [join(directory, "folder"), join(directory, "watcher.mjs")];
    await mkdir(folder);
    await build({
      stdin: { contents: WATCHER, resolveDir: process.cwd(), loader: "ts" },
      outfile: script,
      bundle: true,
      platform: "node",
      format: "esm",
    });
    const watcher = fork(script, [folder], { execArgv: [] });
    onTestFinished(() => void watcher.kill("SIGKILL"));
    await once(watcher, "message");
    const pid = watcher.pid ?? 0;
    const [first = 0] = await childrenOf(pid);
    process.kill(first, "SIGKILL");
    await vi.waitFor(async () => {
      const [second = first] = await childrenOf(pid);
      expect(second).not.toBe(first);
    });
    // An answer shows that the second one has been told everything.
    watcher.send({});
    await once(watcher, "message");
    watcher.kill("SIGKILL");
    await vi.waitFor(() => expect(existsSync(folder)).toBe(false), 5000);
  },
);
