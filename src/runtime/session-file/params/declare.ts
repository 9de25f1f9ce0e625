import type { Path } from "../checking/location.ts";
import type { Problems } from "../checking/problems.ts";
import { holdsExpression } from "../expressions/expand-value.ts";
import { hasExpression, OPENING } from "../expressions/split-template.ts";
import type { SessionFile } from "../reading/files.ts";
import { writtenAt } from "../reading/written-numbers.ts";
import { reportClash } from "../refs/names.ts";
import type { ParamEntry } from "../schema/params.ts";
import { absolute } from "./absolute.ts";
import { faultOf } from "./check.ts";
import type { Param } from "./param.ts";

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The parameters of all files. */
export interface DeclaredParams {
  /** Those without a fault. */
  sound: Param[];
  /** The names of the others, whose faults are reported; "all" if nothing is known of some. */
  faulty: FaultyParams;
}

/** Names of parameters that are declared in a wrong way, so that nobody knows their values. */
export type FaultyParams = ReadonlySet<string> | "all";

export function declaredParams(files: readonly SessionFile[], problems: Problems): DeclaredParams {
  const params = new Map<string, Param>();
  const declaredIn = new Map<string, SessionFile>();
  const faulty = new Set<string>();
  let isUnknown = false;
  for (const file of files) {
    problems.file = file;
    const faults = file.faults.filter(([section]) => section === "params");
    if (faults.some(([, name]) => name === undefined)) {
      isUnknown = true;
      continue;
    }
    for (const [, name] of faults) faulty.add(String(name));
    for (const [name, entry] of Object.entries(file.document.params ?? {})) {
      if (faults.some(([, wrong]) => wrong === name)) continue;
      const other = declaredIn.get(name);
      if (other) reportClash(other, file, { path: ["params", name], part: "key" }, problems);
      const isRight = !other && checkParam(name, entry, problems);
      if (!isRight) faulty.add(name);
      declaredIn.set(name, file);
      params.set(name, {
        ...entry,
        name,
        default: absolute(entry, entry.default, file.source.baseDir),
        written: writtenAt(entry, "default"),
      });
    }
  }
  const sound = [...params.values()].filter(({ name }) => !faulty.has(name));
  return { sound, faulty: isUnknown ? "all" : faulty };
}

function checkParam(name: string, entry: ParamEntry, problems: Problems): boolean {
  const before = problems.count;
  const path: Path = ["params", name];
  if (!NAME.test(name)) {
    const message = `${JSON.stringify(name)} is not a valid parameter name; use letters, digits and "_"`;
    problems.error({ path, part: "key" }, message);
  }
  for (const [key, value] of Object.entries(entry)) {
    if (!holdsExpression(value) || key === "description") continue;
    const text = typeof value === "string" && hasExpression(value) ? value : undefined;
    const character = text === undefined ? undefined : { text, index: text.indexOf(OPENING) };
    const location = { path: [...path, key], part: "value", character } as const;
    problems.error(location, "parameters cannot contain expressions");
  }
  if (problems.count > before) return false;
  if (entry.items !== undefined && entry.type !== "list") {
    const message = `a parameter of type ${entry.type} has no items; only a list has`;
    problems.error({ path: [...path, "items"], part: "key" }, message);
  }
  for (const bound of ["minimum", "maximum"] as const) {
    if (entry[bound] === undefined || ["integer", "number", "list"].includes(entry.type)) continue;
    problems.error(
      { path: [...path, bound], part: "key" },
      `a parameter of type ${entry.type} cannot have a ${bound}; only integers, numbers and lists can`,
    );
  }
  entry.enum?.forEach((value, index) => {
    const fault = faultOf({ name, type: entry.type }, value, writtenAt(entry.enum ?? [], index));
    if (fault) problems.error({ path: [...path, "enum", index], part: "value" }, `this value ${fault}`);
  });
  if (entry.default !== undefined && problems.count === before) {
    const fault = faultOf({ name, ...entry }, entry.default, writtenAt(entry, "default"));
    if (fault) problems.error({ path: [...path, "default"], part: "value" }, `the default ${fault}`);
  }
  return problems.count === before;
}
