import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type GraphChunk,
  type GraphKind,
  taskCounts,
  taskState,
  taskWorker,
} from "../../../../src/runtime/core/index.ts";
import { chunk, type TaskSketch } from "./harness.ts";
import { Cluster } from "./simulation/cluster.ts";
import { below, pick, type Random, seeded } from "./simulation/random.ts";
import type { SimulatedSession } from "./simulation/session.ts";

const TYPES = ["a", "b", "c"];
const NAMED: Record<string, number>[] = [
  { gpu: 1 },
  { gpu: 2 },
  { port: 1 },
  { gpu: 1, port: 1 },
  { gpu: 0 },
];
const RETRIES: GraphKind["retries"][] = [
  1,
  3,
  { times: 2, delay: 0.02 },
  { times: 3, delay: 0.5, backoff: 3, maxDelay: 2 },
];
/** Slot of the worker that can run everything, and comes last. */
const ABLE = 1000;
const PLACES: GraphKind["where"][] = [
  { labels: { zone: "a" } },
  { labels: { disk: "ssd" } },
  { workers: [ABLE, 1] },
  { workers: [ABLE, 2, 3], labels: { zone: "a" } },
];

/** A part of a graph that goes on where the session is; some of its inputs are the same object twice. */
function randomChunk(random: Random, session: SimulatedSession): GraphChunk {
  const firstObject = session.objectCount;
  const usable = [...session.kept];
  const objects: number[] = [];
  let next = firstObject;
  const create = () => {
    objects.push(next);
    usable.push(next++);
  };
  const constants = Array.from({ length: below(random, 3) }, () => below(random, 5000));
  for (const _ of constants) create();
  const count = below(random, random() < 0.2 ? 60 : 12);
  const tasks = Array.from({ length: count }, (): TaskSketch => {
    const inputs: number[] = [];
    for (let n = below(random, 4); n > 0; n--) {
      const object = pick(random, usable);
      if (object !== undefined) inputs.push(object);
    }
    if (inputs.length > 0 && random() < 0.2) inputs.push(inputs[0]!);
    const outputs = below(random, 3);
    for (let n = 0; n < outputs; n++) create();
    return {
      inputs,
      outputs,
      type: pick(random, TYPES),
      cpus: 1 + below(random, 2),
      shipped: random() < 0.2,
      ...(random() < 0.3 && { memory: 1 + below(random, 4) }),
      ...(random() < 0.3 && { named: pick(random, NAMED) }),
      ...(random() < 0.2 && { where: pick(random, PLACES) }),
      ...(random() < 0.3 && { priority: below(random, 3) - 1 }),
      ...(random() < 0.4 && { retries: pick(random, RETRIES) }),
      group: `g${below(random, 3)}`,
    };
  });
  const keep = objects.filter(() => random() < 0.3);
  return chunk({ firstTask: session.tasks.length, firstObject, constants, tasks, keep });
}

type Act = (cluster: Cluster, random: Random) => void;

const anySession = (cluster: Cluster, random: Random) => pick(random, [...cluster.sessions.keys()]);
const withSession =
  (act: (cluster: Cluster, session: number, random: Random) => void): Act =>
  (cluster, random) => {
    const session = anySession(cluster, random);
    if (session !== undefined) act(cluster, session, random);
  };

