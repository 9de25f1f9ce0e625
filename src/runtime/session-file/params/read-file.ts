import { RainError } from "../../errors.ts";
import { Problems } from "../checking/problems.ts";
import { parseDocument } from "../reading/parse-document.ts";
import { isMap } from "../reading/plain-values.ts";
import { readSource } from "../reading/source.ts";

/**
 * The values in a file of parameters, and the directory that its relative paths start from.
 * @throws RainError INVALID_FILE
 */
export function readParamsFile(path: string): { values: Record<string, unknown>; baseDir: string } {
  const source = readSource(path, "file of parameters");
  const problems = new Problems(source);
  const parsed = parseDocument(source, problems);
  if (!parsed) throw problems.toError(source);
  if (isMap(parsed.value)) return { values: parsed.value, baseDir: source.baseDir };
  throw new RainError("INVALID_FILE", `${path} must be a map from names of parameters to values`);
}
