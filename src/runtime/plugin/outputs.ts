import { messageOf } from "../errors.ts";
import type { DeclaredOutput } from "./check-outputs.ts";
import type { ContentType, Slots, TaskInput, TaskOutput, TaskOutputs } from "./contract.ts";

/** Finds the content type that loads and dumps a type of this name. */
export type ContentTypeLookup = (name: string) => ContentType | undefined | Promise<ContentType | undefined>;

/** An output as Rain stores it. */
export type PlainOutput = Exclude<TaskOutput, { value: unknown }>;

/**
 * What a task answered as a list, with its values as bytes. Answers a promise only where there are values.
 * @throws Error for an answer of another shape, a label that is missing or unknown, a value that cannot be dumped
 */
export function plainOutputs(
  given: TaskOutputs,
  slots: Slots,
  declared: readonly DeclaredOutput[],
  lookup: ContentTypeLookup,
): readonly PlainOutput[] | Promise<PlainOutput[]> {
  const list = isList(given) ? given : listByLabel(given, slots, declared);
  if (!list.some(isValue)) return list as readonly PlainOutput[];
  return Promise.all(
    list.map((output, i) =>
      isValue(output) ? dump(output, declared[i]?.contentType ?? "", `output ${i}`, lookup) : output,
    ),
  );
}

function isList(given: unknown): given is readonly TaskOutput[] {
  return Array.isArray(given);
}

function isValue(output: TaskOutput): output is { value: unknown; contentType?: string } {
  return typeof output === "object" && output !== null && "value" in output;
}

function listByLabel(
  given: unknown,
  slots: Slots,
  declared: readonly DeclaredOutput[],
): readonly TaskOutput[] {
  if (typeof given !== "object" || given === null || given instanceof Uint8Array || "bytes" in given) {
    throw new Error("the task type answered neither a list of outputs nor an object of them by label");
  }
  const outputs = new Map(Object.entries(given as Record<string, TaskOutput>));
  const list = declared.map(({ label: declaredLabel }, i) => {
    const label = slots.fixed?.[i]?.label ?? declaredLabel;
    const output = outputs.get(label);
    if (output === undefined) throw new Error(`it gave no output ${JSON.stringify(label)}`);
    outputs.delete(label);
    return output;
  });
  const [unknown] = outputs.keys();
  if (unknown !== undefined)
    throw new Error(`it gave an output ${JSON.stringify(unknown)} that is not declared`);
  return list;
}

async function dump(
  { value, contentType }: { value: unknown; contentType?: string },
  declared: string,
  what: string,
  lookup: ContentTypeLookup,
): Promise<PlainOutput> {
  const name = contentType || declared;
  const type = await lookup(name);
  if (!type) throw new Error(`${what} is a value, but nothing here dumps ${nameOf(name)}`);
  try {
    return { bytes: await type.dump(value, name), ...(contentType ? { contentType } : {}) };
  } catch (error) {
    throw new Error(`${what} cannot be dumped as ${nameOf(name)}: ${messageOf(error)}`, { cause: error });
  }
}

/** The value of an input. @throws Error when nothing loads its content type, or its bytes are not of it */
export async function loadInput(input: TaskInput, lookup: ContentTypeLookup): Promise<unknown> {
  const type = await lookup(input.contentType);
  if (!type) throw new Error(`nothing here loads ${nameOf(input.contentType)}`);
  return await type.load(await input.bytes(), input.contentType);
}

/** The inputs that have a label: that of their place, or else the one given to them. */
export function inputsByLabel<Input extends TaskInput>(
  { fixed = [] }: Slots,
  inputs: readonly Input[],
): Record<string, Input> {
  const byLabel: Record<string, Input> = {};
  for (let i = 0; i < inputs.length; i++) {
    const label = fixed[i]?.label ?? inputs[i].label;
    if (label) byLabel[label] = inputs[i];
  }
  return byLabel;
}

function nameOf(contentType: string): string {
  return contentType ? `the content type "${contentType}"` : "data without a content type";
}
