import { taskCounts } from "../../../src/runtime/core/index.ts";
import { below, pick, seeded } from "../random.ts";
import { assert } from "./assert.ts";
import { checkRest } from "./check-rest.ts";
import { Cluster } from "./cluster.ts";
import { ABLE, ABLE_CAPACITY, randomCapacity, randomChunk } from "./graph.ts";
import { TROUBLES } from "./troubles.ts";

/** Maximum number of steps between two troubles. */
const MAX_CALM_STEPS = 40;

export type TroubleName = keyof typeof TROUBLES;
export const TROUBLE_NAMES = Object.keys(TROUBLES) as TroubleName[];

export interface ScenarioOptions {
  /** The troubles to choose from. Default: all. */
  kinds?: readonly TroubleName[] | undefined;
  /** Called with a description of each event and effect. */
  trace?: ((line: string) => void) | undefined;
}

/**
 * Runs a random graph on a random cluster in virtual time while troubles happen to it. Everything follows
 * from the seed. Throws if at the end anything is unfinished, wrong or left over.
 */
export function runVirtual(seed: number, { kinds = TROUBLE_NAMES, trace }: ScenarioOptions = {}): void {
  const random = seeded(seed);
  const cluster = new Cluster(random);
  if (trace) cluster.trace = trace;
  cluster.failsForGood = false;
  cluster.failureRate = pick(random, [0, 0.05, 0.3])!;
  cluster.longShare = pick(random, [0, 0.02, 0.3])!;
  for (let n = below(random, 2); n >= 0; n--) cluster.open();
  for (let n = below(random, 4); n >= 0; n--) cluster.join(randomCapacity(random));
  for (let n = 2 + below(random, 10); n > 0; n--) {
    const [id, session] = pick(random, [...cluster.sessions])!;
    if (random() < 0.3) cluster.submit(id, randomChunk(random, session));
    const name = pick(random, kinds)!;
    trace?.(`-- ${name}`);
    TROUBLES[name](cluster, random);
    for (let calm = below(random, MAX_CALM_STEPS); calm > 0; calm--) cluster.advance();
  }
  trace?.("-- the troubles are over");
  for (const session of cluster.sessions.keys()) cluster.seal(session);
  cluster.settle();
  checkRest(cluster);
  cluster.join(ABLE_CAPACITY, ABLE);
  cluster.settle();
  checkEnd(cluster);
}

function checkEnd(cluster: Cluster): void {
  for (const [id, session] of cluster.sessions) {
    const total = session.tasks.length;
    assert(session.state === "finished", `session ${id} is ${session.state}`);
    const counts = taskCounts(cluster.state, id);
    assert(
      counts?.finished === total,
      `${counts?.finished} of ${total} tasks of session ${id} have finished`,
    );
    assert(session.finished.size === total, `the end of a task of session ${id} was not reported`);
  }
  checkRest(cluster);
  for (const session of [...cluster.sessions.keys()]) cluster.apply({ kind: "sessionClosed", session });
  cluster.settle();
  checkRest(cluster);
  assert(cluster.sessions.size + cluster.state.sessions.size === 0, "a session is left");
  for (const worker of cluster.workers.values()) {
    assert(worker.isEmpty, `worker ${worker.slot} still has something`);
  }
}
