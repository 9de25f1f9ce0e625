import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { defineTask, type TaskContext, TaskError, type TaskInput } from "../runtime/plugin/contract/index.ts";

/** Bytes up to which the result is joined in memory, without a promise. */
const MAX_IN_MEMORY = 1 << 20;

export const concat = defineTask({
  name: "concat",
  summary: "Joins blobs in order",
  inputs: { rest: { dataType: "blob" } },
  outputs: { fixed: [{ dataType: "blob" }] },
  run(ctx) {
    const { inputs } = ctx;
    for (const [index, { dataType, label }] of inputs.entries()) {
      if (dataType !== "dir") continue;
      throw new TaskError(`${inputName(index, label)} is a directory; concat joins blobs only`);
    }
    const [first] = inputs;
    // A single blob is the result, unless its content type differs from the declared one.
    if (first && inputs.length === 1 && first.contentType === ctx.outputs[0]?.contentType) return [first];
    return joinInMemory(inputs) ?? joinInFile(ctx);
  },
});

function joinInMemory(inputs: readonly TaskInput[]): Uint8Array[] | undefined {
  let size = 0;
  for (const { memory } of inputs) {
    if (memory === undefined) return undefined;
    size += memory.length;
  }
  if (size > MAX_IN_MEMORY) return undefined;
  const joined = new Uint8Array(size);
  let offset = 0;
  for (const { memory } of inputs) {
    if (memory === undefined) continue;
    joined.set(memory, offset);
    offset += memory.length;
  }
  return [joined];
}

async function joinInFile(ctx: TaskContext): Promise<{ path: string }[]> {
  const path = join(await ctx.dir(), "joined");
  await pipeline(chunks(ctx.inputs), createWriteStream(path), { signal: ctx.signal });
  return [{ path }];
}

async function* chunks(inputs: readonly TaskInput[]): AsyncGenerator<Uint8Array> {
  for (const input of inputs) {
    if (input.memory) yield input.memory;
    else yield* input.stream();
  }
}

function inputName(index: number, label: string): string {
  return label ? `input ${index} (${JSON.stringify(label)})` : `input ${index}`;
}
