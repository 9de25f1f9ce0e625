import type { Registry } from "../plugin/registry.ts";
import { buildValues, type SessionValues } from "./building/values.ts";
import type { Problem } from "./checking/problem.ts";
import { Problems } from "./checking/problems.ts";
import { expand } from "./expansion/expand.ts";
import { declaredParams } from "./params/declare.ts";
import { describeParams, type ParamInfo } from "./params/describe.ts";
import { type ParamValues, resolveParams } from "./params/resolve.ts";
import { readFiles } from "./reading/files.ts";
import { defaultName, readSource, type SessionText } from "./reading/source.ts";

/**
 * The tasks and objects of a session file. To submit: `session.submit(plan.tasks, plan.save.map(({ object })
 * => object))`.
 */
export interface SessionPlan extends SessionValues {
  name: string;
  /** Whether the other tasks stop when a task fails. */
  onFailure: "stop" | "continue";
  warnings: Problem[];
}

/**
 * Reads a session file, checks everything that can be checked without a cluster, and builds its tasks. The
 * steps are: parse the file and the files it includes, and check their shape; set the parameters; evaluate
 * expressions and matrices; resolve references and build the client's values.
 * @param from path of a `.json` or YAML file, or its text
 * @throws SessionFileErrors with everything that is wrong, RainError INVALID_FILE for a file that cannot be
 * read, RainError INVALID_PARAMS for parameters that are missing, wrong or unknown
 */
export function loadSessionFile(
  from: string | SessionText,
  { registry, ...given }: { registry: Registry } & ParamValues,
): SessionPlan {
  return expandSessionFile(from, given).build(registry);
}

/** A session file before its tasks are built: the task types that it uses are known. */
export interface ExpandedSessionFile {
  taskTypes: Set<string>;
  /** @throws SessionFileErrors with everything that is wrong with the file */
  build(registry: Registry): SessionPlan;
}

/**
 * The steps of `loadSessionFile` that need no registry, so that only plugins that are used are loaded.
 * @throws as it
 */
export function expandSessionFile(from: string | SessionText, given: ParamValues): ExpandedSessionFile {
  const { source, files, params, problems } = readDeclarations(from);
  const scope = resolveParams(params, given, { name: source.name, isFaulty: problems.count > 0 });
  const { name, ...expanded } = expand(files, scope, problems);
  const taskTypes = new Set<string>();
  for (const { entry } of expanded.tasks) if (entry && "type" in entry) taskTypes.add(entry.type);
  const build = (registry: Registry) => {
    const [main] = files;
    const values = buildValues(expanded, { registry, main, problems });
    if (problems.count > 0) throw problems.toError(source);
    const { onFailure = "stop" } = main.document;
    return { name: name ?? defaultName(source), onFailure, ...values, warnings: problems.warnings() };
  };
  return { taskTypes, build };
}

/** The parameters of a session file and of the files it includes. @throws as `loadSessionFile` */
export function readParams(from: string | SessionText): ParamInfo[] {
  const { source, params, problems } = readDeclarations(from);
  if (params.faulty === "all" || params.faulty.size > 0) throw problems.toError(source);
  return describeParams(params.sound);
}

function readDeclarations(from: string | SessionText) {
  const source = readSource(from);
  const problems = new Problems(source);
  const files = readFiles(source, problems);
  if (!files) throw problems.toError(source);
  return { source, files, params: declaredParams(files, problems), problems };
}
