import { type Effect, objectReplica, objectState } from "../../../src/runtime/core/index.ts";
import { assert } from "./assert.ts";
import { mayRun } from "./check-placement.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { SimulatedSession } from "./session.ts";
import type { SimulatedWorker } from "./worker.ts";

type SessionEffect = Exclude<Effect, { kind: "wakeAt" }>;

/** Carries out an effect, or sends it to the worker that it is for. Throws if it makes no sense. */
export function observe(cluster: ClusterView, effect: Effect): void {
  cluster.journal.note(cluster.state, effect);
  if (effect.kind === "wakeAt") {
    assert(effect.time > cluster.now, "the core asks for a time that has passed");
    cluster.wakeAt = effect.time;
    return;
  }
  const session = cluster.sessions.get(effect.session);
  if (session === undefined && effect.kind === "endSession") {
    // A rejoined worker has objects or tasks of a session that has been closed.
    cluster.workers.get(effect.worker)!.inbox.push(effect);
    return;
  }
  assert(session !== undefined, `${effect.kind} is about an unknown session`);
  if (effect.kind === "sessionChanged") {
    session.state = effect.state;
    if (effect.state === "closed") cluster.sessions.delete(effect.session);
    return;
  }
  if (effect.kind === "tasksFinished") {
    session.finish(effect.tasks);
    return;
  }
  if (effect.kind === "tasksFound") {
    session.find(effect.tasks);
    return;
  }
  if (effect.kind === "taskRetried") return;
  if (effect.kind === "taskFailed") {
    session.fail(effect.reason.task);
    return;
  }
  if (effect.kind === "tasksSkipped") {
    session.skip(effect.tasks, effect.cause);
    return;
  }
  if (effect.kind === "tasksRestarted") {
    session.restart(effect.tasks);
    return;
  }
  if (effect.kind === "tasksLost") {
    assert(!cluster.workers.has(effect.worker), `worker ${effect.worker} is not lost`);
    return;
  }
  if (effect.kind === "drop") {
    const { worker, session: id } = effect;
    session.checkDrop(effect, (object) => {
      return (
        objectState(cluster.state, id, object) === "pending" ||
        objectReplica(cluster.state, id, object) !== worker
      );
    });
  }
  if (effect.worker === 0) observeOnServer(effect, session);
  else send(cluster, cluster.workers.get(effect.worker)!, effect);
}

/** Checks now that the worker can run the tasks: its task types may have changed when the message arrives. */
function send(cluster: ClusterView, worker: SimulatedWorker, effect: SessionEffect): void {
  for (const task of effect.kind === "assign" ? effect.tasks : []) {
    assert(mayRun(cluster, worker, effect.session, task), `worker ${worker.slot} cannot run task ${task}`);
  }
  worker.inbox.push(effect);
}

function observeOnServer(effect: SessionEffect, session: SimulatedSession): void {
  if (effect.kind === "endSession") {
    session.constants.clear();
    return;
  }
  assert(effect.kind === "drop", `${effect.kind} is no effect for the server`);
  for (const object of effect.objects) {
    assert(session.constants.delete(object), `the server has no object ${object} to drop`);
  }
}
