import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { PlainOutput } from "../../../../../../src/runtime/plugin/loading/outputs.ts";
import { encode } from "../../../../../../src/runtime/protocol/codec/codec.ts";
import type { DataType } from "../../../../../../src/runtime/protocol/messages/index.ts";
import { commandDriver } from "../../../../../../src/runtime/worker/executors/cbor1/index.ts";
import type { Executor, ExecutorCall } from "../../../../../../src/runtime/worker/executors/executor.ts";
import type { ObjectStore } from "../../../../../../src/runtime/worker/store/object-store.ts";
import { AssignedTask, PreparedKind } from "../../../../../../src/runtime/worker/tasks/assigned-task.ts";
import { TaskDirs } from "../../../../../../src/runtime/worker/tasks/task-dirs.ts";
import { StoredInput } from "../../../../../../src/runtime/worker/tasks/task-input.ts";
import { TaskRun } from "../../../../../../src/runtime/worker/tasks/task-run.ts";
import { isAlive } from "../../../../tasks/run/program.ts";
import { bytesOf, newStore, silent } from "../../support.ts";

const ODD = fileURLToPath(new URL("../../../../../fixtures/executors/odd.mjs", import.meta.url));
const SESSION = 3;
const FIRST_OUTPUT = 50;

interface Outcome {
  run: TaskRun;
  outputs?: readonly PlainOutput[];
  error?: Error;
}

/** What a task is called with besides its method. */
interface Given {
  /** Contents of the objects 0, 1, … */
  inputs?: (string | Uint8Array)[];
  labels?: string[];
  outputs?: { label?: string; dataType?: DataType; contentType?: string; user?: unknown }[];
  config?: unknown;
  user?: unknown;
  inputUsers?: [object: number, user: unknown][];
}

/** An executor with a store, which runs one task after the other. */
async function start({ how = "well", env = {} }: { how?: string; env?: Record<string, string> } = {}) {
  const { store, scratch } = await newStore();
  const dir = join(scratch, "executor");
  await mkdir(dir);
  const driver = commandDriver({
    name: "odd",
    command: process.execPath,
    args: [ODD, how],
    env,
    folder: () => "/",
  });
  const { signal } = new AbortController();
  const socket = join(scratch, "s");
  const executor = await driver.start({ id: 7, dir, socket, memory: undefined, log: silent, signal });
  onTestFinished(async () => {
    executor.kill();
    await executor.exited;
  });
  const dirs = new TaskDirs(scratch);
  let next = 0;
  const call = (method: string, given: Given = {}) =>
    run({ executor, store, dirs, id: next++ }, method, given);
  return { executor, store, dir, call };
}

function run(
  { executor, store, dirs, id }: { executor: Executor; store: ObjectStore; dirs: TaskDirs; id: number },
  method: string,
  { inputs = [], labels, outputs = [{}], config, user, inputUsers = [] }: Given,
): Promise<Outcome> {
  const kind = {
    type: `odd/${method}`,
    resources: { cpus: 1.5 },
    outputs: outputs.map((output) => ({ dataType: "blob" as const, ...output })),
    inputLabels: labels,
    group: 0,
  };
  const task = new AssignedTask({
    session: SESSION,
    id,
    kind: new PreparedKind(kind, undefined),
    config: config === undefined ? undefined : encode(config),
    name: id === 0 ? "first" : "",
    user,
    inputUsers: new Map(inputUsers),
    firstOutput: FIRST_OUTPUT,
    inputs: inputs.map((_, object) => object),
  });
  const taskRun = new TaskRun(task, 0, dirs);
  taskRun.inputs = inputs.map((content, object) => {
    const bytes = typeof content === "string" ? bytesOf(content) : content;
    return new StoredInput(
      store,
      object,
      store.put(SESSION, object, bytes, "text"),
      labels?.[object] ?? "",
      () => undefined,
    );
  });
  return new Promise((resolve) => {
    const settle = (outcome: Omit<Outcome, "run">) => resolve({ run: taskRun, ...outcome });
    executor.run([
      {
        run: taskRun,
        begun() {},
        done: (given) => settle({ outputs: given }),
        failed: (error) => settle({ error: error instanceof Error ? error : new Error(String(error)) }),
        returned() {},
      },
    ]);
    void executor.exited.then(({ code, signal, tail }) =>
      settle({ error: new Error(`ended by ${signal ?? code}: ${tail}`) }),
    );
  });
}

