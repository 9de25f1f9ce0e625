import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { defineTask, type TaskContext, TaskError, type TaskInput } from "../runtime/plugin/contract/index.ts";

/** Up to this size the result is joined in memory, without a promise. */
const IN_MEMORY_LIMIT = 1 << 20;

export const concat = defineTask({
  name: "concat",
  summary: "Joins blobs in order",
  inputs: { rest: { dataType: "blob" } },
  outputs: { fixed: [{ dataType: "blob" }] },
  run(ctx) {
    const { inputs } = ctx;
    const directory = inputs.findIndex((input) => input.dataType === "dir");
    if (directory >= 0)
      throw new TaskError(`${nameOf(inputs, directory)} is a directory; concat joins blobs only`);
    // One blob is itself the result, as long as that does not change what is said of its content.
    if (inputs.length === 1 && inputs[0].contentType === ctx.outputs[0].contentType) return [inputs[0]];
    return joinInMemory(inputs) ?? joinInFile(ctx);
  },
});

function joinInMemory(inputs: readonly TaskInput[]): Uint8Array[] | undefined {
  let size = 0;
  for (const { memory } of inputs) {
    if (memory === undefined) return undefined;
    size += memory.length;
  }
  if (size > IN_MEMORY_LIMIT) return undefined;
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

function nameOf(inputs: readonly TaskInput[], index: number): string {
  const { label } = inputs[index];
  return label ? `input ${index} (${JSON.stringify(label)})` : `input ${index}`;
}
