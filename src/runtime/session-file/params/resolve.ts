import { resolve } from "node:path";
import { RainError } from "../../errors.ts";
import { suggest } from "../../plugin/suggest.ts";
import { toCel } from "../expressions/cel-values.ts";
import { faultOf } from "./check.ts";
import { describeParams, renderParam } from "./describe.ts";
import type { Param } from "./param.ts";
import { parseParamText } from "./parse-text.ts";
import { readParamsFile } from "./read-file.ts";

/** The values that a user gives to the parameters of a file. */
export interface ParamValues {
  /** Texts by name, from `--set`. They win over the file. */
  params?: Readonly<Record<string, string>> | undefined;
  /** A YAML or JSON file with a map from names to values. */
  paramsFile?: string | undefined;
}

/**
 * The values of all parameters, converted for expressions.
 * @param file the session file, for messages
 * @throws RainError INVALID_PARAMS that lists the parameters, INVALID_FILE
 */
export function resolveParams(
  params: readonly Param[],
  { params: texts = {}, paramsFile }: ParamValues,
  file: string,
): Record<string, unknown> {
  const names = params.map(({ name }) => name);
  const faults: string[] = [];
  const values = new Map<string, unknown>();
  const give = (name: string, valueFor: (param: Param) => unknown) => {
    const param = params.find((one) => one.name === name);
    if (!param) {
      const meant = suggest(name, names);
      faults.push(
        `there is no parameter "${name}"${meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`}`,
      );
      return;
    }
    const value = valueFor(param);
    const fault = faultOf(param, value);
    if (fault) faults.push(`the parameter "${name}" ${fault}`);
    values.set(name, value);
  };
  const read = paramsFile === undefined ? { values: {}, baseDir: "" } : readParamsFile(paramsFile);
  for (const [name, value] of Object.entries(read.values)) {
    if (Object.hasOwn(texts, name)) continue;
    give(name, ({ type }) => (isPath(type, value) ? resolve(read.baseDir, value) : value));
  }
  for (const [name, text] of Object.entries(texts)) {
    give(name, ({ type }) => (type === "path" && text !== "" ? resolve(text) : parseParamText(type, text)));
  }
  for (const { name, default: value } of params) {
    if (values.has(name)) continue;
    if (value === undefined)
      faults.push(`the parameter "${name}" has no value; give it one with --set ${name}=VALUE`);
    values.set(name, value);
  }
  if (faults.length > 0) throw invalid(file, faults, params);
  return Object.fromEntries(params.map(({ name, type }) => [name, celValue(type, values.get(name))]));
}

function isPath(type: Param["type"], value: unknown): value is string {
  return type === "path" && typeof value === "string" && value !== "";
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
