import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { array, assert, asyncProperty, string, tuple } from "fast-check";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { TAIL_BYTES } from "../../../../src/runtime/platform/files/output-tail.ts";
import { Launcher } from "../../../../src/tasks/run/launcher.ts";
import type { Ended, Program } from "../../../../src/tasks/run/program.ts";
import { runSpawned } from "../../../../src/tasks/run/spawned.ts";
import { scratchDirectory } from "../run-task.ts";
import { isAlive } from "./program.ts";

const HAS_SETSID = process.platform === "linux" && spawnSync("setsid", ["true"]).status === 0;
const HAS_SUBREAPER = spawnSync("python3", ["-c", "import ctypes"]).status === 0;

let launcher: Launcher | undefined;
beforeAll(async () => {
  launcher = await Launcher.start(() => {});
});

let directory: string;
beforeEach(async () => {
  directory = await scratchDirectory();
});

const never = () => new AbortController().signal;

function programOf([command, ...args]: string[], more: Partial<Program> = {}): Program {
  return {
    command,
    args,
    cwd: directory,
    variables: {},
    scratch: directory,
    memory: undefined,
    graceMs: 2000,
    stdin: undefined,
    stdout: undefined,
    stderr: undefined,
    ...more,
  };
}
const shell = (line: string, ...args: string[]) => ["/bin/sh", "-c", line, "sh", ...args];
const textOf = (printed: { tail: Uint8Array }) => new TextDecoder().decode(printed.tail);

async function launched(program: Program, abort = never()): Promise<Ended> {
  const ended = await launcher?.run(program, abort);
  if (!ended) throw new Error("the launcher did not start the program");
  return ended;
}

