import { expect, it } from "vitest";
import { createState, type Effect, graphColumns, step } from "../../../../../src/runtime/core/index.ts";
import { LOCAL, SERVER_SLOT } from "../../../../../src/runtime/model/slots.ts";
import type { Submission } from "../../../../../src/runtime/protocol/messages/index.ts";

import { buildAssign } from "../../../../../src/runtime/server/cluster/assignments.ts";
import { Constants } from "../../../../../src/runtime/server/objects/constants.ts";
import { SessionRecord } from "../../../../../src/runtime/server/sessions/session-record.ts";

const NONE = { of: new Uint32Array(), text: [] };

/** The assignment to worker 1 of a task whose inputs are constants of these sizes. */
function assign(sizes: number[], user?: unknown) {
  const count = sizes.length;
  const submission: Submission = {
    firstTask: 0,
    firstObject: 0,
    constants: sizes.map((size, i) => ({
      size,
      dataType: "blob",
      data: new Uint8Array(size),
      ...(i === 1 && { user }),
    })),
    kinds: [{ type: "t", resources: { cpus: 1 }, outputs: [{ dataType: "blob" }], group: 0 }],
    groups: [""],
    kind: Uint32Array.of(0),
    inputStart: Uint32Array.of(0, count),
    inputs: Uint32Array.from(sizes.keys()),
    config: Uint32Array.of(0),
    configs: { start: Uint32Array.of(0), bytes: new Uint8Array() },
    keep: Uint32Array.of(count),
    names: NONE,
    taskKeys: NONE,
    constantKeys: NONE,
    users:
      user === undefined ? { of: new Uint32Array(), value: [] } : { of: Uint32Array.of(0), value: [user] },
  };
  const options = { name: "", detached: false, retain: false, onFailure: "stop" } as const;
  const record = new SessionRecord(1, options, 4711);
  record.add(submission);
  const constants = new Constants("none");
  for (const [object, { data, size }] of submission.constants.entries())
    constants.add(1, object, { size, dataType: "blob", contentType: "" }, data!);
  const core = createState();
  step(core, { kind: "sessionOpened", session: 1, onFailure: "stop" }, 0);
  const chunk = { ...submission, constantSizes: Float64Array.from(sizes) };
  step(core, { kind: "submitted", session: 1, chunks: [chunk] }, 0);
  const capacity = { cpus: 1, named: {}, labels: {}, types: new Set(["t"]) };
  const effects = step(core, { kind: "workerJoined", worker: 1, capacity }, 0);
  const effect = effects.find((each): each is Extract<Effect, { kind: "assign" }> => each.kind === "assign")!;
  return buildAssign(effect, graphColumns(core, 1)!, record, constants, new Set());
}

it("the message contains small constants, and requests copies of kept results", () => {
  const message = assign([3, 5]);
  expect(message.constants.map(({ object, data }) => [object, data.length])).toEqual([
    [0, 3],
    [1, 5],
  ]);
  expect([...message.words]).toEqual([0, 0, 0, 2, 2, 0, LOCAL, 3, 1, LOCAL, 5]);
  expect(message).toMatchObject({ opened: 4711, wanted: Uint32Array.of(2) });
});

it("the message has the `user` values of tasks and of their inputs", () => {
  expect(assign([3, 5])).toMatchObject({ users: [], inputUsers: [] });
  const user = { mail: "a@b.cz" };
  expect(assign([3, 5], user)).toMatchObject({ users: [[0, user]], inputUsers: [[1, user]] });
});

it("the size of a message is limited: the worker fetches the other constants", () => {
  const size = 12 << 20;
  const message = assign([size, size, size]);
  expect(message.constants.map(({ object }) => object)).toEqual([0, 1]);
  expect([...message.words].slice(5)).toEqual([0, LOCAL, size, 1, LOCAL, size, 2, SERVER_SLOT, size]);
});
