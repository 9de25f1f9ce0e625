import type { Inventory } from "../../../src/runtime/core/index.ts";
import { below, type Random } from "../random.ts";
import type { Cluster } from "./cluster.ts";

const SERVER = 0;
/** Up to this many of the last records may not have been written. */
const MAX_UNWRITTEN = 5;

/**
 * The server dies and is restarted from its journal, which may lack its last records. Some workers rejoin
 * with their inventories before the sessions are restored; the others rejoin later.
 */
export function restartServer(cluster: Cluster, random: Random): void {
  const { journal, sessions } = cluster;
  journal.truncate(Math.max(0, journal.length - below(random, MAX_UNWRITTEN)));
  cluster.restart();
  const rejoined = new Map<number, Inventory[]>();
  for (const worker of [...cluster.lostWorkers]) {
    if (worker.isTroubled || random() < 0.3) continue;
    cluster.rejoin(worker, false);
    rejoined.set(worker.slot, worker.inventories());
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
      finished: new Uint32Array(),
    };
    const inventories = new Map<number, Inventory>(copies.length > 0 ? [[SERVER, own]] : []);
    for (const [slot, parts] of rejoined) {
      for (const part of parts) if (part.session === id) inventories.set(slot, part);
    }
    cluster.apply({
      kind: "sessionRestored",
      session: id,
      ...journal.restored(id, session, inventories),
    });
  }
}
