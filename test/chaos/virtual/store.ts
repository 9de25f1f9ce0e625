import type { Content } from "./content.ts";

/** A present object has a content; an expected one has the slot of its source. */
type Entry =
  | { content: Content; isMadeHere: boolean; source?: undefined }
  | { content?: undefined; isMadeHere?: undefined; source: number };

/** The objects that a worker has or expects. */
export class SimulatedStore {
  private readonly sessions = new Map<number, Map<number, Entry>>();

  get(session: number, object: number): Entry | undefined {
    return this.sessions.get(session)?.get(object);
  }

  put(session: number, object: number, content: Content, isMadeHere: boolean): void {
    this.of(session).set(object, { content, isMadeHere });
  }

  expect(session: number, object: number, source: number): void {
    this.of(session).set(object, { source });
  }

  drop(session: number, object: number): void {
    this.sessions.get(session)?.delete(object);
  }

  endSession(session: number): void {
    this.sessions.delete(session);
  }

  get sessionNumbers(): number[] {
    return [...this.sessions.keys()];
  }

  /** Forgets expected objects. */
  forgetSources(): void {
    for (const [session, objects] of this.sessions) {
      for (const [object, { content }] of objects) if (content === undefined) objects.delete(object);
      if (objects.size === 0) this.sessions.delete(session);
    }
  }

  objectsOf(session: number): number[] {
    return [...(this.sessions.get(session)?.keys() ?? [])];
  }

  get isEmpty(): boolean {
    return this.sessions.size === 0;
  }

  private of(session: number): Map<number, Entry> {
    let objects = this.sessions.get(session);
    if (objects === undefined) {
      objects = new Map();
      this.sessions.set(session, objects);
    }
    return objects;
  }
}
