import { resolve } from "node:path";
import type { Param } from "./param.ts";

/** The value of a parameter, where a relative path starts from a directory. */
export function absolute(
  { type, items }: Pick<Param, "type" | "items">,
  value: unknown,
  baseDir: string,
): unknown {
  if (type === "list" && items === "path" && Array.isArray(value)) {
    return value.map((entry: unknown) => absolute({ type: items }, entry, baseDir));
  }
  return type === "path" && typeof value === "string" && value !== "" ? resolve(baseDir, value) : value;
}
