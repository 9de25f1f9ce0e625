import type { Registry } from "../plugin/registry.ts";
import { checkSchema } from "./check-schema.ts";
import { parseDocument } from "./document.ts";
import { collectNames } from "./names.ts";
import { type Path, type Problem, Problems } from "./problems.ts";
import { documentSchema, type SessionDocument } from "./schema.ts";
import { defaultName, readSource, type SessionText } from "./source.ts";
import { buildValues, type SessionValues } from "./values.ts";

/** What a session file asks for. To submit: `session.submit(plan.tasks, plan.save.map(({ object }) => object))`. */
export interface SessionPlan extends SessionValues {
  name: string;
  warnings: Problem[];
}

/**
 * Reads a session file, checks everything that can be checked without a cluster, and builds its tasks. The steps are: parse, schema,
 * names and references, values. An expansion of parameters and matrices belongs between the second and the third.
 * @param from path of a `.json` or YAML file, or its text
 * @throws SessionFileErrors with everything that is wrong, and RainError INVALID_FILE for a file that cannot be read at all
 */
export function loadSessionFile(
  from: string | SessionText,
  { registry }: { registry: Registry },
): SessionPlan {
  const source = readSource(from);
  const problems = new Problems();
  const parsed = parseDocument(source, problems);
  // What the parsers report has its offset already.
  if (!parsed) throw problems.toError(source, () => 0);
  const { value, locate } = parsed;

  const faults = checkSchema(documentSchema, value, problems);
  // Without its sections there is no telling what the references of a file mean.
  if (faults.some((path) => path.length === 0 || (path.length === 1 && isSection(path[0])))) {
    throw problems.toError(source, locate);
  }
  const document = value as SessionDocument;
  const names = collectNames(document, faults, problems);
  const saved = savedRefs(document, faults);
  const values = buildValues(names, saved, { registry, baseDir: source.baseDir, problems });
  if (problems.count > 0) throw problems.toError(source, locate);
  const name = document.name ?? defaultName(source);
  return { name, ...values, warnings: problems.warnings(source, locate) };
}

function isSection(key: string | number): boolean {
  return key === "objects" || key === "tasks";
}

/** What follows the schema of what is to be saved. */
function savedRefs({ save = {} }: SessionDocument, faults: readonly Path[]): Record<string, string> {
  const faulty = new Set(faults.map(([section, path]) => (section === "save" ? (path ?? "") : undefined)));
  if (faulty.has("")) return {};
  return Object.fromEntries(Object.entries(save).filter(([path]) => !faulty.has(path)));
}
