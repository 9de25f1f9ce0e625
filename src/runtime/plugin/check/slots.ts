import { isSubtype, mayBecome } from "../../content-types/names.ts";
import type { DataType, Slot, Slots } from "../contract/index.ts";

/** The known facts about the object at a slot; absent facts are not known yet. */
export interface SlotValue {
  label?: string;
  dataType?: DataType;
  contentType?: string;
  /** Whether the content type is only declared, so that the actual one may be a subtype. */
  mayBeRefined?: boolean;
}

/** A problem, with the index of the value if it concerns one. */
export interface SlotProblem {
  index?: number;
  message: string;
}

/** The slot at this index. */
export function slotAt({ fixed = [], rest }: Slots, index: number): Slot | undefined {
  return fixed[index] ?? rest;
}

/** Finds the first value that does not fit its slot, or a wrong number of values. */
export function checkSlots(
  slots: Slots,
  values: readonly SlotValue[],
  role: "input" | "output",
): SlotProblem | undefined {
  const { fixed = [], rest } = slots;
  if (values.length < fixed.length || (values.length > fixed.length && rest === undefined)) {
    const number = fixed.length === 0 ? "no" : rest ? `at least ${fixed.length}` : `${fixed.length}`;
    return { message: `${number} ${role}${fixed.length === 1 ? "" : "s"} expected, ${values.length} given` };
  }
  // Runs twice for each task, so without an iterator.
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    const slot = slotAt(slots, index);
    // The number of values was checked above.
    if (!slot || !value) break;
    const { dataType, contentType = "", mayBeRefined = role === "output" } = value;
    if (dataType !== undefined && !takesDataType(slot, dataType)) {
      return { index, message: `expected a ${noun(slot.dataType)}, but this is a ${noun(dataType)}` };
    }
    if (!takesContentType(slot, contentType, mayBeRefined)) {
      return {
        index,
        message: `expected the content type "${slot.contentType}", but this is "${contentType}"`,
      };
    }
  }
  return undefined;
}

/** Describes slots: `none`, `blob`, `blob…` for any number, `left: blob (text), right: blob (text)`. */
export function describeSlots({ fixed = [], rest }: Slots): string {
  const parts = fixed.map(describeSlot);
  if (rest) parts.push(`${describeSlot(rest)}…`);
  return parts.join(", ") || "none";
}

function describeSlot({ label, dataType, contentType }: Slot): string {
  const kind = dataType === "any" ? "blob or dir" : (dataType ?? "blob");
  return `${label ? `${label}: ` : ""}${kind}${contentType ? ` (${contentType})` : ""}`;
}

/** The default data type of a slot is a blob. */
function takesDataType(slot: Slot, dataType: DataType): boolean {
  return slot.dataType === "any" || dataType === (slot.dataType ?? "blob");
}

/** An unknown content type is accepted. */
function takesContentType(slot: Slot, contentType: string, mayBeRefined: boolean): boolean {
  if (!slot.contentType || contentType === "") return true;
  return mayBeRefined ? mayBecome(contentType, slot.contentType) : isSubtype(contentType, slot.contentType);
}

function noun(dataType: Slot["dataType"]): string {
  return dataType === "dir" ? "directory" : "blob";
}