function textOf(output: PlainOutput | undefined): string {
  if (output && "bytes" in output && output.bytes instanceof Uint8Array)
    return Buffer.from(output.bytes).toString();
  throw new Error("the output is not bytes");
}

const jsonOf = ({ outputs }: Outcome) => JSON.parse(textOf(outputs?.[0]));

describe("a call", () => {
  it("says all that is known of the task, and no more", async () => {
    const { call, dir } = await start({ env: { COLOUR: "red" } });
    const outcome = await call("spec", {
      inputs: ["abc", ""],
      labels: ["letters", ""],
      outputs: [{ label: "out", contentType: "json", user: { of: "output" } }],
      config: { n: 1 },
      user: { of: "task" },
      inputUsers: [[0, { of: "input" }]],
    });
    expect(jsonOf(outcome)).toEqual({
      spec: {
        id: [SESSION, 0],
        task_type: "odd/spec",
        config: { n: 1 },
        inputs: [{ id: [SESSION, 0], label: "letters" }, { id: [SESSION, 1] }],
        outputs: [[SESSION, FIRST_OUTPUT]],
        resources: { cpus: 2 },
        name: "first",
        user: { of: "task" },
      },
      inputs: [
        {
          spec: {
            id: [SESSION, 0],
            label: "letters",
            content_type: "text",
            data_type: "blob",
            user: { of: "input" },
          },
          info: { size: 3, content_type: "text" },
          location: ["memory", { type: "Buffer", data: [97, 98, 99] }],
          cache_hint: true,
        },
        {
          spec: { id: [SESSION, 1], content_type: "text", data_type: "blob" },
          info: { size: 0, content_type: "text" },
          location: ["memory", { type: "Buffer", data: [] }],
          cache_hint: true,
        },
      ],
      outputs: [
        {
          spec: {
            id: [SESSION, FIRST_OUTPUT],
            label: "out",
            content_type: "json",
            data_type: "blob",
            user: { of: "output" },
          },
          cache_hint: true,
        },
      ],
      env: "red",
      cwd: dir,
    });
  });

  it("has nothing in it that the task does not have", async () => {
    const { call } = await start();
    await call("echo", { outputs: [] });
    const { spec } = jsonOf(await call("spec"));
    expect(Object.keys(spec)).toEqual(["id", "task_type", "outputs", "resources"]);
  });

  it("has small inputs in it, and the paths of larger ones", async () => {
    const { call } = await start();
    const KiB = 1024;
    const sizes = [128 * KiB, 128 * KiB + 1];
    const { inputs } = jsonOf(await call("spec", { inputs: sizes.map((size) => new Uint8Array(size)) }));
    expect(inputs[0].location[0]).toBe("memory");
    expect(inputs[1].location[0]).toBe("path");
    expect((await readFile(inputs[1].location[1])).length).toBe(sizes[1]);
  });

  it("has the paths of small ones, too, when they are very many", async () => {
    const { call } = await start();
    const inputs = Array.from({ length: 150 }, () => new Uint8Array(120 * 1024));
    const places = jsonOf(await call("places", { inputs }));
    expect(places.filter((place: string) => place === "memory")).toHaveLength(136);
  });
});

