import { getOrInsert } from "../../collections/get-or-insert.ts";
import { NO_TASKS } from "../../model/task-counts.ts";
import type { SessionProgress } from "../../protocol/messages/index.ts";
import type { ClusterListener, Registry } from "../cluster/registry.ts";
import { sessionProgress } from "../status/sessions.ts";
import type { SessionRecord } from "./session-record.ts";

const INTERVAL_MS = 100;

type Watcher = (progress: SessionProgress) => void;

/**
 * Tells watchers the progress of their sessions: at most every 100 ms, and at once when the state of a
 * session changes.
 */
export class ProgressBoard implements ClusterListener {
  readonly #cluster: Registry;
  readonly #watchers = new Map<number, Set<Watcher>>();
  readonly #dirty = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(cluster: Registry) {
    this.#cluster = cluster;
    cluster.listeners.add(this);
  }

  /** Returns a function that ends the watch. */
  watch(session: number, watcher: Watcher): () => void {
    const watchers = getOrInsert(this.#watchers, session, () => new Set());
    watchers.add(watcher);
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0) this.#watchers.delete(session);
    };
  }

  progressed(session: number): void {
    if (!this.#watchers.has(session)) return;
    this.#dirty.add(session);
    this.#timer ??= setTimeout(() => this.#flush(), INTERVAL_MS);
  }

  changed(record: SessionRecord, state: SessionProgress["state"]): void {
    const watchers = this.#watchers.get(record.id);
    if (!watchers) return;
    this.#dirty.delete(record.id);
    const progress: SessionProgress =
      state === "closed"
        ? {
            session: record.id,
            state,
            tasks: NO_TASKS,
            groups: [],
            longest: [],
            blocked: 0,
            error: record.error?.toJSON(),
          }
        : sessionProgress(this.#cluster, record);
    for (const watcher of watchers) watcher(progress);
    if (state === "closed") this.#watchers.delete(record.id);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watchers.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    for (const session of this.#dirty) {
      const record = this.#cluster.sessions.get(session);
      if (!record) continue;
      const progress = sessionProgress(this.#cluster, record);
      for (const watcher of this.#watchers.get(session) ?? []) watcher(progress);
    }
    this.#dirty.clear();
  }
}
