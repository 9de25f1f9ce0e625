import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { expect, onTestFinished } from "vitest";

const BIN = fileURLToPath(new URL("../../bin/rain.js", import.meta.url));
const COMMAND_SECONDS = 50;

/** How a command ended and all it printed. */
export interface Outcome {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

/** A user of Rain in an empty directory with a state of its own. */
export interface Shell {
  directory: string;
  home: string;
  /** Writes a file into the directory. */
  write(name: string, text: string): Promise<void>;
  /** Runs `rain …` to its end. */
  rain(...args: string[]): Promise<Outcome>;
  /** Runs `rain … --json`; answers what stdout holds, which must be one JSON document. */
  json(...args: string[]): Promise<Outcome & { value: Json }>;
  /** `rain …` that goes on while the test does. */
  spawn(...args: string[]): Running;
  /** Starts a cluster on a free port; `dispose` stops it. */
  start(...args: string[]): Promise<Cluster>;
  /** Stops what runs and removes the directory. */
  dispose(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into documents of many shapes.
export type Json = any;
export type Running = ReturnType<typeof spawnRain>;

export interface Cluster {
  address: string;
  pid: number;
  /** Absent with `--no-token`. */
  tokenFile: string;
  workers: { pid: number; cpus: number }[];
  directory: string;
  logDirectory: string;
  workDirectory: string;
}

export interface ShellOptions {
  runtime?: Runtime;
  env?: Record<string, string | undefined>;
  /** The user who runs the commands, if it is another one. See `canRunAs`. */
  uid?: number;
}

/** Whether this is root, and another user can run Rain. */
export function canRunAs(uid: number): boolean {
  if (process.getuid?.() !== 0) return false;
  const [program = "", ...args] = runtimeCommand();
  return spawnSync(program, [...args, "--version"], { uid, gid: uid, cwd: "/" }).status === 0;
}

export type Runtime = "node" | "deno" | (string & {});

/** `$RAIN_TEST_RUNTIME` runs the suite on another runtime: `deno`, or the path of a node. */
export function runtimeCommand(runtime: Runtime = process.env.RAIN_TEST_RUNTIME || "node"): string[] {
  if (runtime === "deno") return [denoPath(), "run", "-A", BIN];
  return [runtime === "node" ? process.execPath : runtime, BIN];
}

/** A shell for one test. */
export async function openShell(options: ShellOptions = {}): Promise<Shell> {
  const shell = await createShell(options);
  onTestFinished(() => shell.dispose());
  return shell;
}

/** A shell for several tests: dispose of it after them. */
export async function createShell(options: ShellOptions = {}): Promise<Shell> {
  const directory = await mkdtemp(join(tmpdir(), "shell-"));
  const home = join(directory, ".rain");
  const { uid } = options;
  // Another user cannot write to the folders of this one.
  const folders = uid === undefined ? {} : { HOME: directory, TMPDIR: directory };
  const env = { RAIN_HOME: home, RAIN_SERVER: "", NO_COLOR: "1", ...folders, ...options.env };
  if (uid !== undefined) {
    await chown(directory, uid, uid);
    await chmod(tmpdir(), 0o711);
  }
  const spawn = (...args: string[]) =>
    spawnRain([...runtimeCommand(options.runtime), ...args], {
      cwd: directory,
      env,
      ...(uid !== undefined && { uid, gid: uid }),
    });
  const rain = async (...args: string[]): Promise<Outcome> => {
    const running = spawn(...args);
    running.stdin?.end();
    const { exitCode, stdout, stderr } = await running;
    return { code: exitCode, stdout, stderr };
  };
  const shell: Shell = {
    directory,
    home,
    write: (name, text) => writeFile(join(directory, name), text),
    rain,
    spawn,
    async dispose() {
      // Without a cluster of its own, `stop` would go to whatever runs on the usual port of this machine.
      const outcome = existsSync(join(home, "cluster.json")) ? await rain("stop") : { code: 0 };
      await rm(directory, { recursive: true, force: true });
      expect(outcome).toMatchObject({ code: 0 });
    },
    async json(...args) {
      const outcome = await rain(...args, "--json");
      return { ...outcome, value: JSON.parse(outcome.stdout) };
    },
    async start(...args) {
      const { code, value } = await shell.json("start", "--listen", "0", ...args);
      expect(value).not.toHaveProperty("error");
      expect(code).toBe(0);
      return value;
    },
  };
  return shell;
}

function spawnRain(
  [program = "", ...args]: string[],
  as: { cwd: string; env: Record<string, string | undefined>; uid?: number; gid?: number },
) {
  return execa(program, args, {
    ...as,
    reject: false,
    stripFinalNewline: false,
    timeout: COMMAND_SECONDS * 1000,
  });
}

/** `HOST:PORT` where nobody listens. */
export async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

/** Waits for a condition that is sure to come, and fails when it does not within ten seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not come to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A process that has ended, though its parent has not asked how, is not alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync("/proc") || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function denoPath(): string {
  return join(dirname(createRequire(import.meta.url).resolve("deno/package.json")), "deno");
}
