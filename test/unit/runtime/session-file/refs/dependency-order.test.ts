import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dependencyOrder } from "../../../../../src/runtime/session-file/refs/dependency-order.ts";

function ordered(needs: number[][]) {
  const cycles: number[][] = [];
  return { order: dependencyOrder(needs, (cycle) => cycles.push(cycle)), cycles };
}

describe("dependencyOrder", () => {
  test("puts each task after those that it needs, and keeps the order otherwise", () => {
    expect(ordered([[2], [], [1], []])).toEqual({ order: [1, 2, 0, 3], cycles: [] });
  });

  test("takes the same need twice, and chains longer than any stack", () => {
    expect(ordered([[1, 1], []]).order).toEqual([1, 0]);
    const chain = Array.from({ length: 200_000 }, (_, i) => (i === 199_999 ? [] : [i + 1]));
    expect(ordered(chain).order[0]).toBe(199_999);
  });

  test("reports a circle from the task that was seen first", () => {
    expect(ordered([[1], [2], [1], [3]]).cycles).toEqual([[1, 2], [3]]);
  });

  test("finds a circle if and only if there is one", () => {
    const graph = fc
      .integer({ min: 1, max: 8 })
      .chain((size) =>
        fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }),
      );
    fc.assert(
      fc.property(graph, (needs) => {
        const { order, cycles } = ordered(needs);
        expect([...order].sort((a, b) => a - b)).toEqual(needs.map((_, i) => i));
        const isOrdered = needs.every((list, task) =>
          list.every((need) => order.indexOf(need) < order.indexOf(task)),
        );
        expect(isOrdered).toBe(cycles.length === 0);
        for (const cycle of cycles) {
          cycle.forEach((task, i) => {
            expect(needs[task]).toContain(cycle[(i + 1) % cycle.length]);
          });
        }
      }),
    );
  });
});