/** What may happen in any cluster. */
const ACTS: Record<string, Act> = {
  open: (cluster) => cluster.open(),
  submit: withSession((cluster, session, random) => {
    cluster.submit(session, randomChunk(random, cluster.sessions.get(session)!));
  }),
  unkeep: withSession((cluster, session, random) => {
    cluster.unkeep(session, pick(random, [...cluster.sessions.get(session)!.kept]) ?? below(random, 50));
  }),
  join: (cluster, random) => {
    cluster.join({
      cpus: 1 + below(random, 4),
      types: new Set(TYPES.filter(() => random() < 0.7)),
      memory: pick(random, [undefined, 0, 2, 4, 7]),
      named: pick<Record<string, number>>(random, [{}, {}, { gpu: 1 }, { gpu: 3 }, { gpu: 2, port: 1 }])!,
      labels: pick<Record<string, string>>(random, [
        {},
        { zone: "a" },
        { zone: "b" },
        { zone: "a", disk: "ssd" },
      ])!,
    });
  },
  change: (cluster, random) => {
    const slot = pick(random, [...cluster.workers.keys()]);
    if (slot !== undefined) cluster.change(slot, new Set(TYPES.filter(() => random() < 0.7)));
  },
  /** The timer of the shell fires early. */
  time: (cluster) => cluster.apply({ kind: "timePassed" }),
  seal: withSession((cluster, session) => cluster.apply({ kind: "sealed", session })),
  /** A report about tasks that the worker does not have, if there is such a worker at all. */
  nonsense: (cluster, random) => {
    const session = random() < 0.8 ? (anySession(cluster, random) ?? 1) : 99;
    const worker = pick(random, [0, 1000, ...cluster.workers.keys()])!;
    const count = cluster.sessions.get(session)?.tasks.length ?? 0;
    const some = Array.from({ length: 3 }, () => below(random, count + 3));
    const isHeldThere = (task: number) =>
      taskWorker(cluster.state, session, task) === worker &&
      ["assigned", "running"].includes(taskState(cluster.state, session, task)!);
    const tasks = Uint32Array.from(some.filter((task) => !isHeldThere(task)));
    const kind = pick(random, ["tasksStarted", "tasksFinished", "tasksReturned", "taskFailed"] as const)!;
    if (kind === "taskFailed") cluster.apply({ kind, worker, session, task: tasks[0] ?? -1 });
    else
      cluster.apply({
        kind,
        worker,
        session,
        tasks,
        durations: new Float32Array(1),
        sizes: new Float64Array(1),
      });
  },
};

/** What ends sessions before their time. */
const TROUBLES: Record<string, Act> = {
  cancel: withSession((cluster, session) => cluster.apply({ kind: "sessionCancelled", session })),
  close: withSession((cluster, session) => cluster.apply({ kind: "sessionClosed", session })),
  lose: (cluster, random) => {
    const slot = pick(random, [...cluster.workers.keys()]);
    if (slot !== undefined) cluster.lose(slot);
  },
};

const scripts = (acts: Record<string, Act>) =>
  fc.record({
    seed: fc.nat(),
    acts: fc.array(fc.constantFrom(...Object.keys(acts)), { minLength: 5, maxLength: 40 }),
  });

/**
 * Runs the script, with as much as it likes happening in between; then gives everything a worker, and all the
 * time it needs.
 */
function play(
  acts: Record<string, Act>,
  script: { seed: number; acts: string[] },
  failureRate: number,
): Cluster {
  const random = seeded(script.seed);
  const cluster = new Cluster(random);
  cluster.failureRate = failureRate;
  cluster.longShare = pick(random, [0, 0.02, 0.3])!;
  cluster.open();
  for (const name of script.acts) {
    acts[name]!(cluster, random);
    for (let n = below(random, 30); n > 0; n--) cluster.advance();
  }
  cluster.settle();
  cluster.checkRest();
  const able = { named: { gpu: 2, port: 1 }, labels: { zone: "a", disk: "ssd" }, memory: 4 };
  cluster.join({ cpus: 2, types: new Set(TYPES), ...able }, ABLE);
  cluster.settle();
  cluster.checkRest();
  return cluster;
}

test("every task of every graph finishes once, and nothing is left but what is kept", () => {
  fc.assert(
    fc.property(scripts(ACTS), (script) => {
      const cluster = play(ACTS, script, 0);
      for (const [id, session] of cluster.sessions) {
        expect(taskCounts(cluster.state, id)).toMatchObject({ total: session.tasks.length, failed: 0 });
        expect(session.finished.size).toBe(session.tasks.length);
        expect(["open", "finished"]).toContain(session.state);
      }
    }),
    { numRuns: 200 },
  );
});

test("whatever fails, is cancelled, closed or lost, the rest goes on and nothing is left behind", () => {
  const acts = { ...ACTS, ...TROUBLES };
  fc.assert(
    fc.property(scripts(acts), (script) => {
      const cluster = play(acts, script, script.seed % 3 === 0 ? 0.2 : 0.02);
      for (const session of cluster.sessions.values()) {
        if (!session.isLive) continue;
        for (const task of session.tasks.keys()) expect(session.isOver(task)).toBe(true);
        expect(["open", session.failed.size > 0 ? "failed" : "finished"]).toContain(session.state);
      }
      for (const session of [...cluster.sessions.keys()]) cluster.apply({ kind: "sessionClosed", session });
      cluster.settle();
      expect(cluster.sessions.size).toBe(0);
      expect(cluster.state.sessions.size).toBe(0);
      cluster.checkRest();
    }),
    { numRuns: 300 },
  );
});
