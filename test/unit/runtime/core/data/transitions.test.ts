import { describe, expect, test } from "vitest";
import { CoreError } from "../../../../../src/runtime/core/index.ts";
import { MAY_BECOME, transition } from "../../../../../src/runtime/core/scheduling/transitions.ts";
import {
  ASSIGNED,
  READY,
  RETRACTING,
  RUNNING,
  STATE_NAMES,
  WAITING,
} from "../../../../../src/runtime/model/task-states.ts";
import { Core } from "../harness.ts";

test("the states that may follow each other", () => {
  const table = STATE_NAMES.map((name, from) => [
    name,
    STATE_NAMES.filter((_, to) => (MAY_BECOME[from]! & (1 << to)) !== 0).join(" "),
  ]);
  expect(Object.fromEntries(table)).toEqual({
    waiting: "ready assigned finished failed cancelled skipped",
    ready: "waiting assigned finished cancelled",
    assigned: "waiting ready running retracting finished failed cancelled",
    running: "waiting ready finished failed cancelled",
    retracting: "waiting ready running finished failed cancelled",
    finished: "waiting",
    failed: "",
    cancelled: "",
    skipped: "",
  });
});

describe("an illegal transition", () => {
  test("throws with the history of the task", () => {
    const core = new Core();
    core.open();
    core.join(1);
    core.submit({ tasks: [{}] });
    core.finish(1, [0]);
    const session = core.state.sessions.get(1)!;
    const illegal = () => transition(core.state, session, 0, ASSIGNED);
    expect(illegal).toThrow(CoreError);
    expect(illegal).toThrow(
      "task 0 of session 1 is finished and cannot become assigned; its history: " +
        "waiting → ready at 3 s, ready → assigned at 3 s, assigned → finished at 4 s",
    );
  });

  test("changes nothing", () => {
    const core = new Core();
    core.open();
    core.submit({ tasks: [{}, { inputs: [0] }] });
    const session = core.state.sessions.get(1)!;
    for (const to of [WAITING, RUNNING, RETRACTING]) {
      expect(() => transition(core.state, session, 1, to)).toThrow(CoreError);
    }
    expect(session.graph.taskState[1]).toBe(WAITING);
    expect(session.graph.taskState[0]).toBe(READY);
    core.seal();
  });

  test("of a task without recorded history says so", () => {
    const core = new Core();
    core.open();
    core.submit({ tasks: [{ type: "none" }] });
    core.open(2);
    core.submit({ tasks: Array.from({ length: 5000 }, () => ({})) }, 2);
    const session = core.state.sessions.get(1)!;
    expect(() => transition(core.state, session, 0, RUNNING)).toThrow("its history: no recent transitions");
  });
});
