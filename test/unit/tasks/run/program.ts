import { readFileSync } from "node:fs";
import type { Shell } from "../../../../src/runtime/client/index.ts";
import { runTask, type TaskResult, type TaskRun } from "../run-task.ts";

export interface ShellRun extends Omit<TaskRun, "config"> {
  in_paths?: { path: string; write?: boolean }[];
  out_paths?: string[];
  env?: Record<string, string>;
  shell?: Shell;
}

/** Runs a script, of `/bin/sh` unless declared; every output is a blob unless declared. */
export function runShell(
  line: string,
  { in_paths, out_paths = [], env, shell = true, ...task }: ShellRun = {},
): Promise<TaskResult> {
  return runTask("run", {
    outputs: out_paths.map(() => ({})),
    ...task,
    config: { args: [line], shell, in_paths, out_paths, env },
  });
}

/** Whether a process exists and is more than the remains that its parent has not collected. */
export function isAlive(pid: number): boolean {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1);
    return afterName?.[0] !== "Z";
  } catch {
    return false;
  }
}
