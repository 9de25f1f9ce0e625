import fc from "fast-check";
import { expect, test } from "vitest";
import { EventHeap } from "../../../../src/runtime/collections/event-heap.ts";

test("a heap returns values by time, and those with the same time in the order of insertion", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 })), (all) => {
      const heap = new EventHeap<number>();
      for (const [i, at] of all.entries()) heap.add(at, i);
      expect(heap.next).toBe(all.length === 0 ? undefined : Math.min(...all));
      const taken: { at: number; value: number }[] = [];
      for (let next = heap.take(); next !== undefined; next = heap.take()) taken.push(next);
      const sorted = all.map((at, i) => ({ at, value: i })).sort((one, other) => one.at - other.at);
      expect(taken.map(({ at, value }) => ({ at, value }))).toEqual(sorted);
    }),
  );
});
