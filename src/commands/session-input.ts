import { buffer } from "node:stream/consumers";
import { createRegistry } from "../runtime/plugin/registry.ts";
import { formatProblems, loadSessionFile, type SessionPlan } from "../runtime/session-file/index.ts";
import { builtin } from "../tasks/index.ts";

/** The session file at a path, or on stdin for `-`. Warnings go to stderr. @throws INVALID_FILE, UNKNOWN_TASK_TYPE */
export async function readSessionFile(path: string): Promise<SessionPlan> {
  const registry = createRegistry([builtin]);
  const plan = loadSessionFile(path === "-" ? await readStdin() : path, { registry });
  if (plan.warnings.length > 0) console.error(formatProblems(plan.warnings));
  return plan;
}

async function readStdin() {
  return { text: (await buffer(process.stdin)).toString("utf8"), name: "stdin", baseDir: process.cwd() };
}
