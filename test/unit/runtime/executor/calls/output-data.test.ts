import { expect, it } from "vitest";
import { CallContext } from "../../../../../src/runtime/executor/calls/call-context.ts";
import { outputData } from "../../../../../src/runtime/executor/calls/output-data.ts";
import { defineTask } from "../../../../../src/runtime/plugin/contract/index.ts";

const copy = defineTask({
  name: "copy",
  summary: "Copies",
  inputs: { rest: { dataType: "any" } },
  outputs: { rest: { dataType: "any" } },
  run: ({ inputs }) => [...inputs],
});

/** The context of a run of `copy` with these texts as inputs and one output. */
function contextOf(...texts: string[]): CallContext {
  const inputs = texts.map((text, index) => {
    const memory = new TextEncoder().encode(text);
    return { label: `${index}`, dataType: "blob" as const, contentType: "text", size: memory.length, memory };
  });
  const outputs = [{ label: "copy", dataType: "blob" as const, contentType: "" }];
  const facts = { task: { session: 1, id: 0, name: "copy" }, config: {}, inputs, outputs, resources: {} };
  const makeDir = () => Promise.reject(new Error("no directory is needed"));
  return new CallContext(copy, facts, { makeDir, lookup: () => undefined });
}

it("names an input that is an output by its index, so that its bytes are not sent", () => {
  const context = contextOf("a", "b");
  expect(outputData(context, [context.inputs[1]!])).toEqual([[1]]);
});

it("refuses an input of another run", () => {
  const other = contextOf("a").inputs[0]!;
  expect(() => outputData(contextOf("a"), [other])).toThrow(
    "output 0 (copy) is neither bytes, nor an input, nor a path",
  );
});

it("refuses as many outputs as the task does not have", () => {
  const context = contextOf("a");
  expect(() => outputData(context, [])).toThrow(/0 outputs/);
});
