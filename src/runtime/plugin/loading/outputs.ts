import { type ContentTypeLookup, dumpValue, loadValue } from "../../content-types/lookup.ts";
import { isSubtype } from "../../content-types/names.ts";
import { checkOutputCount, type DeclaredOutput, declaredOutput, outputName } from "../check/outputs.ts";
import { slotAt } from "../check/slots.ts";
import type { Slots, TaskInput, TaskOutput, TaskOutputs } from "../contract/index.ts";

export type { ContentTypeLookup };

/** An output in the form that Rain stores. */
export type PlainOutput = Exclude<TaskOutput, { value: unknown }>;

/**
 * Converts the result of a task to a list, with values as bytes. An output without a content type gets the
 * type that its slot declares, or the narrower one of the submitter. Returns a promise only if there are
 * values.
 * @throws Error for a result of another shape, a wrong number of outputs, a missing or unknown label, a
 * content type that the slot does not allow, a value that cannot be dumped
 */
export function plainOutputs(
  given: TaskOutputs,
  slots: Slots,
  declared: readonly DeclaredOutput[],
  lookup: ContentTypeLookup,
): readonly PlainOutput[] | Promise<PlainOutput[]> {
  const list = isList(given) ? given : listByLabel(given, slots, declared);
  checkOutputCount(declared, list.length);
  const { fixed = [], rest } = slots;
  const isTyped = fixed.some(({ contentType }) => contentType) || rest?.contentType;
  const typed = isTyped ? list.map((output, i) => withSlotType(output, i, slots, declared)) : list;
  if (typed.every(isPlain)) return typed;
  return Promise.all(
    typed.map((output, i) => (isPlain(output) ? output : dump(output, i, declared, lookup))),
  );
}

function withSlotType(
  output: TaskOutput,
  index: number,
  slots: Slots,
  declared: readonly DeclaredOutput[],
): TaskOutput {
  const slotType = slotAt(slots, index)?.contentType;
  if (!slotType || typeof output !== "object" || output === null) return output;
  const own = output instanceof Uint8Array ? "" : output.contentType;
  if (own) {
    if (isSubtype(own, slotType)) return output;
    throw new Error(
      `${outputName(declared, index)} has the content type "${own}", but its task type declares "${slotType}"`,
    );
  }
  const asDeclared = isSubtype(declaredOutput(declared, index).contentType, slotType);
  // An input that is passed through keeps its content type.
  if (asDeclared || "stream" in output) return output;
  return output instanceof Uint8Array
    ? { bytes: output, contentType: slotType }
    : { ...output, contentType: slotType };
}

function isList(given: unknown): given is readonly TaskOutput[] {
  return Array.isArray(given);
}

function isPlain(output: TaskOutput): output is PlainOutput {
  return typeof output !== "object" || output === null || !("value" in output);
}

function listByLabel(
  given: unknown,
  slots: Slots,
  declared: readonly DeclaredOutput[],
): readonly TaskOutput[] {
  if (typeof given !== "object" || given === null || given instanceof Uint8Array || "bytes" in given) {
    throw new Error("the task type returned neither a list of outputs nor an object of outputs by label");
  }
  const outputs = new Map<string, TaskOutput>(Object.entries(given));
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
  index: number,
  declared: readonly DeclaredOutput[],
  lookup: ContentTypeLookup,
): Promise<PlainOutput> {
  const as = contentType || declaredOutput(declared, index).contentType;
  const bytes = await dumpValue(value, as, lookup, outputName(declared, index));
  return { bytes, ...(contentType ? { contentType } : {}) };
}

/**
 * Loads the value of an input. An input without a content type is loaded as the type of its slot.
 * @throws Error if its content type cannot be loaded, or its bytes are not valid for it
 */
export async function loadInput(
  input: TaskInput,
  declared: string | undefined,
  lookup: ContentTypeLookup,
): Promise<unknown> {
  const what = input.label ? `input ${JSON.stringify(input.label)}` : "an input";
  return await loadValue(await input.bytes(), input.contentType || (declared ?? ""), lookup, what);
}

/** The inputs with a label: that of their slot, or else the one given by the submitter. */
export function inputsByLabel<Input extends TaskInput>(
  { fixed = [] }: Slots,
  inputs: readonly Input[],
): Record<string, Input> {
  const byLabel: Record<string, Input> = {};
  for (const [i, input] of inputs.entries()) {
    const label = fixed[i]?.label ?? input.label;
    if (label) byLabel[label] = input;
  }
  return byLabel;
}
