import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { tailText } from "../runtime/platform/files/output-tail.ts";
import { defineTask, type TaskContext, TaskError } from "../runtime/plugin/contract/index.ts";
import { checkConfig, type RunConfig, STDERR, STDIN, STDOUT, schema } from "./run/config.ts";
import { exitError, memoryError, startError } from "./run/errors.ts";
import { collectOutputs } from "./run/outputs.ts";
import { type Ended, GRACE_MS, type Program } from "./run/program.ts";
import { resourceVariables } from "./run/resources.ts";
import { runProgram } from "./run/run-program.ts";
import { scriptCommand, shownScript } from "./run/shell.ts";
import { stdinFile } from "./run/stdin.ts";
import { configured } from "./support/config.ts";
import { normalizePath } from "./support/paths.ts";
import { inputAt, makeDirectories, placeInputs } from "./support/place.ts";

export const run = defineTask({
  name: "run",
  summary: "Runs a program",
  inputs: { rest: { dataType: "any" } },
  outputs: { rest: { dataType: "any" } },
  ...configured(schema),
  check: checkConfig,

  async run(ctx) {
    const directory = await ctx.dir();
    const cwd = workingDirectory(ctx.config, directory);
    const input = await mapInputs(ctx, cwd);
    const program = programOf(ctx, { directory, cwd, stdin: await stdinFile(input, directory) });
    ctx.signal.throwIfAborted();
    let ended: Ended;
    try {
      ended = await runProgram(program, ctx.signal);
    } catch (error) {
      throw startError(error, program);
    }
    const { exit, exceeded, stdout, stderr } = ended;
    const tails = { stdout: tailText(stdout), stderr: tailText(stderr) };
    if (tails.stdout || tails.stderr) ctx.printed(tails);
    const { args, shell } = ctx.config;
    const shown = shell ? shownScript(args.join(" ")) : program.command;
    if (exceeded && program.memory) throw memoryError(exceeded, program.memory, shown, tails.stderr);
    if (exit.code !== 0) throw exitError(exit, shown, tails.stderr, directory);
    return collectOutputs(ctx, { program, stdout, stderr, directory });
  },
});

/** The task's directory, or a folder in it if the task has other files, which stay outside. */
function workingDirectory({ in_paths, out_paths, directories, shell }: RunConfig, directory: string): string {
  if (in_paths.length + out_paths.length + directories.length === 0 && !shell) return directory;
  const inside = join(directory, "work");
  mkdirSync(inside);
  return inside;
}

/** Places the inputs in the working directory, and returns the one that becomes standard input. */
async function mapInputs(ctx: TaskContext<RunConfig>, cwd: string) {
  const { in_paths, directories } = ctx.config;
  makeDirectories(cwd, directories);
  if (in_paths.length === 0) return undefined;
  const stdin = in_paths.findIndex(({ path }) => path === STDIN);
  const input = stdin < 0 ? undefined : inputAt(ctx.inputs, stdin);
  if (input?.dataType === "dir") {
    throw new TaskError("the input for standard input is a directory; it must be a blob");
  }
  const placements = in_paths
    .map(({ path, write = false }, index) => ({
      input: inputAt(ctx.inputs, index),
      path: normalizePath(path),
      for: write ? ("writing" as const) : ("reading" as const),
    }))
    .filter(({ path }) => path !== STDIN);
  await placeInputs(cwd, placements, ctx.signal);
  return input;
}

/** Output of the program that is needed in full goes to files outside of its working directory. */
function programOf(
  { config, memory, graceMs = GRACE_MS, resources }: TaskContext<RunConfig>,
  place: { directory: string; cwd: string; stdin: string | undefined },
): Program {
  const { args, env, shell, out_paths } = config;
  const { directory, cwd, stdin } = place;
  const [command, ...rest] = shell ? scriptCommand(shell, args.join(" "), directory) : args;
  return {
    command,
    args: rest,
    cwd,
    memory,
    graceMs,
    variables: { ...resourceVariables(resources), ...env },
    scratch: directory,
    stdin,
    stdout: out_paths.includes(STDOUT) ? join(directory, "stdout") : undefined,
    stderr: out_paths.includes(STDERR) ? join(directory, "stderr") : undefined,
  };
}
