import type { Id } from "../../../executor/cbor1/index.ts";

/** The objects that an executor reports as cached. */
export class CachedObjects {
  readonly #sessions = new Map<number, Set<number>>();

  has(session: number, object: number): boolean {
    return this.#sessions.get(session)?.has(object) ?? false;
  }

  add([session, object]: Id): void {
    const objects = this.#sessions.get(session);
    if (objects) objects.add(object);
    else this.#sessions.set(session, new Set([object]));
  }

  /** Removes the given objects, and returns those that were cached. */
  drop(session: number, objects: Iterable<number>): Id[] {
    const held = this.#sessions.get(session);
    if (!held) return [];
    const dropped: Id[] = [];
    for (const object of objects) if (held.delete(object)) dropped.push([session, object]);
    if (held.size === 0) this.#sessions.delete(session);
    return dropped;
  }

  /** Removes all objects of a session, and returns them. */
  dropSession(session: number): Id[] {
    return this.drop(session, [...(this.#sessions.get(session) ?? [])]);
  }
}
