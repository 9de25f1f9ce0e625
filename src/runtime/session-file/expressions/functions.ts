import type { Environment } from "@marcbachmann/cel-js";

/** A function of expressions that CEL itself does not have. */
export interface ExpressionFunction {
  signature: string;
  /** For the reference. */
  summary: string;
  example: { expression: string; value: unknown };
  // biome-ignore lint/suspicious/noExplicitAny: the signature says what it takes, and CEL checks it.
  call: (...args: any[]) => unknown;
}

/** Longer lists are probably mistakes. */
const MAX_LIST = 1_000_000;

/** The functions; integers of CEL are `bigint`. */
export const FUNCTIONS: readonly ExpressionFunction[] = [
  {
    signature: "range(int): list<int>",
    summary: "the integers from 0 to below the argument",
    example: { expression: "range(3)", value: [0, 1, 2] },
    call: (end: bigint) => range(0n, end),
  },
  {
    signature: "range(int, int): list<int>",
    summary: "the integers from the first argument to below the second",
    example: { expression: "range(2, 5)", value: [2, 3, 4] },
    call: range,
  },
  {
    signature: "pad(int, int): string",
    summary: "the digits of an integer, with zeros before it up to a width",
    example: { expression: "pad(7, 3)", value: "007" },
    call: (value: bigint, width: bigint) =>
      `${value < 0n ? "-" : ""}${String(value < 0n ? -value : value).padStart(Number(width), "0")}`,
  },
  {
    signature: "fixed(double, int): string",
    summary: "a number with so many digits after its point",
    example: { expression: "fixed(2.0 / 3.0, 2)", value: "0.67" },
    call: (value: number, digits: bigint) => value.toFixed(Number(digits)),
  },
  {
    signature: "join(list, string): string",
    summary: "the entries of a list as one text, with the second argument between them",
    example: { expression: 'join([1, 2], "-")', value: "1-2" },
    call: (list: unknown[], between: string) => list.map(textOf).join(between),
  },
  {
    signature: "split(string, string): list<string>",
    summary: "the parts of a text between the occurrences of the second argument",
    example: { expression: 'split("a,b", ",")', value: ["a", "b"] },
    call: (text: string, at: string) => text.split(at),
  },
  {
    signature: "replace(string, string, string): string",
    summary: "the text with every occurrence of the second argument replaced by the third",
    example: { expression: 'replace("a.b", ".", "_")', value: "a_b" },
    call: (text: string, from: string, to: string) => text.split(from).join(to),
  },
  {
    signature: "upper(string): string",
    summary: "the text in capital letters",
    example: { expression: 'upper("ab")', value: "AB" },
    call: (text: string) => text.toUpperCase(),
  },
  {
    signature: "lower(string): string",
    summary: "the text in small letters",
    example: { expression: 'lower("AB")', value: "ab" },
    call: (text: string) => text.toLowerCase(),
  },
  {
    signature: "quote(dyn): string",
    summary: "the text as one word for sh and bash; the entries of a list as words",
    example: { expression: 'quote("it\'s here.txt")', value: "'it'\\''s here.txt'" },
    call: (value: unknown) => (Array.isArray(value) ? value.map(quoted).join(" ") : quoted(value)),
  },
  {
    signature: "basename(string): string",
    summary: "the last part of a path",
    example: { expression: 'basename("data/iris.csv")', value: "iris.csv" },
    call: (path: string) => path.replace(/\/+$/, "").split("/").at(-1),
  },
];

/** Arithmetic between integers and doubles, such as `2 * params.rate`, which CEL itself does not have. */
const MIXED: readonly [string, (a: number, b: number) => number][] = [
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", (a, b) => a / b],
];

export function registerFunctions(environment: Environment): void {
  for (const { signature, call } of FUNCTIONS) environment.registerFunction(signature, call);
  for (const [sign, apply] of MIXED) {
    environment.registerOperator(`int ${sign} double`, (a: bigint, b: number) => apply(Number(a), b));
    environment.registerOperator(`double ${sign} int`, (a: number, b: bigint) => apply(a, Number(b)));
  }
}

/** A wrong argument of a function. */
export class CallError extends Error {}

function range(start: bigint, end: bigint): bigint[] {
  const length = Number(end - start);
  if (length > MAX_LIST)
    throw new CallError(`range makes lists of up to ${MAX_LIST} integers, not ${length}`);
  return Array.from({ length: Math.max(0, length) }, (_, index) => start + BigInt(index));
}

function quoted(value: unknown): string {
  if (typeof value === "object")
    throw new CallError("quote takes texts, numbers, booleans and lists of them");
  return `'${String(value).replaceAll("'", "'\\''")}'`;
}

function textOf(value: unknown): string {
  if (typeof value === "object") throw new CallError("join takes lists of texts, numbers and booleans");
  return String(value);
}
