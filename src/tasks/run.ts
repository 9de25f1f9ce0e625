import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { defineTask, type TaskContext, TaskError, type TaskOutput } from "../runtime/plugin/contract.ts";
import { checkConfig, type RunConfig, STDIN, schema } from "./run/config.ts";
import { exitError, startError } from "./run/errors.ts";
import { collectOutputs } from "./run/outputs.ts";
import { type Exit, type Program, runInGroup } from "./run/process-group.ts";
import { resourceVariables } from "./run/resources.ts";
import { openStdio, type Stdio, tailText } from "./run/stdio.ts";
import { configured } from "./support/config.ts";
import { normalizePath } from "./support/paths.ts";
import { placeInputs } from "./support/place.ts";

export const run = defineTask({
  name: "run",
  summary: "Runs a program",
  inputs: { rest: { dataType: "any" } },
  outputs: { rest: { dataType: "any" } },
  ...configured(schema),
  check: checkConfig,

  async run(ctx) {
    const directory = await ctx.dir();
    const workingDirectory = join(directory, "work");
    mkdirSync(workingDirectory);
    const stdin = await mapInputs(ctx, workingDirectory);
    const stdio = await openStdio(directory, stdin);
    try {
      return await runProgram(ctx, stdio, directory, workingDirectory);
    } finally {
      stdio.close();
    }
  },
});

/** Places the inputs in the working directory, and returns the one that becomes standard input. */
async function mapInputs(ctx: TaskContext<RunConfig>, workingDirectory: string) {
  const { in_paths } = ctx.config;
  if (in_paths.length === 0) return undefined;
  const stdin = in_paths.findIndex(({ path }) => path === STDIN);
  if (stdin >= 0 && ctx.inputs[stdin].dataType === "dir") {
    throw new TaskError("the input for standard input is a directory; it must be a blob");
  }
  const placements = in_paths
    .map(({ path, write = false }, index) => ({
      input: ctx.inputs[index],
      path: normalizePath(path),
      writable: write,
    }))
    .filter(({ path }) => path !== STDIN);
  await placeInputs(workingDirectory, placements, ctx.signal);
  return ctx.inputs[stdin];
}

async function runProgram(
  ctx: TaskContext<RunConfig>,
  stdio: Stdio,
  directory: string,
  workingDirectory: string,
): Promise<TaskOutput[]> {
  ctx.signal.throwIfAborted();
  const program = programOf(ctx, workingDirectory, stdio);
  let exit: Exit;
  try {
    exit = await runInGroup(program, ctx.signal);
  } catch (error) {
    throw startError(error, program);
  }
  const stdout = stdio.stdout();
  const stderr = stdio.stderr();
  const tails = { stdout: tailText(stdout), stderr: tailText(stderr) };
  if (tails.stdout || tails.stderr) ctx.printed(tails);
  if (exit.code !== 0)
    throw exitError(exit, ctx.config.shell ? program.args[1] : program.command, tails.stderr);
  return collectOutputs(ctx, { stdout, stderr, workingDirectory, directory });
}

function programOf(ctx: TaskContext<RunConfig>, cwd: string, { descriptors }: Stdio): Program {
  const { args, env, shell } = ctx.config;
  const [command, ...rest] = shell ? ["/bin/sh", "-c", args.join(" ")] : args;
  return {
    command,
    args: rest,
    cwd,
    env: { ...process.env, ...resourceVariables(ctx.resources), ...env },
    stdio: descriptors,
  };
}
