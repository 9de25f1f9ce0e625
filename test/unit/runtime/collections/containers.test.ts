import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grown, NumberList } from "../../../../src/runtime/collections/columns.ts";
import { NumberRing } from "../../../../src/runtime/collections/number-ring.ts";
import { Rotation, RotationNode } from "../../../../src/runtime/collections/rotation.ts";

describe("a growing column", () => {
  test("keeps its entries and appends in amortized constant time", () => {
    let column = Uint32Array.of(1, 2, 3);
    let copies = 0;
    for (let length = 4; length <= 10_000; length++) {
      const larger = grown(column, length);
      if (larger !== column) copies += column.length;
      column = larger;
    }
    expect([...column.subarray(0, 4)]).toEqual([1, 2, 3, 0]);
    expect(copies).toBeLessThan(30_000);
  });

  test("has exactly the requested length at first, so that one submit wastes nothing", () => {
    expect(grown(new Float64Array(0), 1001)).toHaveLength(1001);
  });
});

test("a number list returns the numbers pushed, and is empty again", () => {
  const list = new NumberList();
  for (const round of [3, 40_000, 5]) {
    for (let i = 0; i < round; i++) list.push(i);
    const taken = list.take();
    expect(taken).toHaveLength(round);
    expect(taken.at(-1)).toBe(round - 1);
    expect(list.length).toBe(0);
  }
});

test("a number ring is a queue with two ends", () => {
  const operation = fc.oneof(fc.nat({ max: 1000 }), fc.constant("first"), fc.constant("last"));
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
      const ring = new NumberRing();
      const model: number[] = [];
      for (const operation of operations) {
        if (typeof operation === "number") {
          ring.pushLast(operation);
          model.push(operation);
        } else if (model.length > 0) {
          if (operation === "first") expect(ring.takeFirst()).toBe(model.shift());
          else expect(ring.takeLast()).toBe(model.pop());
        }
        expect(ring.length).toBe(model.length);
      }
      expect(ring.toArray()).toEqual(model);
    }),
  );
});

test("a number ring that was long frees its memory when it is empty", () => {
  const ring = new NumberRing();
  for (let task = 0; task < 100_000; task++) ring.pushLast(task);
  expect(ring.capacity).toBeGreaterThanOrEqual(100_000);
  while (ring.length > 0) ring.takeFirst();
  expect(ring.capacity).toBeLessThan(100);
  ring.pushLast(7);
  expect(ring.toArray()).toEqual([7]);
});

test("values in a rotation take turns, and may leave and join in between", () => {
  const rotation = new Rotation<string>();
  const [a, b, c] = [new RotationNode("a"), new RotationNode("b"), new RotationNode("c")];
  for (const link of [a, b, c]) rotation.add(link);
  rotation.rotate();
  expect([...rotation]).toEqual(["b", "c", "a"]);
  rotation.remove(b);
  expect([...rotation]).toEqual(["c", "a"]);
  rotation.add(b);
  expect([...rotation]).toEqual(["c", "a", "b"]);
  for (const link of [a, b, c]) rotation.remove(link);
  expect([...rotation]).toEqual([]);
  expect(rotation.first).toBeUndefined();
  rotation.rotate();
  rotation.add(a);
  expect([...rotation]).toEqual(["a"]);
});
