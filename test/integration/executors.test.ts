import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { blob, type Client, directory, type Task, task } from "../../src/runtime/client/index.ts";
import type { RainError } from "../../src/runtime/errors.ts";
import type { ExternalTaskType } from "../../src/runtime/plugin/loading/package.ts";
import { type ClusterOptions, eventually, startCluster } from "./cluster.ts";

const MODULE = fileURLToPath(new URL("../fixtures/plugins/misbehave.mjs", import.meta.url));
const MiB = 1 << 20;

/** The task types of a plugin as a worker knows them that has not loaded it. */
function external(module: string, ...names: string[]): ExternalTaskType[] {
  const [name] = names[0].split("/");
  const plugin = {
    name,
    package: `rain-plugin-${name}`,
    version: "1.0.0",
    hash: module,
    folder: dirname(module),
    module,
  };
  return names.map((type) => ({
    package: plugin,
    info: { name: type, summary: "", inputs: "", outputs: "" },
  }));
}

const externals = external(MODULE, "bad/do", "bad/pid", "bad/files");

function startWith(offers: Parameters<typeof startCluster>[0], options: ClusterOptions = {}) {
  return startCluster(offers, { externals, graceMs: 200, ...options });
}

/** Runs a task in a session of its own, and gives how that ended. */
async function outcomeOf(client: Client, bad: Task): Promise<RainError | undefined> {
  await using session = await client.newSession();
  // So its worker knows that tasks of this kind are short, and hands it over together with others.
  await session.submit(Array.from({ length: 20 }, () => deed("nothing", bad.options)));
  await session.waitAll();
  await session.submit(bad);
  try {
    await session.waitAll();
    return undefined;
  } catch (error) {
    return error as RainError;
  }
}

function deed(what: string, options: Task["options"] = {}): Task {
  return task("bad/do", { ...options, config: what });
}

/** Has short tasks of the plugin under way all the time, until it is told to stop; each must succeed. */
async function keepBusy(client: Client, options: Task["options"] = {}): Promise<{ stop(): Promise<number> }> {
  const session = await client.newSession({ name: "others" });
  let stopped = false;
  let count = 0;
  const work = (async () => {
    do {
      await session.submit(Array.from({ length: 1000 }, () => deed("nothing", options)));
      await session.waitAll();
      count += 1000;
    } while (!stopped);
    const { tasks } = await session.status();
    expect(tasks).toMatchObject({ total: count, finished: count, failed: 0 });
    await session.close();
    return count;
  })();
  // It is looked at when it is stopped.
  work.catch(() => {});
  return {
    stop() {
      stopped = true;
      return work;
    },
  };
}

