import { RainError } from "../../errors.ts";
import { describeEnding } from "./accept.ts";
import type { ExecutorExit } from "./executor.ts";

/** Error of the task that an executor ran when it died. @param memory bytes that it was allowed */
export function diedError(
  name: string,
  pid: number,
  exit: ExecutorExit,
  memory: number | undefined,
): RainError {
  const { code, signal, tail } = exit;
  const details = { ...(signal === null ? { exitCode: code } : { signal }), stderr: tail };
  if (/out of memory|MemoryError/i.test(tail)) {
    const limit = memory === undefined ? "" : `, of which it may use ${Math.round(memory / 2 ** 20)} MiB`;
    return new RainError(
      "TASK_FAILED",
      `executor ${name} (pid ${pid}) ran out of memory${limit}, while it ran this task`,
      { details, hint: "Give the task more by `resources: { memory: … }`." },
    );
  }
  const how = `executor ${name} (pid ${pid}) ${describeEnding(exit)} while it ran this task`;
  return new RainError("TASK_FAILED", tail ? `${how}:\n${tail}` : how, { details });
}
