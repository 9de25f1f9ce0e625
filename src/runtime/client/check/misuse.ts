import { clip, RainError } from "../../errors.ts";

const HINT = "docs/typescript-api.md in the package rain-tasks describes the API.";
const MAX_SHOWN = 60;

/** A call of the API that cannot work: USAGE, with a hint that suits a program rather than a command line. */
export function misuse(message: string, options: { hint?: string; cause?: unknown } = {}): RainError {
  return new RainError("USAGE", message, { hint: HINT, ...options });
}

/**
 * An argument that a function does not take.
 * @param call the function, as the caller writes it
 * @param argument the argument, or a place within it such as `inputs[0]`
 * @param expected what is expected there
 */
export function wrongArgument(
  call: string,
  argument: string,
  expected: string,
  value: unknown,
  hint?: string,
): RainError {
  const message = `${call}: ${argument}: expected ${expected}, not ${shown(value)}`;
  return misuse(message, isPromise(value) ? { hint: "Await the promise first." } : hint ? { hint } : {});
}

/** A value in a few words: simple ones as they are, others by their kind. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `the text ${JSON.stringify(clip(value, MAX_SHOWN))}`;
    case "bigint":
      return "a BigInt";
    case "symbol":
      return "a symbol";
    case "function":
      return value.name ? `the function ${clip(value.name, MAX_SHOWN)}` : "a function";
    case "object":
      return value === null ? "null" : kindOf(value);
    default:
      return String(value);
  }
}

/** The words for the values of the API, which are classes here. */
const OWN_KINDS: Readonly<Record<string, string>> = {
  DataObject: "a data object",
  Task: "a task",
  RemoteTask: "a task",
};

function kindOf(value: object): string {
  if (Array.isArray(value)) return "a list";
  if (isPlainObject(value)) return "an object";
  const name: unknown = value.constructor?.name;
  if (typeof name !== "string" || name === "") return "an object";
  return OWN_KINDS[name] ?? `${/^[AEIO]/.test(name) ? "an" : "a"} ${clip(name, MAX_SHOWN)}`;
}

/** Whether a value is an object such as `{ a: 1 }`, of this or another realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isPromise(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
