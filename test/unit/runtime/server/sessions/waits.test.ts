import { describe, expect, it } from "vitest";
import { RainError } from "../../../../../src/runtime/errors.ts";
import { Waits } from "../../../../../src/runtime/server/sessions/waits.ts";

/** Returns whether a promise is settled, and how. */
async function stateOf(promise: Promise<void>): Promise<"pending" | "done" | "failed"> {
  const pending = Symbol();
  return Promise.race([promise, Promise.resolve(pending)]).then(
    (value) => (value === (pending as unknown) ? "pending" : "done"),
    () => "failed",
  );
}

describe("waits of a session", () => {
  it("answers a wait for all when the last of its tasks has finished", async () => {
    const waits = new Waits();
    const all = waits.forTasks(new Set([1, 2]), 2);
    waits.finished(Uint32Array.of(1, 7));
    expect(await stateOf(all)).toBe("pending");
    waits.finished(Uint32Array.of(2));
    expect(await stateOf(all)).toBe("done");
  });

  it("answers a wait for some tasks when the first has finished", async () => {
    const waits = new Waits();
    const some = waits.forTasks(new Set([1, 2]), 1);
    waits.finished(Uint32Array.of(2));
    waits.finished(Uint32Array.of(1));
    expect(await stateOf(some)).toBe("done");
  });

  it("answers waits for everything only when the session is idle", async () => {
    const waits = new Waits();
    const all = waits.forAll();
    waits.finished(Uint32Array.of(1));
    expect(await stateOf(all)).toBe("pending");
    waits.idle();
    expect(await stateOf(all)).toBe("done");
  });

  it("rejects every wait with the error that ended the session", async () => {
    const waits = new Waits();
    const [one, all] = [waits.forTasks(new Set([1]), 1), waits.forAll()];
    waits.fail(new RainError("CANCELLED", "over"));
    await expect(one).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(all).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("rejects a wait when too few of its tasks can still finish", async () => {
    const waits = new Waits();
    const [all, some] = [waits.forTasks(new Set([1, 2]), 2), waits.forTasks(new Set([1, 2]), 1)];
    const errorOf = (task: number) => new RainError("TASK_FAILED", `task ${task} failed`);
    waits.givenUp([1], errorOf);
    await expect(all).rejects.toThrow("task 1 failed");
    expect(await stateOf(some)).toBe("pending");
    waits.givenUp([2], errorOf);
    await expect(some).rejects.toThrow("task 2 failed");
  });

  it("rejects waits for everything with the failures", async () => {
    const waits = new Waits();
    const all = waits.forAll();
    waits.idle(new RainError("TASK_FAILED", "1 of 2 tasks failed"));
    await expect(all).rejects.toThrow("1 of 2 tasks failed");
  });

  it("ends a wait when its signal aborts, and continues the others", async () => {
    const waits = new Waits();
    const abort = new AbortController();
    const [given, kept] = [waits.forTasks(new Set([1]), 1, abort.signal), waits.forTasks(new Set([1]), 1)];
    abort.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    waits.finished(Uint32Array.of(1));
    expect(await stateOf(kept)).toBe("done");
    await expect(waits.forAll(abort.signal)).rejects.toThrow("enough");
  });
});
