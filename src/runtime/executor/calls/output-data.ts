import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { checkOutputCount, outputName } from "../../plugin/check/outputs.ts";
import type { PlainOutput } from "../../plugin/loading/outputs.ts";
import type { OutputData } from "../messages.ts";
import type { CallContext } from "./call-context.ts";
import { CallInput } from "./call-input.ts";

/** Bytes of an output above which it is sent as a file. */
const MAX_MESSAGE_BYTES = 1 << 20;

interface LargeOutput {
  index: number;
  bytes: Uint8Array;
  contentType: string;
}

/**
 * Converts the outputs of a task to the form of a message. Returns a promise only if large outputs are written to files.
 * @throws Error for a value that is not an output
 */
export function outputData(
  context: CallContext,
  given: readonly PlainOutput[],
): OutputData[] | Promise<OutputData[]> {
  checkOutputCount(context.outputs, given.length);
  const data: OutputData[] = [];
  const large: LargeOutput[] = [];
  for (const [index, output] of given.entries()) {
    const item = dataOf(context, output, index);
    const [bytes, contentType = ""] = item instanceof Uint8Array ? [item] : item;
    if (bytes instanceof Uint8Array && bytes.length > MAX_MESSAGE_BYTES)
      large.push({ index, bytes, contentType });
    data.push(item);
  }
  return large.length === 0 ? data : writeLarge(context, data, large);
}

function dataOf(context: CallContext, output: PlainOutput, index: number): OutputData {
  if (output instanceof Uint8Array) return output;
  const input = output instanceof CallInput ? context.inputs.indexOf(output) : -1;
  if (input >= 0) return [input];
  if (typeof output === "object" && output !== null) {
    const contentType = "contentType" in output ? (output.contentType ?? "") : "";
    if ("bytes" in output && output.bytes instanceof Uint8Array) return [output.bytes, contentType];
    if ("path" in output && typeof output.path === "string") return [output.path, contentType];
  }
  throw new Error(`${outputName(context.outputs, index)} is neither bytes, nor an input, nor a path`);
}

async function writeLarge(
  context: CallContext,
  data: OutputData[],
  large: readonly LargeOutput[],
): Promise<OutputData[]> {
  const dir = await context.dir();
  for (const { index, bytes, contentType } of large) {
    const path = join(dir, `.output-${index}`);
    await writeFile(path, bytes);
    data[index] = [path, contentType];
  }
  return data;
}