describe.each([
  ["by the launcher", launched],
  ["as a child of Node", runSpawned],
])("a program that is started %s", (_, start: (program: Program, abort: AbortSignal) => Promise<Ended>) => {
  const run = (words: string[], more?: Partial<Program>) => start(programOf(words, more), never());
  const printedBy = async (words: string[], more?: Partial<Program>) =>
    textOf((await run(words, more)).stdout);
  const exitOf = async (line: string) => (await run(shell(line))).exit;

  test("gets its arguments byte for byte", async () => {
    const argument = string({ unit: "grapheme", maxLength: 20 }).filter((text) => !text.includes("\0"));
    const awkward = ["", "-n", "--", "a\nb", "'", '"', "\\", "$HOME", "`x`", "*", "\x01\x7f", "é€😀", " \t"];
    await assert(
      asyncProperty(tuple(array(argument, { maxLength: 5 })), async ([more]) => {
        const args = [...awkward, ...more];
        const printed = await printedBy(["/bin/sh", "-c", 'printf "%s|" "$@"', "sh", ...args]);
        expect(printed).toBe(args.map((arg) => `${arg}|`).join(""));
      }),
      { numRuns: 20 },
    );
  });

  test("is called by the name that was given", async () => {
    expect(await printedBy(["sh", "-c", "cat /proc/$$/cmdline"])).toMatch(/^sh\0-c\0/);
  });

  test("has exactly the environment of this process, its own variables, and the mark of its run", async () => {
    const variables = {
      "a.b": "1",
      "BASH_FUNC_f%%": "() { :; }",
      EMPTY: "",
      LINES: "a\nb",
      HOME: "/else",
      IFS: "x",
    };
    const printed = await printedBy(["cat", "/proc/self/environ"], { variables });
    const expected = Object.entries({ ...process.env, ...variables }).map(
      ([name, value]) => `${name}=${value}`,
    );
    const lines = printed.split("\0").slice(0, -1).sort();
    expect(lines.filter((line) => !line.startsWith("RAIN_RUN="))).toEqual(expected.sort());
    expect(lines).toContainEqual(expect.stringMatching(/^RAIN_RUN=\d+-\d+-\d+\.[\d.]+$/));
  });

  test("is looked for in its own PATH", async () => {
    writeFileSync(join(directory, "hello"), "#!/bin/sh\necho here\n", { mode: 0o755 });
    expect(await printedBy(["hello"], { variables: { PATH: `/nowhere:${directory}` } })).toBe("here\n");
    expect((await run(["true"])).exit).toEqual({ code: 0, signal: null });
  });

  describe.runIf(existsSync("/proc/self/stat"))("with a limit of memory", () => {
    // `tail` holds a line until it can write it.
    const hungry = (mebibytes: number, seconds: number) =>
      `head -c ${mebibytes}M /dev/zero | tail -n 1 | sleep ${seconds}`;

    test("is killed with all that it started when they take more", async () => {
      const { exit, exceeded } = await run(shell(hungry(200, 60)), { memory: 50 * 2 ** 20 });
      expect(exit.signal).toBe("SIGKILL");
      expect(exceeded).toBeGreaterThan(50 * 2 ** 20);
    });

    test("is left alone when they take less", async () => {
      const ended = await run(shell(hungry(20, 0.3)), { memory: 500 * 2 ** 20 });
      expect(ended).toMatchObject({ exit: { code: 0 } });
      expect(ended.exceeded).toBeUndefined();
    });
  });

  test("has its directory, umask and limits", async () => {
    const here = execFileSync("/bin/sh", ["-c", "umask; ulimit -a"], { encoding: "utf8" });
    expect(await printedBy(shell("pwd; umask; ulimit -a"))).toBe(`${directory}\n${here}`);
  });

  test("has default signals, and no files but those that every child has", async () => {
    const status = await printedBy(["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]);
    expect(status.split("\n").filter((line) => /[1-9a-f]$/.test(line.replace(/^Sig\w+:\s*0*/, "")))).toEqual(
      [],
    );
    const files = ["ls", "/proc/self/fd"];
    // Not simply three: this process may have been started with further ones.
    expect(await printedBy(files)).toBe(execFileSync(files[0], [files[1]], { encoding: "utf8" }));
  });

  test("leads a process group and a session of its own", async () => {
    const stat = await printedBy(["cat", "/proc/self/stat"]);
    const [pid, , , , group, session] = stat.split(" ");
    expect([group, session]).toEqual([pid, pid]);
  });

  test.each([0, 1, 126, 127, 128, 130, 137, 141, 143, 255])("that exits with %i", async (code) => {
    expect(await exitOf(`exit ${code}`)).toEqual({ code, signal: null });
  });

  test.each(["SIGHUP", "SIGINT", "SIGPIPE", "SIGTERM", "SIGKILL", "SIGSEGV"] as const)(
    "that is ended by %s",
    async (signal) => {
      const line = `ulimit -c 0; kill -${constants.signals[signal]} $$`;
      expect(await exitOf(line)).toEqual({ code: null, signal });
    },
  );

  test("that was stopped for a while has not ended", async () => {
    expect(await exitOf("(sleep 0.2; kill -CONT $$) & kill -STOP $$; exit 4")).toEqual({
      code: 4,
      signal: null,
    });
  });

  test("reads the file that is its input, and else nothing", async () => {
    const stdin = join(directory, "input");
    writeFileSync(stdin, "text");
    expect(await printedBy(["cat"], { stdin })).toBe("text");
    expect(await printedBy(["cat"])).toBe("");
  });

  test("prints into files where they are named, and else only its end is kept", async () => {
    const line = 'head -c "$1" /dev/zero; echo end; echo error >&2';
    const stdout = join(directory, "out");
    for (const named of [{ stdout }, {}]) {
      const ended = await run(shell(line, "20000"), named);
      expect(ended.stdout.size).toBe(20_004);
      expect(textOf(ended.stdout)).toBe(`${"\0".repeat(TAIL_BYTES - 4)}end\n`);
      expect(textOf(ended.stderr)).toBe("error\n");
    }
    expect(readFileSync(stdout).length).toBe(20_004);
    expect(readdirSync(directory)).toEqual(["out"]);
    // What the last one printed is nothing of the next.
    expect(await run(["true"])).toMatchObject({ stdout: { size: 0 }, stderr: { size: 0 } });
    expect(await printedBy(["echo", "x"])).toBe("x\n");
  });

  test("may run beside others, each with its own output", async () => {
    const numbers = Array.from({ length: 20 }, (_, i) => String(i));
    expect(await Promise.all(numbers.map((number) => printedBy(["echo", number])))).toEqual(
      numbers.map((number) => `${number}\n`),
    );
  });

  test("leaves nobody of its group behind", async () => {
    const pid = Number(await printedBy(shell("sleep 100 & echo $!")));
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false));
  });

  test.each([
    ["ends when it is asked to", "echo $$ > pid; sleep 100 & wait", "SIGTERM"],
    ["is killed when it does not", "trap '' TERM; echo $$ > pid; while :; do sleep 0.1; done", "SIGKILL"],
  ])("and is to stop %s", async (_how, line, signal) => {
    const abort = new AbortController();
    const ended = start(programOf(shell(line)), abort.signal);
    await vi.waitFor(() => expect(existsSync(join(directory, "pid"))).toBe(true), { timeout: 5000 });
    abort.abort();
    expect((await ended).exit).toEqual({ code: null, signal });
  });

  test("and is to stop from the start does", async () => {
    const { exit } = await start(programOf(["sleep", "100"]), AbortSignal.abort());
    expect(exit).toEqual({ code: null, signal: "SIGTERM" });
  });
});

/** A line that starts a process with a session of its own, which writes its pid into a file, and waits for that. */
const detached = (file: string, by = "setsid") =>
  `(${by} sh -c 'echo $$ > ${file}; exec sleep 401' &); while ! [ -s ${file} ]; do sleep 0.01; done`;

/** The pid that a program writes into this file in its directory. */
const pidIn = (file: string) =>
  vi.waitFor(
    () => {
      const pid = Number(readFileSync(join(directory, file), "utf8"));
      expect(pid).toBeGreaterThan(0);
      return pid;
    },
    { timeout: 5000 },
  );
