import { existsSync, statfsSync } from "node:fs";
import { resolve } from "node:path";
import { errnoOf } from "../../runtime/platform/errno.ts";
import { TaskError } from "../../runtime/plugin/contract/index.ts";
import { INSTEAD } from "./config.ts";
import type { Exit, Program } from "./program.ts";

/** Free bytes below which a disk counts as full. Programs fail at different numbers. */
const FULL_BYTES = 64 << 10;
/** Lines of stderr that a message ends with; `details.stderr` has more. */
const SHOWN_LINES = 10;

/** The error of a program that failed in this directory. Messages name the program as `shown`. */
export function exitError(exit: Exit, shown: string, stderr: string, directory: string): TaskError {
  const how =
    exit.signal === null ? `exited with code ${exit.code}` : `was terminated by signal ${exit.signal}`;
  const lines = stderr.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
  const facts = exit.signal === null ? { exitCode: exit.code } : { signal: exit.signal };
  const full = isFull(directory) ? "; no space left on the disk of the worker" : "";
  return new TaskError(`\`${shown}\` ${how}${full}${lines === "" ? "" : `:\n${lines}`}`, {
    ...facts,
    stderr,
    program: shown,
  });
}

/** Checked separately, since a full disk may also lose the message of the program. */
function isFull(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize < FULL_BYTES;
}

/** The error of a program that was killed because it used too much memory. */
export function memoryError(used: number, asked: number, shown: string, stderr: string): TaskError {
  const size = (bytes: number) => `${Number((bytes / 2 ** 20).toFixed(1))} MiB`;
  return new TaskError(
    `\`${shown}\` was killed, since it used ${size(used)} of memory and its task asked for ${size(asked)}`,
    { signal: "SIGKILL", memoryUsed: used, memoryAsked: asked, stderr, program: shown },
  );
}

/** The error of a program that could not be started. */
export function startError(error: unknown, program: Program): TaskError {
  return new TaskError(startMessage(error, program), { program: program.command, errno: errnoOf(error) });
}

function startMessage(error: unknown, { command, cwd, variables }: Program): string {
  const searched = variables.PATH ?? process.env.PATH ?? "not set";
  const shown = `program ${JSON.stringify(command)}`;
  const isPath = command.includes("/");
  switch (errnoOf(error)) {
    case "ENOENT":
      if (!isPath) return `${shown} not found in PATH (${searched})`;
      if (!existsSync(resolve(cwd, command))) return `${shown} not found`;
      return `${shown} cannot start: the interpreter that its first line names was not found`;
    case "EACCES":
      return `${shown} is not executable${isPath ? "" : ` in PATH (${searched})`}`;
    case "E2BIG":
      return `${shown} cannot start: its command line and environment are longer than the system allows (\`getconf ARG_MAX\`, usually 2 MiB); ${INSTEAD}`;
    default:
      return `${shown} cannot start: ${error instanceof Error ? error.message : String(error)}`;
  }
}
