import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { packTar } from "modern-tar";
import { describe, expect, onTestFinished, test } from "vitest";
import { SERVER_SLOT } from "../../../../src/runtime/model/slots.ts";
import { defineTask, type TaskType } from "../../../../src/runtime/plugin/contract/index.ts";
import { createRegistry } from "../../../../src/runtime/plugin/registry.ts";

import { type RunningWorker, startWorker } from "../../../../src/runtime/worker/index.ts";
import { builtin } from "../../../../src/tasks/index.ts";
import { assign, constant, startFakeServer } from "./fake-server.ts";
import { eventually, MiB, silent, temporaryDirectory } from "./support.ts";

const SESSION = 9;

type FakeServer = Awaited<ReturnType<typeof startFakeServer>>;

/** Joins a worker to the server, and gives both ends. */
async function joinWorker(
  server: FakeServer,
  options: { cpus?: number; tasks?: TaskType[]; workDir?: string } = {},
) {
  const { cpus = 2, tasks = [] } = options;
  const workDir = options.workDir ?? (await temporaryDirectory());
  const registry = createRegistry([builtin, { name: "test", tasks }]);
  const running: RunningWorker = await startWorker({
    server: server.address,
    cpus,
    workDir,
    registry,
    executors: { script: "none" },
    log: silent,
  });
  onTestFinished(() => running.stop());
  const joined = server.workers[running.id - 1];
  return { running, joined, workDir };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("starting", () => {
  test("a worker says what it has and where its data is", async () => {
    const server = await startFakeServer();
    const { running, joined } = await joinWorker(server, { cpus: 3 });
    expect(running.id).toBe(1);
    expect(joined.hello).toMatchObject({ cpus: 3, pid: process.pid });
    expect(joined.hello.dataUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(joined.hello.taskTypes.map(({ name }) => name)).toContain("builtin/concat");
    expect(joined.hello.contentTypes).toContain("text");
  });

  test("a work directory that cannot be written to is named", async () => {
    const dir = await temporaryDirectory();
    await writeFile(join(dir, "file"), "");
    const workDir = join(dir, "file", "work");
    const server = await startFakeServer();
    await expect(joinWorker(server, { workDir })).rejects.toMatchObject({
      code: "START_FAILED",
      message: expect.stringContaining(workDir),
    });
  });

  test("without a server it does not start, and leaves nothing behind", async () => {
    const server = await startFakeServer();
    await server.close();
    const workDir = await temporaryDirectory();
    await expect(joinWorker(server, { workDir })).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
    expect(await readdir(workDir)).toEqual([]);
  });
});

describe("running tasks", () => {
  test("inputs sent along, and outputs of tasks before, make the right bytes", async () => {
    const { joined } = await joinWorker(await startFakeServer());
    joined.send(
      assign(
        SESSION,
        [
          { id: 0, inputs: [{ object: 0 }, { object: 1 }], firstOutput: 2 },
          { id: 1, inputs: [{ object: 2 }, { object: 0 }, { object: 0 }], firstOutput: 3 },
        ],
        [constant(0, "Hello "), constant(1, "world!")],
      ),
    );
    await eventually(() => joined.finished().length === 2, "both have finished");
    const reports = joined.all("finished");
    expect(reports.every(({ session }) => session === SESSION)).toBe(true);
    expect(reports.flatMap(({ sizes }) => [...sizes])).toEqual([12, 24]);
    for (const { durations, secondsAgo } of reports) {
      expect([...durations, ...secondsAgo].every((seconds) => seconds >= 0 && seconds < 5)).toBe(true);
    }
    expect(await joined.fetch(SESSION, 3)).toBe("Hello world!Hello Hello ");
  });

  test("objects cross from worker to worker, small ones, large ones and directories", async () => {
    const server = await startFakeServer();
    const [{ joined: one }, { joined: two }] = [await joinWorker(server), await joinWorker(server)];
    two.send(["peers", { peers: [{ slot: one.slot, url: one.hello.dataUrl }] }]);
    const head = ["/bin/sh", "-c", "head -c 3000000 /dev/zero > big; mkdir tree; echo hello > tree/a"];
    one.send(
      assign(
        SESSION,
        [
          { id: 0, inputs: [{ object: 0 }, { object: 0 }], firstOutput: 1 },
          {
            id: 1,
            type: "builtin/run",
            config: { args: head, in_paths: [], out_paths: ["big", "tree"] },
            firstOutput: 2,
            outputs: [{ dataType: "blob" }, { dataType: "dir" }],
          },
        ],
        [constant(0, "abc")],
      ),
    );
    await eventually(() => one.finished().length === 2, "the first worker is done");
    const source = one.slot;
    two.send(
      assign(SESSION, [
        {
          id: 2,
          inputs: [1, 2].map((object) => ({ object, source, size: object === 1 ? 6 : 3_000_000 })),
          firstOutput: 4,
        },
        {
          id: 3,
          type: "builtin/slice_directory",
          config: { path: "a" },
          inputs: [{ object: 3, source, size: 6 }],
          firstOutput: 5,
        },
      ]),
    );
    await eventually(() => two.finished().length === 2, "the second worker is done");
    const joinedBytes = await two.fetch(SESSION, 4);
    expect([joinedBytes?.length, joinedBytes?.slice(0, 6)]).toEqual([3_000_006, "abcabc"]);
    expect(await two.fetch(SESSION, 5)).toBe("hello\n");
    const sample = () =>
      two.all("sample").at(-1) ?? { received: 0, objectMemory: 0, objectFiles: 0, memory: 0 };
    await eventually(() => sample().received === 3_000_012, "the worker has told what it received");
    expect(sample().objectMemory + sample().objectFiles).toBeGreaterThan(6_000_000);
    expect(sample().memory).toBeGreaterThan(10 * MiB);
  });

  test("constants come from the server: large ones over HTTP, small directories along with the task", async () => {
    const tar = await packTar([{ header: { name: "a", size: 5 }, body: "hello" }]);
    const large = Buffer.alloc(2 * MiB, "x");
    const server = await startFakeServer({
      onRequest: (_, response) => {
        response.writeHead(200, { "content-length": large.length, "x-rain-data-type": "blob" }).end(large);
      },
    });
    const { joined } = await joinWorker(server);
    const task = { id: 0, inputs: [{ object: 0, source: SERVER_SLOT, size: large.length }], firstOutput: 2 };
    const slice = {
      id: 1,
      type: "builtin/slice_directory",
      config: { path: "a" },
      inputs: [{ object: 1 }],
      firstOutput: 3,
    };
    const info = { size: tar.length, dataType: "dir" as const, contentType: "" };
    joined.send(assign(SESSION, [task, slice], [{ object: 1, info, data: tar }]));
    await eventually(() => joined.finished().length === 2, "both have finished");
    expect((await joined.fetch(SESSION, 2))?.length).toBe(large.length);
    expect(await joined.fetch(SESSION, 3)).toBe("hello");
  });

  test("a failing task is reported with its worker, and others go on", async () => {
    const { joined } = await joinWorker(await startFakeServer());
    joined.send(
      assign(SESSION, [
        {
          id: 0,
          type: "builtin/run",
          config: { args: ["sh", "-c", "echo oh no >&2; exit 3"] },
          outputs: [],
          name: "bad",
        },
        { id: 1 },
      ]),
    );
    const { task, error, extra } = await joined.first("failed");
    expect(task).toBe(0);
    expect(error).toMatchObject({
      code: "TASK_FAILED",
      message: expect.stringContaining("oh no"),
      details: { exitCode: 3, name: "bad", worker: 1 },
    });
    expect(extra.stderrTail).toContain("oh no");
    await eventually(() => joined.finished().includes(1), "the other one has finished");
  });

  test("a task whose input cannot be brought goes back, with what was wrong", async () => {
    const { joined } = await joinWorker(await startFakeServer());
    joined.send(assign(SESSION, [{ id: 0, inputs: [{ object: 5, source: 77, size: 10 }] }]));
    const { tasks, source, error } = await joined.first("missing");
    expect([[...tasks], source]).toEqual([[0], 77]);
    expect(error).toMatchObject({ code: "OBJECT_LOST", message: expect.stringContaining("object 5") });
  });

  test("what is to come from a worker that is lost goes back at once", async () => {
    const { joined } = await joinWorker(await startFakeServer());
    const silent = createServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    joined.send(["peers", { peers: [{ slot: 9, url: `http://127.0.0.1:${port}` }] }]);
    joined.send(assign(SESSION, [{ id: 0, inputs: [{ object: 5, source: 9, size: 10 }] }]));
    joined.send(["peerLost", { slot: 9 }]);
    expect(await joined.first("missing")).toMatchObject({ object: 5, source: 9 });
  });

  test("a task that needs more cpus than there are fails instead of blocking the others", async () => {
    const { joined } = await joinWorker(await startFakeServer(), { cpus: 2 });
    joined.send(assign(SESSION, [{ id: 0, cpus: 3 }, { id: 1 }]));
    expect((await joined.first("failed")).error.message).toContain("3 cpus");
    await eventually(() => joined.finished().includes(1), "the other one has finished");
  });

  test("long tasks are reported as started", async () => {
    const { joined } = await joinWorker(await startFakeServer());
    const slow = { type: "builtin/sleep", inputs: [{ object: 0 }] };
    joined.send(
      assign(
        SESSION,
        [
          { id: 0, ...slow, config: 0 },
          { id: 1, ...slow, config: 0.3 },
        ],
        [constant(0, "x")],
      ),
    );
    await eventually(() => joined.finished().length === 2, "both have finished");
    expect(joined.all("started").map(({ tasks }) => [...tasks])).toEqual([[1]]);
  });

  test("while thousands of small tasks run it still listens", async () => {
    const busy = defineTask({
      name: "busy",
      summary: "",
      inputs: {},
      outputs: { fixed: [{}] },
      run: () => {
        const end = performance.now() + 0.2;
        while (performance.now() < end);
        return [new Uint8Array()];
      },
    });
    const { joined } = await joinWorker(await startFakeServer(), { tasks: [busy] });
    const count = 5000;
    joined.send(
      assign(
        SESSION,
        Array.from({ length: count }, (_, id) => ({ id, type: "test/busy" })),
      ),
    );
    await joined.first("finished");
    joined.send(["retract", { session: SESSION, tasks: Uint32Array.of(0, count - 1) }]);
    expect([...(await joined.first("returned")).tasks]).toEqual([count - 1]);
    await eventually(() => joined.finished().length === count - 1, "the others have finished");
  });
});

describe("taking back", () => {
  test("retract gives back what has not started, and it does not run", async () => {
    const { joined } = await joinWorker(await startFakeServer(), { cpus: 1 });
    const constants = [constant(0, "x")];
    joined.send(
      assign(
        SESSION,
        [{ id: 0, type: "builtin/sleep", config: 0.2, inputs: [{ object: 0 }] }, { id: 1 }, { id: 2 }],
        constants,
      ),
    );
    await joined.first("started");
    joined.send(["retract", { session: SESSION, tasks: Uint32Array.of(0, 2) }]);
    expect([...(await joined.first("returned")).tasks]).toEqual([2]);
    await eventually(() => joined.finished().length === 2, "the others have finished");
    expect(joined.finished()).toEqual([0, 1]);
  });

  test("a dropped object is not served any more", async () => {
    const { joined } = await joinWorker(await startFakeServer());
    joined.send(assign(SESSION, [{ id: 0, firstOutput: 1 }]));
    await joined.first("finished");
    expect(await joined.fetch(SESSION, 1)).toBe("");
    joined.send(["drop", { session: SESSION, objects: Uint32Array.of(1, 55) }]);
    await eventually(async () => (await joined.fetch(SESSION, 1)) === undefined, "it is gone");
  });

  test("the end of a session kills its programs, frees its objects, and makes room for others", async () => {
    const { joined, workDir } = await joinWorker(await startFakeServer(), { cpus: 1 });
    const pidFile = join(workDir, "pid");
    const args = ["/bin/sh", "-c", `echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; sleep 300`];
    joined.send(assign(SESSION, [{ id: 0, firstOutput: 0 }]));
    await joined.first("finished");
    joined.send(assign(SESSION, [{ id: 1, type: "builtin/run", config: { args }, outputs: [] }]));
    joined.send(assign(SESSION + 1, [{ id: 0 }]));
    await eventually(async () => (await readdir(workDir)).includes("pid"), "the program runs");
    const pid = Number(await readFile(pidFile, "utf8"));
    expect(isAlive(pid)).toBe(true);
    joined.send(["endSession", { session: SESSION }]);
    await eventually(() => !isAlive(pid), "the program is gone");
    await eventually(
      () => joined.all("finished").some(({ session }) => session === SESSION + 1),
      "the other session runs",
    );
    expect(await joined.fetch(SESSION, 0)).toBeUndefined();
    expect(joined.all("failed")).toEqual([]);
  });
});

describe("losing the server", () => {
  test("what finishes while the connection is down is told once it is back, once", async () => {
    const server = await startFakeServer();
    const { joined } = await joinWorker(server, { cpus: 1 });
    const slow = { type: "builtin/sleep", inputs: [{ object: 0 }], config: 0.02 };
    const tasks = Array.from({ length: 20 }, (_, id) => ({ id, ...slow }));
    joined.send(assign(SESSION, tasks, [constant(0, "x")]));
    for (let cuts = 1; cuts <= 3; cuts++) {
      await eventually(() => joined.finished().length >= 5 * cuts, "some have finished");
      server.cutConnections();
    }
    await eventually(() => joined.finished().length === 20, "all have finished");
    expect(joined.finished()).toEqual(tasks.map(({ id }) => id));
    expect(await joined.fetch(SESSION, 1019)).toBe("x");
  });

  test("to the next one of the same cluster it brings what it has, and what it runs goes on", async () => {
    const server = await startFakeServer();
    const { joined } = await joinWorker(server, { cpus: 2 });
    const long = { type: "builtin/sleep", inputs: [{ object: 0 }], config: 300 };
    const quick = { inputs: [{ object: 0 }] };
    const tasks = [
      { id: 0, ...quick },
      { id: 1, ...long },
      { id: 2, ...long },
      { id: 3, ...long },
    ];
    const mute = { id: 4, type: "builtin/run", config: { args: ["true"] }, outputs: [] };
    joined.send(assign(SESSION, [mute]));
    await eventually(() => joined.finished().includes(4), "the task without outputs has finished");
    joined.send(assign(SESSION, tasks, [constant(0, "x")]));
    await eventually(() => joined.all("started").flatMap(({ tasks }) => [...tasks]).length === 2, "two run");
    await server.die();
    const next = await startFakeServer({ port: server.port });
    await eventually(() => next.workers.length === 1, "it joins again");
    const [again] = next.workers;
    expect(again.hello.former).toEqual({ cluster: "test", worker: 1 });
    expect(await again.first("inventory")).toMatchObject({
      session: SESSION,
      opened: 1,
      objects: Uint32Array.of(0, 1000),
      sizes: Float64Array.of(1, 1),
      contentTypes: ["text", ""],
      contentType: Uint32Array.of(0, 1),
      running: Uint32Array.of(1, 2),
      finished: Uint32Array.of(4),
    });
    await again.first("inventoryEnd");
    again.send(["abort", { session: SESSION, tasks: Uint32Array.of(1) }]);
    again.send(assign(SESSION, [{ id: 5, ...quick }]));
    await eventually(() => again.finished().includes(5), "it takes further tasks");
    expect(await again.fetch(SESSION, 1000)).toBe("x");
  });

  test("of another cluster's sessions it knows nothing any more", async () => {
    const server = await startFakeServer();
    const { joined } = await joinWorker(server);
    joined.send(assign(SESSION, [{ id: 0 }], [constant(0, "x")]));
    await joined.first("finished");
    await server.die();
    const next = await startFakeServer({ port: server.port, cluster: "another" });
    await eventually(() => next.workers.length === 1, "it joins");
    await eventually(async () => (await next.workers[0].fetch(SESSION, 1000)) === undefined, "it forgets");
    expect(
      next.workers[0].received.filter(([kind]) => kind === "inventory" || kind === "inventoryEnd"),
    ).toEqual([]);
  });

  test("when it is not welcome any more the worker stops and says why", async () => {
    const server = await startFakeServer();
    const { running, joined, workDir } = await joinWorker(server);
    const args = ["sleep", "300"];
    joined.send(assign(SESSION, [{ id: 0, type: "builtin/run", config: { args }, outputs: [] }]));
    await joined.first("started");
    await server.die();
    await startFakeServer({ port: server.port, refuses: true });
    expect(await running.closed).toMatchObject({ code: "REFUSED" });
    expect(await readdir(workDir)).toEqual([]);
  });
});

describe("stopping", () => {
  test("stop kills programs, closes the data server and removes all files but those of others", async () => {
    const { running, joined, workDir } = await joinWorker(await startFakeServer());
    await mkdir(join(workDir, "of-others"));
    joined.send(
      assign(SESSION, [
        { id: 0, type: "builtin/run", config: { args: ["sleep", "300"] }, outputs: [] },
        { id: 1, firstOutput: 1 },
      ]),
    );
    await joined.first("started");
    await Promise.all([running.stop(), running.stop()]);
    expect(await running.closed).toBeUndefined();
    expect(await readdir(workDir)).toEqual(["of-others"]);
    await expect(joined.fetch(SESSION, 1)).rejects.toThrow();
    await eventually(() => joined.link.state === "closed", "the server knows");
  });

  test("the server can stop it", async () => {
    const { running, joined, workDir } = await joinWorker(await startFakeServer());
    joined.send(["stop", {}]);
    expect(await running.closed).toBeUndefined();
    expect(await readdir(workDir)).toEqual([]);
  });
});
