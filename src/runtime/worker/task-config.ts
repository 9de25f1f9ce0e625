import type { StandardResult } from "../plugin/standard-schema.ts";
import { decode } from "../protocol/codec.ts";
import type { AssignedTask } from "./assigned-task.ts";

/** The config as the task type's schema answers it; a promise only when the schema is asynchronous. @throws Error */
export function configOf({ kind, config }: AssignedTask): unknown {
  const schema = kind.type?.config;
  if (!schema) return undefined;
  const result = schema["~standard"].validate(config && decode(config));
  return result instanceof Promise ? result.then(accept) : accept(result);
}

function accept<Value>(result: StandardResult<Value>): Value {
  if (!result.issues) return result.value;
  const issues = result.issues.map(({ message, path = [] }) => {
    const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
    return `${["config", ...keys].join(".")}: ${message}`;
  });
  throw new Error(issues.join("; "));
}
