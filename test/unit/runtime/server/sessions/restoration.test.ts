import { dirname, join } from "node:path";
import { pino } from "pino";
import { expect, it, onTestFinished } from "vitest";
import { taskState } from "../../../../../src/runtime/core/index.ts";
import type { ServerToWorker, WorkerHello } from "../../../../../src/runtime/protocol/messages/index.ts";
import { Cluster } from "../../../../../src/runtime/server/cluster/cluster.ts";
import type { WorkerHandle } from "../../../../../src/runtime/server/cluster/registry.ts";
import { Constants } from "../../../../../src/runtime/server/objects/constants.ts";
import { PluginStore } from "../../../../../src/runtime/server/objects/plugin-store.ts";
import { restoreSessions } from "../../../../../src/runtime/server/sessions/restoration.ts";
import { journalPath, open } from "../journal/open-journal.ts";
import { chunk, openSession } from "../journal/records.ts";

const SLOT = 1;
const HELLO = {
  hostname: "h",
  pid: 7,
  cpus: 1,
  taskTypes: [],
  dataUrl: "http://h:1",
} as unknown as WorkerHello;
const log = pino({ level: "silent" });

/** A journal with two sessions. Each has a finished task, whose output is kept. */
async function twoSessions(path: string): Promise<void> {
  const { journal, close } = await open(path);
  for (const session of [1, 2]) {
    openSession(journal, session);
    journal.append(session, ["submitted", { chunk: { ...chunk(0), keep: Uint32Array.of(0) }, more: false }]);
    const columns = { times: Float64Array.of(1), durations: Float32Array.of(1), sizes: Float64Array.of(5) };
    const finished = { worker: 1, tasks: Uint32Array.of(0), ...columns, extras: [], copies: [] };
    journal.append(session, ["finished", finished]);
  }
  await close();
}

async function newServer(path: string) {
  const { journal, former } = await open(path);
  const constants = new Constants(join(dirname(path), "constants"));
  const plugins = new PluginStore(join(dirname(path), "plugins"));
  const cluster = new Cluster({ journal, constants, plugins, log, id: "c", lastSession: 2, lastSlot: 0 });
  onTestFinished(() => cluster.end());
  const sent: ServerToWorker[] = [];
  const worker = {
    slot: SLOT,
    link: { send: (message: ServerToWorker) => sent.push(message) },
    sentKinds: new Map(),
    inquiries: [],
  };
  /** A worker joins with the output of session 1. */
  const join1 = () => {
    cluster.workers.set(SLOT, worker as unknown as WorkerHandle);
    const capacity = { cpus: 1, memory: 1e9, named: {}, labels: {}, types: new Set(["builtin/concat"]) };
    const opened = former?.sessions.get(1)?.createdAt ?? 0;
    const part = {
      session: 1,
      opened,
      objects: Uint32Array.of(0),
      sizes: Float64Array.of(5),
      contentTypes: [""],
      contentType: Uint32Array.of(0),
      running: new Uint32Array(),
      finished: new Uint32Array(),
    };
    const isRestored = cluster.restoration === undefined;
    const event = { worker: SLOT, capacity, inventories: isRestored ? [part] : [] };
    cluster.dispatch({ kind: "workerJoined", ...event }, { hello: HELLO, address: "h:1" });
    cluster.restoration?.joined(SLOT, undefined, [part]);
  };
  return { cluster, former, sent, join1 };
}

it("uses the objects of a worker that joins while the constants of a session are read", async () => {
  const path = await journalPath();
  await twoSessions(path);
  const { cluster, former, join1 } = await newServer(path);
  const second = former?.sessions.get(2)?.chunks[0];
  second?.constants.push({ size: 1, dataType: "blob", label: "c" });
  cluster.constants.restore = async () => join1();
  await restoreSessions(cluster, former);
  expect(taskState(cluster.core, 1, 0)).toBe("finished");
});

it("uses the objects of a worker that joins while the files of the former server are read", async () => {
  const path = await journalPath();
  await twoSessions(path);
  const { cluster, former, sent, join1 } = await newServer(path);
  cluster.plugins.restore = async () => {
    expect(cluster.restoration).toBeDefined();
    join1();
  };
  await restoreSessions(cluster, former);
  expect(taskState(cluster.core, 1, 0)).toBe("finished");
  expect(sent.filter(([kind]) => kind === "endSession")).toEqual([]);
});

it("tells workers to forget a session that cannot be restored", async () => {
  const path = await journalPath();
  await twoSessions(path);
  const { cluster, former, sent, join1 } = await newServer(path);
  const first = former?.sessions.get(1)?.chunks[0];
  if (first) first.kind = Uint32Array.of(7);
  cluster.plugins.restore = async () => join1();
  await restoreSessions(cluster, former);
  expect([...cluster.sessions.keys()]).toEqual([2]);
  expect(sent).toContainEqual(["endSession", { session: 1 }]);
});
