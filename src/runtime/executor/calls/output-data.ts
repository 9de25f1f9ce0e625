import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkOutputCount, outputName } from "../../plugin/check/outputs.ts";
import type { PlainOutput } from "../../plugin/loading/outputs.ts";
import type { OutputData } from "../messages.ts";
import type { CallContext } from "./call-context.ts";
import { CallInput } from "./call-input.ts";

/** Larger outputs go to the worker as files. */
const LARGEST_MESSAGE = 1 << 20;

/**
 * What a task gave, as it travels to the worker. Answers a promise only where large bytes go to a file.
 * @throws Error for something that is no output
 */
export function outputData(
  context: CallContext,
  given: readonly PlainOutput[],
): OutputData[] | Promise<OutputData[]> {
  checkOutputCount(context.outputs, given.length);
  const data: OutputData[] = [];
  const large: number[] = [];
  for (let i = 0; i < given.length; i++) {
    const item = dataOf(context, given[i], i);
    if (sizeOf(item) > LARGEST_MESSAGE) large.push(i);
    data.push(item);
  }
  return large.length === 0 ? data : writeLarge(context, data, large);
}

function dataOf(context: CallContext, output: PlainOutput, index: number): OutputData {
  if (output instanceof Uint8Array) return output;
  if (output instanceof CallInput) return [context.inputs.indexOf(output)];
  if (typeof output === "object" && output !== null) {
    const contentType = "contentType" in output ? (output.contentType ?? "") : "";
    if ("bytes" in output && output.bytes instanceof Uint8Array) return [output.bytes, contentType];
    if ("path" in output && typeof output.path === "string") return [output.path, contentType];
  }
  throw new Error(`${outputName(context.outputs, index)} is neither bytes, nor an input, nor a path`);
}

function sizeOf(data: OutputData): number {
  if (data instanceof Uint8Array) return data.length;
  return data[0] instanceof Uint8Array ? data[0].length : 0;
}

async function writeLarge(
  context: CallContext,
  data: OutputData[],
  large: readonly number[],
): Promise<OutputData[]> {
  const dir = await context.dir();
  for (const index of large) {
    const item = data[index] as Uint8Array | [Uint8Array, string];
    const path = join(dir, `.output-${index}`);
    await writeFile(path, item instanceof Uint8Array ? item : item[0]);
    data[index] = [path, item instanceof Uint8Array ? "" : item[1]];
  }
  return data;
}
