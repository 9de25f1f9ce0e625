import fc from "fast-check";
import { expect, test } from "vitest";
import { taskCounts, taskState, taskWorker } from "../../../../src/runtime/core/index.ts";
import { below, pick, type Random, seeded } from "../../../chaos/random.ts";
import { checkRest } from "../../../chaos/virtual/check-rest.ts";
import { Cluster } from "../../../chaos/virtual/cluster.ts";
import {
  ABLE,
  ABLE_CAPACITY,
  randomCapacity,
  randomChunk,
  randomTypes,
} from "../../../chaos/virtual/graph.ts";

type Act = (cluster: Cluster, random: Random) => void;

const anySession = (cluster: Cluster, random: Random) => pick(random, [...cluster.sessions.keys()]);
const withSession =
  (act: (cluster: Cluster, session: number, random: Random) => void): Act =>
  (cluster, random) => {
    const session = anySession(cluster, random);
    if (session !== undefined) act(cluster, session, random);
  };

/** Acts that may happen in any cluster. */
const ACTS: Record<string, Act> = {
  open: (cluster) => cluster.open(),
  submit: withSession((cluster, session, random) => {
    cluster.submit(session, randomChunk(random, cluster.sessions.get(session)!));
  }),
  unkeep: withSession((cluster, session, random) => {
    cluster.unkeep(session, pick(random, [...cluster.sessions.get(session)!.kept]) ?? below(random, 50));
  }),
  join: (cluster, random) => cluster.join(randomCapacity(random)),
  change: (cluster, random) => {
    const slot = pick(random, [...cluster.workers.keys()]);
    if (slot !== undefined) cluster.change(slot, randomTypes(random));
  },
  /** The timer of the caller fires too early. */
  time: (cluster) => cluster.apply({ kind: "timePassed" }),
  seal: withSession((cluster, session) => cluster.seal(session)),
  /** A report about tasks that the worker does not have, if there is such a worker at all. */
  nonsense: (cluster, random) => {
    const session = random() < 0.8 ? (anySession(cluster, random) ?? 1) : 99;
    const worker = pick(random, [0, 1000, ...cluster.workers.keys()])!;
    const count = cluster.sessions.get(session)?.tasks.length ?? 0;
    const some = Array.from({ length: 3 }, () => below(random, count + 3));
    const isAssignedThere = (task: number) =>
      taskWorker(cluster.state, session, task) === worker &&
      ["assigned", "running"].includes(taskState(cluster.state, session, task)!);
    const tasks = Uint32Array.from(some.filter((task) => !isAssignedThere(task)));
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

/** Acts that end sessions early. */
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
 * Runs the script with random steps in between. Then adds a worker that can run everything, and runs until
 * nothing can happen any more.
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
  checkRest(cluster);
  cluster.join(ABLE_CAPACITY, ABLE);
  cluster.settle();
  checkRest(cluster);
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
      checkRest(cluster);
    }),
    { numRuns: 300 },
  );
});
