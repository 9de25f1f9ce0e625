import { RainError } from "../../errors.ts";
import { parseDocument } from "../document.ts";
import { isMap } from "../plain-values.ts";
import { Problems } from "../problems.ts";
import { readSource } from "../source.ts";

/** The values of a file of parameters, and what relative paths in it start from. @throws RainError INVALID_FILE */
export function readParamsFile(path: string): { values: Record<string, unknown>; baseDir: string } {
  const source = readSource(path, "file of parameters");
  const problems = new Problems(source);
  const parsed = parseDocument(source, problems);
  if (!parsed) throw problems.toError(source);
  if (isMap(parsed.value)) return { values: parsed.value, baseDir: source.baseDir };
  throw new RainError("INVALID_FILE", `${path} must be a map from names of parameters to values`);
}