const isGone = (pid: number) => vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 });

describe.runIf(HAS_SETSID).each([
  ["by the launcher", launched],
  ["as a child of Node", runSpawned],
])("what has left the session of a program that is started %s", (_, start) => {
  test.each([
    ["at once", detached("pid")],
    [
      "in several steps",
      `setsid sh -c '${detached("pid").replaceAll("'", "'\\''")}; sleep 402' & while ! [ -s pid ]; do sleep 0.01; done`,
    ],
  ])("%s does not outlive it", async (_, line) => {
    expect((await start(programOf(shell(line)), never())).exit.code).toBe(0);
    await isGone(await pidIn("pid"));
  });

  test("does not outlive its abort", async () => {
    const abort = new AbortController();
    const ended = start(programOf(shell(`${detached("pid")}; sleep 404`)), abort.signal);
    const pid = await pidIn("pid");
    abort.abort();
    await ended;
    await isGone(pid);
  });

  test("goes on as long as the program does, whatever else ends", async () => {
    const abort = new AbortController();
    const ended = start(programOf(shell(`${detached("pid")}; sleep 404`)), abort.signal);
    const pid = await pidIn("pid");
    await start(programOf(shell(detached("other"))), never());
    await isGone(await pidIn("other"));
    expect(isAlive(pid)).toBe(true);
    abort.abort();
    await ended;
    await isGone(pid);
  });
});

describe.runIf(HAS_SETSID && HAS_SUBREAPER)("the launcher as a child subreaper", () => {
  test("has killed everything before it says that the program has ended", async () => {
    await launched(programOf(shell(detached("pid"))));
    expect(isAlive(await pidIn("pid"))).toBe(false);
  });

  test("finds what has no mark, when no other program may have started it", async () => {
    const other = new AbortController();
    const long = launched(programOf(["sleep", "404"]), other.signal);
    await launched(programOf(shell(detached("pid", "env -i setsid"))));
    const pid = await pidIn("pid");
    expect(isAlive(pid)).toBe(true);
    other.abort();
    await long;
    await isGone(pid);
    await launched(programOf(shell(detached("next", "env -i setsid"))));
    await isGone(await pidIn("next"));
  });

  test("kills everything when it is told to end", async () => {
    const own = await Launcher.start(() => {});
    const line = `echo $PPID > parent; ${detached("pid", "env -i setsid")}; sleep 404`;
    const ended = own?.run(programOf(shell(line)), never()).catch(String);
    const pid = await pidIn("pid");
    process.kill(await pidIn("parent"), "SIGTERM");
    await ended;
    await isGone(pid);
  });
});

test.runIf(HAS_SETSID)("what runs is killed when the launcher itself is", async () => {
  const own = await Launcher.start(() => {});
  const line = `echo $PPID > parent; ${detached("pid")}; sleep 404`;
  const ended = own?.run(programOf(shell(line)), never()).catch(String);
  const pid = await pidIn("pid");
  process.kill(await pidIn("parent"), "SIGKILL");
  expect(await ended).toContain("the process that starts programs (python3) ended");
  await isGone(pid);
});

describe("the launcher", () => {
  test.each([
    ["is missing", ["no-such-program"]],
    ["is a directory", ["/"]],
    ["has an impossible argument", ["echo", "a\0b"]],
    ["has an argument that is too long", ["echo", "x".repeat(1 << 20)]],
  ])("starts no program that %s, and goes on", async (_, words) => {
    expect(await launcher?.run(programOf(words), never())).toBeUndefined();
    expect((await launched(programOf(["true"]))).exit.code).toBe(0);
  });

  test("starts none with a directory or input that is missing", async () => {
    expect(await launcher?.run(programOf(["true"], { cwd: join(directory, "no") }), never())).toBeUndefined();
    expect(
      await launcher?.run(programOf(["true"], { stdin: join(directory, "no") }), never()),
    ).toBeUndefined();
  });

  test("takes what runs with it when it is told to end, and starts nothing more", async () => {
    const onEnd = vi.fn();
    const own = await Launcher.start(onEnd);
    const line = "echo $PPID $$ > new; mv new pids; sleep 100 & wait";
    const ended = own?.run(programOf(shell(line)), never()).catch(String);
    const pids = await vi.waitFor(
      () => readFileSync(join(directory, "pids"), "utf8").trim().split(" ").map(Number),
      {
        timeout: 5000,
      },
    );
    process.kill(pids[0], "SIGTERM");
    expect(await ended).toContain("the process that starts programs (python3) ended");
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]));
    expect(onEnd).toHaveBeenCalledOnce();
    expect(await own?.run(programOf(["true"]), never())).toBeUndefined();
  });
});

test("there is no launcher where there is no Python", async () => {
  vi.stubEnv("PATH", directory);
  const onEnd = vi.fn();
  expect(await Launcher.start(onEnd)).toBeUndefined();
  writeFileSync(join(directory, "python3"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  expect(await Launcher.start(onEnd)).toBeUndefined();
  vi.unstubAllEnvs();
});
