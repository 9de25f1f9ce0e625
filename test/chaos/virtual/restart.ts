import type { Inventory } from "../../../src/runtime/core/index.ts";
import { below, type Random } from "../random.ts";
import type { Cluster } from "./cluster.ts";

const SERVER = 0;
/** So many of the last records may not have been written. */
const MAX_UNWRITTEN = 5;

/**
 * The server dies and is started again on its journal, which may lack its end. It waits for the workers before sessions go on:
 * some are back by then, with what they have, and the others come later.
 */
export function restartServer(cluster: Cluster, random: Random): void {
  const { journal, sessions } = cluster;
  journal.truncate(Math.max(0, journal.length - below(random, MAX_UNWRITTEN)));
  cluster.restart();
  const assignments = new Map<number, Inventory[]>();
  for (const worker of [...cluster.lostWorkers]) {
    if (worker.isTroubled || random() < 0.3) continue;
    cluster.rejoin(worker, false);
    assignments.set(worker.slot, worker.inventories());
  }
  for (const [id, session] of sessions) {
    session.restore(journal.finishedOf(id), journal.failedOf(id));
    const copies = Uint32Array.from(journal.copiesOf(id, session));
    for (const object of copies) session.constants.add(object);
    const own = {
      session: id,
      objects: copies,
      sizes: new Float64Array(copies.length),
      running: new Uint32Array(),
    };
    const inventories = new Map<number, Inventory>(copies.length > 0 ? [[SERVER, own]] : []);
    for (const [slot, parts] of assignments) {
      for (const part of parts) if (part.session === id) inventories.set(slot, part);
    }
    cluster.apply({
      kind: "sessionRestored",
      session: id,
      ...journal.restored(id, session, inventories),
    });
  }
}
