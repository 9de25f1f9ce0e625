import { isSubtype } from "../../content-types/names.ts";
import { RainError } from "../../errors.ts";
import type { DataType } from "../contract/index.ts";

export interface DeclaredOutput {
  readonly label: string;
  readonly dataType: DataType;
  readonly contentType: string;
  /** The `user` value with which it was submitted. */
  readonly user?: unknown;
}

/** @throws INTERNAL if there are fewer declared outputs, which `checkOutputCount` excludes */
export function declaredOutput(declared: readonly DeclaredOutput[], index: number): DeclaredOutput {
  const output = declared[index];
  if (!output)
    throw new RainError("INTERNAL", `there is no output ${index}; ${declared.length} are declared`);
  return output;
}

/** @throws Error if a task gave another number of outputs than it declared */
export function checkOutputCount(declared: readonly DeclaredOutput[], given: number): void {
  if (given !== declared.length)
    throw new Error(`it gave ${given} outputs, but ${declared.length} are declared`);
}

/**
 * @param path its path, for the message
 * @throws Error for a blob where a directory is declared, or the reverse
 */
export function checkOutputDataType(
  declared: readonly DeclaredOutput[],
  index: number,
  actual: DataType,
  path?: string,
): void {
  const { dataType } = declaredOutput(declared, index);
  if (actual === dataType) return;
  const at = path === undefined ? "" : ` at ${path}`;
  const words = { blob: "a blob", dir: "a directory" };
  throw new Error(
    `${outputName(declared, index)} is ${words[actual]}${at}, but ${words[dataType]} was declared`,
  );
}

/**
 * The content type at run time: that of the output, or else the declared one.
 * @throws Error if it is not a subtype of it
 */
export function outputContentType(
  declared: readonly DeclaredOutput[],
  index: number,
  given: string | undefined,
): string {
  const { contentType } = declaredOutput(declared, index);
  const actual = given || contentType;
  if (isSubtype(actual, contentType)) return actual;
  throw new Error(
    `${outputName(declared, index)} has the content type "${actual}", but "${contentType}" was declared`,
  );
}

/** For messages: `output 1 (model)`. */
export function outputName(declared: readonly DeclaredOutput[], index: number): string {
  const { label } = declaredOutput(declared, index);
  return label === "" ? `output ${index}` : `output ${index} (${label})`;
}
