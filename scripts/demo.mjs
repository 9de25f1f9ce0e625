// Builds Rain and runs its example, from `rain start` to `rain stop`, in a temporary directory.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const example = join(root, "examples", "late-flights", "late-flights.yml");
const directory = mkdtempSync(join(tmpdir(), "rain-demo-"));
const env = { ...process.env, RAIN_HOME: join(directory, "home"), RAIN_SERVER: "" };

function run(script, args, cwd) {
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], {
    cwd,
    env,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error(`${script} ${args.join(" ")} ended with exit code ${status}`);
}

function rain(...args) {
  console.log(`\n$ rain ${args.map((arg) => (arg === example ? relative(root, example) : arg)).join(" ")}`);
  run("bin/rain.js", args, directory);
}

try {
  console.log("Building Rain …");
  run("scripts/build.mjs", [], root);
  rain("start", "--listen", "0");
  try {
    rain("submit", example);
    rain("status");
    rain("logs");
  } finally {
    rain("stop");
  }
  console.log("\n$ cat late-flights.txt");
  console.log(readFileSync(join(directory, "late-flights.txt"), "utf8"));
} finally {
  rmSync(directory, { recursive: true, force: true });
}