describe("a result", () => {
  it("is bytes, with a content type of their own, or an input itself", async () => {
    const { call } = await start();
    const { outputs, run } = await call("echo", { inputs: ["a", "b"], outputs: [{}, {}] });
    expect(outputs).toEqual([run.inputs[0], run.inputs[1]]);
  });

  it("is a file or a directory, which is moved to the task at once", async () => {
    const { call, dir } = await start();
    const file = await call("file");
    const { path, contentType } = (file.outputs ?? [])[0] as { path: string; contentType: string };
    expect(contentType).toBe("text");
    expect(path.startsWith(await file.run.dir())).toBe(true);
    expect(await readFile(path, "utf8")).toBe("from a file");
    await expect(readFile(join(dir, "result.txt"))).rejects.toThrow("ENOENT");
    const folder = await call("folder", { outputs: [{ dataType: "dir" }] });
    const { path: tree } = (folder.outputs ?? [])[0] as { path: string };
    expect(await readFile(join(tree, "sub/a.txt"), "utf8")).toBe("a");
  });

  it("may say more of the task; what the process prints belongs to the task that it runs", async () => {
    const { call } = await start();
    const said = await call("talk");
    expect(said.run.remarks()).toEqual({
      debug: "of the task\noutput 0: of the output",
      user: { n: 1 },
      stdoutTail: "to stdout\n",
      stderrTail: "to stderr\n",
      objects: [{ object: FIRST_OUTPUT, debug: "of the output", user: { m: 2 } }],
    });
    expect((await call("file")).run.remarks()).toBeUndefined();
  });

  it.each([
    ["quoted", 'the "disk" is full'],
    ["bare", "it gave no reason"],
    ["no-outputs", "it gave 0 outputs, but 1 are declared"],
    ["outside", "output 0 lies outside of the executor's directory: /etc/hostname"],
    ["above", "output 0 lies outside of the executor's directory: ../"],
    ["own", "output 0 lies outside of the executor's directory: ."],
    ["link", "output 0 lies outside of the executor's directory: link-0"],
    ["nothing", "output 0 is missing: there is no nothing.txt"],
    ["foreign", "output 0 is [3,4711], which is not an input of the task"],
  ])("fails the task when it is %s, and the executor goes on", async (method, message) => {
    const { call } = await start();
    expect((await call(method)).error?.message).toBe(message);
    expect((await call("file")).error).toBeUndefined();
  });

  it.each([
    ["other-task", "it sent a result for task [3,1]; the result of [3,0] is expected"],
    ["oversize", "a frame of 268435456 bytes is announced; at most 134217728 are allowed"],
    ["garbage", "not a valid CBOR item: unsupported length at byte 0"],
    ["tagged", "not a valid CBOR item: unsupported tag 1"],
    ["unknown", 'unknown message type "hello"'],
    ["register", "it registered a second time"],
  ])("that breaks the protocol (%s) fails the task, and the executor is killed", async (method, message) => {
    const { call, executor } = await start();
    const { error } = await call(method);
    expect(error?.message).toBe(`executor odd (pid ${executor.pid}) broke the protocol: ${message}`);
    expect(await executor.exited).toMatchObject({ signal: "SIGKILL" });
  });

  it("that comes twice counts once", async () => {
    const { call, executor } = await start();
    const { outputs } = await call("twice");
    expect(textOf(outputs?.[0])).toBe("1");
    expect(await executor.exited).toMatchObject({ signal: "SIGKILL" });
  });
});

