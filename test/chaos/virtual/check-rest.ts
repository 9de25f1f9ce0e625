import { objectReplica } from "../../../src/runtime/core/index.ts";
import { assert } from "./assert.ts";
import type { ClusterView } from "./cluster-view.ts";
import type { SimulatedSession } from "./session.ts";

/**
 * Checks a cluster at rest: exactly those objects exist that sessions keep or still need, and no worker has
 * tasks.
 */
export function checkRest(cluster: ClusterView): void {
  for (const worker of cluster.workers.values()) {
    assert(worker.assignedCount === 0, `worker ${worker.slot} still has tasks`);
  }
  for (const [id, session] of cluster.sessions) {
    const needed = session.isLive ? session.needed() : new Set<number>();
    for (const object of needed) checkExists(cluster, id, session, object);
    for (const worker of cluster.workers.values()) {
      const left = worker.objectsOf(id).filter((object) => !needed.has(object));
      assert(left.length === 0, `objects ${left} of session ${id} are left on worker ${worker.slot}`);
    }
    const copies = [...session.constants].filter((object) => session.isMade(object) && !needed.has(object));
    assert(copies.length === 0, `objects ${copies} of session ${id} are left on the server`);
  }
}

/**
 * Checks that the core knows a place of the object if the object should exist, and that the right content is
 * there.
 */
export function checkExists(
  cluster: ClusterView,
  id: number,
  session: SimulatedSession,
  object: number,
): void {
  if (!session.exists(object) || session.isToBeMade(object)) return;
  const place = objectReplica(cluster.state, id, object);
  const content = place === undefined ? undefined : cluster.contentAt(place, id, object);
  const where = `object ${object} of session ${id}`;
  assert(content !== undefined, `${where} is not in slot ${place}, where it should be`);
  assert(content === session.contentOf(object), `${where} has the wrong content`);
}
