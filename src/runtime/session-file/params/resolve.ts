import { RainError } from "../../errors.ts";
import { suggest } from "../../plugin/suggest.ts";
import type { Scope } from "../expressions/cel.ts";
import { toCel } from "../expressions/cel-values.ts";
import { noteWritten, writtenAt } from "../reading/written-numbers.ts";
import { absolute } from "./absolute.ts";
import { faultOf } from "./check.ts";
import type { DeclaredParams } from "./declare.ts";
import { describeParams, renderParam } from "./describe.ts";
import type { Param } from "./param.ts";
import { parseParamText } from "./parse-text.ts";
import { readParamsFile } from "./read-file.ts";

/** A value of a parameter. A text is read as on the command line. */
export type ParamValue = string | number | boolean | readonly (string | number | boolean)[];

/** The values that a user gives to the parameters of a file. */
export interface ParamValues {
  /** Values by name, from `--set` or a program. They win over the file. */
  params?: Readonly<Record<string, ParamValue>> | undefined;
  /** Texts to add to lists, in order, by name, from `--set NAME+=ENTRY`. */
  addedEntries?: Readonly<Record<string, readonly string[]>> | undefined;
  /** A YAML or JSON file with a map from names to values. */
  paramsFile?: string | undefined;
}

/**
 * The values of all parameters, for expressions.
 * @param file the session file, for messages, and whether something is wrong in it: then parameters without a
 * sound value have none, and what is wrong with the values is not said
 * @throws RainError INVALID_PARAMS that lists the parameters, INVALID_FILE
 */
export function resolveParams(
  { sound: params, faulty }: DeclaredParams,
  { params: texts = {}, paramsFile, addedEntries = {} }: ParamValues,
  file: { name: string; isFaulty: boolean },
): Scope {
  const names = params.map(({ name }) => name);
  const faults: string[] = [];
  /** Parameters whose values are wrong or missing. */
  const withFaults = new Set<string>();
  const values: Record<string, unknown> = {};
  const give = (name: string, valueFor: (param: Param) => unknown, writtenFor: (value: number) => string) => {
    const param = params.find((one) => one.name === name);
    if (!param) {
      const meant = suggest(name, names);
      faults.push(
        `there is no parameter "${name}"${meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`}`,
      );
      return;
    }
    const value = valueFor(param);
    values[name] = value;
    if (typeof value === "number") noteWritten(values, name, value, writtenFor(value));
    const fault = faultOf(param, value, writtenAt(values, name));
    if (!fault) return;
    faults.push(`the parameter "${name}" ${fault}`);
    withFaults.add(name);
  };
  const read = paramsFile === undefined ? { values: {}, baseDir: "" } : readParamsFile(paramsFile);
  for (const [name, value] of Object.entries(read.values)) {
    if (Object.hasOwn(texts, name)) continue;
    give(
      name,
      (param) => absolute(param, value, read.baseDir),
      (number) => writtenAt(read.values, name) ?? String(number),
    );
  }
  for (const [name, text] of Object.entries(texts)) {
    give(
      name,
      (param) => absolute(param, typeof text === "string" ? parseParamText(param, text) : text, "."),
      (number) => (typeof text === "string" ? text : String(number)),
    );
  }
  for (const [name, entries] of Object.entries(addedEntries)) {
    const type = params.find((param) => param.name === name)?.type ?? "list";
    if (type !== "list") {
      faults.push(`the parameter "${name}" is of type ${type}; only a list takes +=`);
      continue;
    }
    const before = (param: Param) => (Object.hasOwn(values, name) ? values[name] : (param.default ?? []));
    give(name, (param) => withEntries(param, before(param), entries), String);
  }
  for (const param of params) {
    const { name, default: value } = param;
    if (Object.hasOwn(values, name)) continue;
    if (value === undefined) {
      faults.push(`the parameter "${name}" has no value; give it one with --set ${name}=VALUE`);
      withFaults.add(name);
    }
    values[name] = value;
    if (typeof value === "number") noteWritten(values, name, value, param.written ?? String(value));
  }
  if (faults.length > 0 && !file.isFaulty) throw invalid(file.name, faults, params);
  const known = params.filter(({ name }) => !withFaults.has(name));
  const written: Record<string, string> = {};
  for (const { name } of known) {
    const text = writtenAt(values, name);
    if (text !== undefined) written[name] = text;
  }
  return {
    params: Object.fromEntries(known.map(({ name, type }) => [name, celValue(type, values[name])])),
    written,
    unknown: faulty === "all" ? "all" : new Set([...faulty, ...withFaults]),
    userTexts: new Set(known.filter(hasUserTexts).map(({ name }) => `params.${name}`)),
  };
}

/** A list with further entries, which are given as texts; any other value as it is. */
function withEntries({ items = "string" }: Param, list: unknown, entries: readonly string[]): unknown {
  if (!Array.isArray(list)) return list;
  const all: unknown[] = [...list];
  for (const text of entries) {
    const entry = absolute({ type: items }, parseParamText({ type: items }, text), ".");
    if (typeof entry === "number") noteWritten(all, all.length, entry, text);
    all.push(entry);
  }
  return all;
}

/** Whether a value may be any text. The values of an enum are those of the author of the file. */
function hasUserTexts({ type, items, enum: allowed }: Param): boolean {
  const of = type === "list" ? (items ?? "string") : type;
  return allowed === undefined && (of === "string" || of === "path");
}

/** A parameter of type `number` stays a double even if it is whole. */
function celValue(type: Param["type"], value: unknown): unknown {
  return type === "number" ? value : toCel(value);
}

function invalid(file: string, faults: readonly string[], params: readonly Param[]): RainError {
  const described = describeParams(params);
  const list =
    described.length === 0
      ? `${file} has no parameters.`
      : `The parameters of ${file} are:\n${described.map((info) => `  ${renderParam(info)}`).join("\n")}`;
  return new RainError("INVALID_PARAMS", faults.join("\n"), {
    hint: list,
    details: { file, faults, parameters: described },
  });
}
