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

/** The parameters of all files. If any is wrong, it reports that and returns `undefined`. */
export function declaredParams(files: readonly SessionFile[], problems: Problems): Param[] | undefined {
  const params = new Map<string, Param>();
  const declaredIn = new Map<string, SessionFile>();
  let isSound = true;
  for (const file of files) {
    problems.file = file;
    const faulty = new Set(file.faults.filter(([section]) => section === "params").map(([, name]) => name));
    if (faulty.size > 0) isSound = false;
    for (const [name, entry] of Object.entries(file.document.params ?? {})) {
      if (faulty.has(name)) continue;
      const other = declaredIn.get(name);
      if (other) reportClash(other, file, { path: ["params", name], part: "key" }, problems);
      const isRight = !other && checkParam(name, entry, problems);
      if (!isRight) isSound = false;
      declaredIn.set(name, file);
      params.set(name, {
        ...entry,
        name,
        default: absolute(entry, entry.default, file.source.baseDir),
        written: writtenAt(entry, "default"),
      });
    }
  }
  return isSound ? [...params.values()] : undefined;
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