describe("what a task does wrong fails it alone, while 1,000 others run", () => {
  test.each<[string, string, RegExp, Task["options"]?]>([
    ["throws", "throw", /^broken on purpose$/],
    [
      "crashes",
      "crash",
      /^executor plugin bad@1\.0\.0 \(pid \d+\) was killed by SIGSEGV while it ran this task$/,
    ],
    [
      "ends the process",
      "exit",
      /^executor plugin bad@1\.0\.0 \(pid \d+\) exited with code 7 while it ran this task$/,
    ],
    ["loops for ever", "loop", /^timed out after 0.3 s$/, { timeout: 0.3 }],
    ["leaves a rejection unhandled", "reject", /^unhandled rejection: nobody catches this$/],
    ["throws from a timer", "throw-later", /^uncaught exception: thrown from a timer$/],
    [
      "fills the heap",
      "fill-heap",
      /^executor .* ran out of memory, of which it may use 256 MiB, while it ran this task$/,
    ],
    ["takes 10 GB in buffers", "fill-buffers", /^RangeError: Array buffer allocation failed$/],
    [
      "prints and exits",
      "print-and-exit",
      /exited with code 3 while it ran this task:\nwhat I wanted to say$/,
    ],
    ["does not stop when it is told", "deaf", /^timed out after 0.3 s$/, { timeout: 0.3 }],
  ])("a task that %s", { timeout: 60_000 }, async (_, what, message, options) => {
    const { client } = await startWith([{ cpus: 2, memory: 256 * MiB }]);
    const others = await keepBusy(client);
    const error = await outcomeOf(client, deed(what, options));
    expect(error?.code).toBe("TASK_FAILED");
    expect(error?.details).toMatchObject({ type: "bad/do" });
    expect(error?.message.replace(/^task #20 \(bad\/do\) failed on worker 1: /, "")).toMatch(message);
    expect(await others.stop()).toBeGreaterThan(0);
  });

  test("a task that takes too long is blamed, not one just before it", async () => {
    const { client } = await startWith([1]);
    const others = await keepBusy(client, { timeout: 2 });
    const error = await outcomeOf(client, deed("loop", { timeout: 2 }));
    expect(error?.message).toContain("timed out after 2 s");
    await others.stop();
  });

  test("a task that takes long outlives the end of sessions whose tasks wait behind it", async () => {
    const { client } = await startWith([1]);
    await using session = await client.newSession();
    await session.submit(Array.from({ length: 20 }, () => deed("nothing")));
    await session.waitAll();
    const others = await client.newSession();
    const long = deed("busy").keep();
    await session.submit(long);
    await others.submit(Array.from({ length: 1000 }, () => deed("nothing")));
    await others.close();
    expect(await long.output.fetch().text()).toBe("done");
  });

  test("a task that leaves timers behind, of which one throws later", async () => {
    const { client } = await startWith([2]);
    const others = await keepBusy(client);
    expect(await outcomeOf(client, deed("leak"))).toBeUndefined();
    await others.stop();
  });
});

test("tasks behind a short one that turns out to be long go to another process", async () => {
  const { client } = await startWith([2]);
  await using session = await client.newSession();
  await session.submit(Array.from({ length: 50 }, () => deed("nothing")));
  await session.waitAll();
  const long = deed("slow");
  const others = Array.from({ length: 200 }, () => deed("nothing"));
  await session.submit([long, ...others]);
  await session.wait(others);
  await long.update();
  expect(long.info?.state).not.toBe("finished");
  await session.waitAll();
});

test("files, directories, inputs and large bytes come and go without a trace", async () => {
  const { client } = await startWith([1, 1]);
  await using session = await client.newSession();
  const large = blob(new Uint8Array(5 * MiB).fill(1));
  const files = task("bad/files", {
    inputs: {
      first: large,
      small: blob("small"),
      tree: directory(fileURLToPath(new URL("../fixtures", import.meta.url))),
    },
    outputs: [{ label: "file" }, { dataType: "dir" }, {}, {}],
    keep: true,
  });
  await session.submit(files);
  expect(await files.out("file").fetch().text()).toMatch(/^a file in /);
  const tree = task("slice_directory", { inputs: [files.out(1)], config: { path: "sub/1" } }).keep();
  await session.submit(tree);
  expect(await tree.output.fetch().text()).toBe("small");
  expect((await files.out(2).fetch().bytes()).length).toBe(5 * MiB);
  expect((await files.out(3).fetch().bytes()).every((byte) => byte === 7)).toBe(true);
  await files.update();
  expect(files.info).toMatchObject({ debug: "made files", user: { session: session.id } });
});

test("what a task prints is in its log", async () => {
  const { client } = await startWith([1]);
  await using session = await client.newSession();
  await session.submit(["nothing", "print", "nothing"].map((what) => deed(what)));
  await session.waitAll();
  const printed: unknown[] = [];
  for await (const { event, stdout, stderr } of client.logs({ session: session.id })) {
    if (event === "finished") printed.push([stdout, stderr]);
  }
  expect(printed).toEqual([
    [undefined, undefined],
    ["to stdout\n", "to stderr\n"],
    [undefined, undefined],
  ]);
});

test("processes are kept warm, and are shown with what they use", async () => {
  const { client } = await startWith([2]);
  await using session = await client.newSession();
  const executors = async () => (await client.status()).workers[0].executors ?? [];
  const pids: string[] = [];
  for (let i = 0; i < 5; i++) {
    const pid = task("bad/pid").keep();
    await session.submit(pid);
    pids.push(await pid.output.fetch().text());
  }
  expect(new Set(pids).size).toBe(1);
  await eventually(async () => (await executors()).some(({ memory }) => memory > 10 * MiB), "it is measured");
  expect(await executors()).toMatchObject([{ name: "plugin bad@1.0.0", pid: Number(pids[0]), running: 0 }]);
});

test("idle processes end, and others take their place", async () => {
  const { client } = await startWith([1], { executors: { idleMs: 100 } });
  await using session = await client.newSession();
  const pid = task("bad/pid").keep();
  await session.submit(pid);
  const first = Number(await pid.output.fetch().text());
  await eventually(() => !isAlive(first), "the process has ended");
  const again = task("bad/pid").keep();
  await session.submit(again);
  expect(Number(await again.output.fetch().text())).not.toBe(first);
});

test.each(["polite", "deaf", "loop"])("a cancelled task stops, be it %s", async (what) => {
  const { client } = await startWith([1]);
  const session = await client.newSession();
  await session.submit([deed("nothing"), deed(what)]);
  await eventually(async () => (await session.status()).tasks.running === 1, "it runs");
  await session.cancel();
  await using next = await client.newSession();
  await next.submit(deed("nothing"));
  await next.waitAll();
});

test("a worker that stops takes its executors along", async () => {
  const { client, workers } = await startWith([1]);
  const session = await client.newSession();
  const pid = task("bad/pid").keep();
  await session.submit(pid);
  const process = Number(await pid.output.fetch().text());
  await session.submit(deed("loop"));
  await eventually(async () => (await session.status()).tasks.running === 1, "it runs");
  await workers[0].stop();
  expect(isAlive(process)).toBe(false);
});

test("a task may use the memory that it asks for, and no more", async () => {
  const { client } = await startWith([1]);
  const resources = { memory: 64 * MiB };
  const error = await outcomeOf(client, deed("fill-heap", { resources }));
  expect(error?.message).toMatch(/ran out of memory, of which it may use 64 MiB/);
});

test("a plugin that cannot be loaded fails its tasks, and says why", async () => {
  const missing = external("/nowhere/plugin.mjs", "gone/do");
  const { client } = await startCluster([1], { externals: missing });
  await using session = await client.newSession();
  await session.submit(task("gone/do"));
  await expect(session.waitAll()).rejects.toMatchObject({
    code: "TASK_FAILED",
    message: expect.stringContaining("the plugin /nowhere/plugin.mjs cannot be loaded: Cannot find module"),
  });
});

test.each<[string, Parameters<typeof task>[1], string]>([
  ["too many inputs", { inputs: [], outputs: [{}, {}] }, "bad/do: outputs: 1 output expected, 2 given"],
  [
    "a directory for a blob",
    { outputs: [{ dataType: "dir" }] },
    "outputs[0]: expected a blob, but this is a directory",
  ],
])("the declaration is checked where the code is: %s", async (_, options, message) => {
  const { client } = await startWith([1]);
  await using session = await client.newSession();
  await session.submit(task("bad/do", { ...options, config: "nothing" }));
  await expect(session.waitAll()).rejects.toThrow(message);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
