import { describe, expect, it, vi } from "vitest";
import type { Submission } from "../../../../../src/runtime/protocol/messages/index.ts";
import { PendingGraphs } from "../../../../../src/runtime/server/sessions/pending-graphs.ts";

vi.mock("../../../../../src/runtime/protocol/limits.ts", async (original) => ({
  ...(await original<object>()),
  MAX_PENDING_GRAPH_BYTES: 2 ** 20,
}));

/** Tasks without inputs. The first ones have names of these lengths. */
function chunk(firstTask: number, tasks: number, names: number[] = []): Submission {
  const none = { of: new Uint32Array(), text: [] };
  return {
    firstTask,
    firstObject: 0,
    constants: [],
    kinds: [{ type: "builtin/concat", resources: { cpus: 1 }, outputs: [], group: 0 }],
    groups: [""],
    kind: new Uint32Array(tasks),
    inputStart: new Uint32Array(tasks + 1),
    inputs: new Uint32Array(),
    config: new Uint32Array(tasks),
    configs: { start: new Uint32Array(1), bytes: new Uint8Array() },
    keep: new Uint32Array(),
    names: { of: Uint32Array.from(names, (_, i) => firstTask + i), text: names.map((n) => "x".repeat(n)) },
    taskKeys: none,
    constantKeys: none,
    users: { of: new Uint32Array(), value: [] },
  };
}

describe("a graph that is being sent", () => {
  it("has its chunks in order, separate from other graphs", () => {
    const pending = new PendingGraphs();
    const [a, b, c] = [chunk(0, 1), chunk(1, 1), chunk(0, 5)];
    pending.add(1, a);
    pending.add(2, c);
    pending.add(1, b);
    expect(pending.take(1)).toEqual([a, b]);
    expect(pending.take(2)).toEqual([c]);
  });

  it("can be taken once, and only if it has chunks", () => {
    const pending = new PendingGraphs();
    pending.add(1, chunk(0, 1));
    pending.take(1);
    expect(() => pending.take(1)).toThrow(expect.objectContaining({ code: "INVALID_GRAPH" }));
    expect(() => pending.take(2)).toThrow(/no chunk of graph 2 has arrived/);
  });

  it("is removed when it is dropped or one of its chunks is rejected", () => {
    const pending = new PendingGraphs();
    pending.add(1, chunk(0, 1));
    pending.drop(1);
    pending.add(2, chunk(0, 1));
    const bad = { ...chunk(1, 1), kind: Uint32Array.of(7) };
    expect(() => pending.add(2, bad)).toThrow(expect.objectContaining({ code: "INVALID_GRAPH" }));
    for (const graph of [1, 2]) expect(() => pending.take(graph)).toThrow("no chunk");
  });

  it.each([
    ["many tasks", () => chunk(0, 40_000)],
    ["long names", () => chunk(0, 1, [500_000])],
  ])("may not take more than the limit: %s", (_, part) => {
    const pending = new PendingGraphs();
    pending.add(1, part());
    pending.add(2, chunk(0, 1));
    expect(() => {
      for (let i = 0; i < 3; i++) pending.add(1, part());
    }).toThrow(
      expect.objectContaining({ code: "LIMIT_EXCEEDED", message: expect.stringContaining("1 MiB") }),
    );
    expect(() => pending.take(1)).toThrow("no chunk");
    expect(pending.take(2)).toHaveLength(1);
    // Rejected and taken graphs no longer count.
    for (let i = 0; i < 10; i++) {
      pending.add(3, part());
      pending.take(3);
    }
  });
});
