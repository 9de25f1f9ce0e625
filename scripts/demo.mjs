// Runs the example of examples/ once: start, submit, status, logs, stop, in an empty directory that is removed afterwards.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "rain-demo-"));
const env = { ...process.env, RAIN_HOME: join(directory, "home"), RAIN_SERVER: "" };

function rain(...args) {
  console.log(`\n$ rain ${args.join(" ")}`);
  const { status } = spawnSync(process.execPath, [join(root, "bin", "rain.js"), ...args], {
    cwd: directory,
    env,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`rain ${args[0]} ended with exit code ${status}`);
}

try {
  rain("start", "--listen", "0");
} finally {
  rmSync(directory, { recursive: true, force: true });
}
