import { describe, expect, it } from "vitest";
import type { Submission } from "../../../../../src/runtime/protocol/messages/index.ts";
import { SessionRecord } from "../../../../../src/runtime/server/sessions/session-record.ts";

const EMPTY = { of: new Uint32Array(), text: [] };

/** Two tasks of different kinds, the second with a config and a name; one constant. */
function chunk(firstTask: number, firstObject: number): Submission {
  return {
    firstTask,
    firstObject,
    constants: [{ size: 1, dataType: "blob", label: "c", data: Uint8Array.of(7) }],
    kinds: [
      { type: "builtin/concat", resources: { cpus: 1 }, outputs: [{ dataType: "blob" }], group: 0 },
      { type: "builtin/run", resources: { cpus: 2 }, outputs: [], group: 1 },
    ],
    groups: ["", "work"],
    kind: Uint32Array.of(0, 1),
    inputStart: Uint32Array.of(0, 1, 1),
    inputs: Uint32Array.of(firstObject),
    config: Uint32Array.of(0, 1),
    configs: { start: Uint32Array.of(0, 2), bytes: Uint8Array.of(0xa1, firstTask) },
    keep: new Uint32Array(),
    names: { of: Uint32Array.of(firstTask + 1), text: [`work/${firstTask + 1}`] },
    taskKeys: { of: Uint32Array.of(firstTask), text: [`key${firstTask}`] },
    constantKeys: EMPTY,
    users: { of: new Uint32Array(), value: [] },
  };
}

function record(): SessionRecord {
  const session = new SessionRecord(1, { name: "s", detached: false, retain: false, onFailure: "stop" });
  session.add(chunk(0, 0));
  session.add(chunk(2, 2));
  return session;
}

describe("the record of a session", () => {
  it("finds type, config and group of a task over several submits", () => {
    const session = record();
    expect(session.taskCount).toBe(4);
    expect([0, 1, 2, 3].map((task) => session.typeOf(task))).toEqual([
      "builtin/concat",
      "builtin/run",
      "builtin/concat",
      "builtin/run",
    ]);
    expect([0, 1, 2, 3].map((task) => session.configOf(task)?.[1])).toEqual([undefined, 0, undefined, 2]);
    expect(session.groupOf(3)).toBe("work");
  });

  it("titles a task by its name, or else by its key", () => {
    const session = record();
    expect([0, 1, 2, 3].map((task) => session.titleOf(task))).toEqual(["key0", "work/1", "key2", "work/3"]);
    expect(session.byKey.get("key2")).toEqual({ task: 2 });
  });

  it("keeps the specs of constants, not their bytes", () => {
    expect(record().constantSpec(2)).toEqual({ size: 1, dataType: "blob", label: "c" });
  });

  it("knows the times of an ended task", () => {
    const session = record();
    expect(session.timesOf(2)).toBeUndefined();
    session.ended(2, 10_000, 1.5, { task: 2, debug: "hi", contentTypes: [[3, "text"]] });
    expect(session.timesOf(2)).toEqual({ startTime: 8_500, duration: 1.5 });
    expect([session.debug.get(2), session.contentTypes.get(3)]).toEqual(["hi", "text"]);
  });

  it("rejects a task that was not submitted", () => {
    expect(() => record().checkTask(4)).toThrow(expect.objectContaining({ code: "NOT_SUBMITTED" }));
  });
});
