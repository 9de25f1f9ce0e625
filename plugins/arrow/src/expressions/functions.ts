import type { Environment } from "@marcbachmann/cel-js";

/** The functions that session files add to CEL. Expressions over tables support them too. */
// biome-ignore lint/suspicious/noExplicitAny: CEL checks the arguments against the signature.
const FUNCTIONS: Readonly<Record<string, (...args: any[]) => unknown>> = {
  "pad(int, int): string": (value: bigint, width: bigint) =>
    `${value < 0n ? "-" : ""}${String(value < 0n ? -value : value).padStart(Number(width), "0")}`,
  "fixed(double, int): string": (value: number, digits: bigint) => value.toFixed(Number(digits)),
  "split(string, string): list<string>": (text: string, at: string) => text.split(at),
  "replace(string, string, string): string": (text: string, from: string, to: string) =>
    text.split(from).join(to),
  "upper(string): string": (text: string) => text.toUpperCase(),
  "lower(string): string": (text: string) => text.toLowerCase(),
};

/** CEL has no arithmetic between integers and floats. */
const MIXED: readonly [string, (a: number, b: number) => number][] = [
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", (a, b) => a / b],
];

const COMPARABLE_WITH_NULL = [
  "int",
  "double",
  "string",
  "bool",
  "bytes",
  "google.protobuf.Timestamp",
  "list",
  "map",
];

export function registerFunctions(environment: Environment): void {
  for (const [signature, call] of Object.entries(FUNCTIONS)) environment.registerFunction(signature, call);
  for (const [sign, apply] of MIXED) {
    environment.registerOperator(`int ${sign} double: double`, (a: bigint, b: number) => apply(Number(a), b));
    environment.registerOperator(`double ${sign} int: double`, (a: number, b: bigint) => apply(a, Number(b)));
  }
  environment.registerOperator("int == double", (a: bigint, b: number) => Number(a) === b);
  for (const type of COMPARABLE_WITH_NULL)
    environment.registerOperator(`${type} == null`, (a: unknown) => a === null);
}
