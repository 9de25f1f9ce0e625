interface Entry<T> {
  at: number;
  /** Entries with the same time are taken in the order in which they were added. */
  order: number;
  value: T;
}

/** Future events in a binary heap, the earliest first. */
export class EventHeap<T> {
  readonly #entries: Entry<T>[] = [];
  #added = 0;

  add(at: number, value: T): void {
    const entries = this.#entries;
    let index = entries.length;
    const entry = { at, order: this.#added++, value };
    entries.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, entries[parent])) break;
      entries[index] = entries[parent];
      index = parent;
    }
    entries[index] = entry;
  }

  /** Time of the first event. */
  get next(): number | undefined {
    return this.#entries[0]?.at;
  }

  take(): { at: number; value: T } | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return first;
    let index = 0;
    for (let child = 1; child < entries.length; child = 2 * index + 1) {
      if (child + 1 < entries.length && isBefore(entries[child + 1], entries[child])) child++;
      if (!isBefore(entries[child], last)) break;
      entries[index] = entries[child];
      index = child;
    }
    entries[index] = last;
    return first;
  }
}

const isBefore = <T>(one: Entry<T>, other: Entry<T>) =>
  one.at < other.at || (one.at === other.at && one.order < other.order);
