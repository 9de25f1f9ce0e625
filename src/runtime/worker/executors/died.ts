import { RainError } from "../../errors.ts";
import { describeEnding } from "./accept.ts";
import type { ExecutorExit } from "./executor.ts";

/** Lines of the output of the process in the message. `details.stderr` has more. */
const SHOWN_LINES = 10;

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
  const lines = tail.split("\n").slice(-SHOWN_LINES).join("\n");
  const how = `executor ${name} (pid ${pid}) ${describeEnding(exit)} while it ran this task`;
  return new RainError("TASK_FAILED", lines ? `${how}:\n${lines}` : how, { details });
}