describe("an executor that ends", () => {
  it.each([
    ["crash", { code: null, signal: "SIGSEGV", tail: "segmentation fault, probably" }],
    ["quit", { code: 5, signal: null, tail: "" }],
  ])("by itself (%s) had the call that it was running", async (method, exit) => {
    const { call, executor } = await start();
    void call(method);
    expect(await executor.exited).toEqual(exit);
    expect(executor.current()?.run.assigned.id).toBe(0);
  });

  it("has the last 4096 bytes of what it printed", async () => {
    const { call, executor } = await start();
    void call("loud-crash");
    const { tail } = await executor.exited;
    expect(tail.endsWith("frame 998\nframe 999")).toBe(true);
    // 4096 bytes, without the line break at the end.
    expect(tail).toHaveLength(4095);
  });

  it("its connection alone is ended", async () => {
    const { call, executor } = await start();
    void call("hang-up");
    expect((await executor.exited).signal).toBe("SIGKILL");
  });

  it("because it is asked to does so", async () => {
    const { call, executor } = await start();
    await call("file");
    await executor.close();
    expect(await executor.exited).toMatchObject({ code: 0, signal: null });
  });

  it.each(["close", "kill"] as const)(
    "leaves no process behind (%s), not even one with a session of its own",
    async (how) => {
      const { call, executor } = await start();
      const { outputs } = await call("detach");
      const pid = Number(textOf(outputs?.[0]));
      expect(isAlive(pid)).toBe(true);
      await executor[how]();
      await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5000 });
    },
  );

  it("is killed to abort a call: the protocol has no other way", async () => {
    const { call, executor } = await start();
    void call("hang");
    const deadline = Date.now() + 10_000;
    while (!executor.current() && Date.now() < deadline) await sleep(5);
    executor.abort(executor.current() as ExecutorCall);
    expect(await executor.exited).toMatchObject({ signal: "SIGKILL" });
  });
});

describe("objects that an executor keeps", () => {
  const last = (outcome: Outcome) => jsonOf(outcome).at(-1);

  it("are not sent again until they are dropped, of which it is told", async () => {
    const { call, executor } = await start();
    const inputs = ["a", "b"];
    expect(last(await call("keep", { inputs }))).toEqual(["call", ["memory", "memory"]]);
    expect(last(await call("seen", { inputs }))).toEqual(["call", ["cached", "cached"]]);
    executor.dropped(SESSION, Uint32Array.of(1, 99));
    executor.dropped(SESSION + 1, Uint32Array.of(0));
    const seen = jsonOf(await call("seen", { inputs }));
    expect(seen.slice(-2)).toEqual([
      ["drop_cached", [[SESSION, 1]]],
      ["call", ["cached", "memory"]],
    ]);
  });

  it("go with their session", async () => {
    const { call, executor } = await start();
    await call("keep", { inputs: ["a", "b"] });
    executor.dropped(SESSION);
    expect(jsonOf(await call("seen"))[1]).toEqual([
      "drop_cached",
      [
        [SESSION, 0],
        [SESSION, 1],
      ],
    ]);
  });

  it("are dropped at once when they have gone while it came to keep them", async () => {
    const { call, executor } = await start();
    const kept = call("keep", { inputs: ["a"] });
    executor.dropped(SESSION, Uint32Array.of(0));
    await kept;
    expect(jsonOf(await call("seen"))[1]).toEqual(["drop_cached", [[SESSION, 0]]]);
  });
});

describe("an executor that cannot be used", () => {
  it.each([
    ["exit", "executor odd exited with code 3 before it had registered:\nno licence found"],
    ["wrong-type", 'executor odd: it registered as "even"; "odd" is expected'],
    ["wrong-protocol", 'executor odd: it speaks "cbor-0"; "cbor-1" is expected'],
    [
      "garbage",
      "executor odd: it did not register, but sent something else: not a valid CBOR item: it is incomplete",
    ],
    ["hang-up", "executor odd exited with code 0 before it had registered"],
  ])("because of how it starts (%s)", async (how, message) => {
    await expect(start({ how })).rejects.toMatchObject({ code: "EXECUTOR_FAILED", message });
  });

  it("because it says nothing for half a minute", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const started = start({ how: "silent" });
    const failure = started.catch((error: Error) => error.message);
    const deadline = performance.now() + 10_000;
    while (vi.getTimerCount() === 0 && performance.now() < deadline) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await failure).toBe("executor odd has not registered within 30 s");
  });

  it("because its program is missing", async () => {
    const driver = commandDriver({ name: "py", command: "python-of-nowhere", folder: () => "/" });
    const { scratch } = await newStore();
    const { signal } = new AbortController();
    await expect(
      driver.start({
        id: 1,
        dir: scratch,
        socket: join(scratch, "s"),
        memory: undefined,
        log: silent,
        signal,
      }),
    ).rejects.toThrow("executor py cannot be started: the program python-of-nowhere was not found in PATH (");
  });
});
