import { RainError } from "../../errors.ts";
import type { DataType } from "../../protocol/messages/index.ts";
import {
  asObject,
  DataObject,
  type ObjectLike,
  type OutputOptions,
  Task,
  type TaskOptions,
} from "./values.ts";

/** Describes a file, directory or stream that the program writes. */
export interface CaptureOptions {
  /** Default: the path, or `stdout` and `stderr`. */
  label?: string | undefined;
  contentType?: string | undefined;
  keep?: boolean | undefined;
}

export interface OutputFile extends CaptureOptions {
  path: string;
  dataType?: DataType | undefined;
}

/** An input that the program may write to, since it gets a copy. Other inputs are read-only. */
export interface WritableInput {
  object: ObjectLike;
  write: boolean;
}

/** The inputs of a program. */
export interface RunInputs {
  stdin?: ObjectLike;
  /** Objects that exist in the program's directory when it starts, by relative path. */
  files?: Readonly<Record<string, ObjectLike | WritableInput>>;
}

/** The interpreter of a script. */
export type Shell = boolean | "sh" | "bash" | "python" | "node" | readonly string[];

/** How a program runs and what its outputs are: those of `out`, then `stdout`, then `stderr`. */
export interface RunTemplate extends TaskOptions {
  /** Relative paths of the files and directories that the program makes. */
  out?: readonly (string | OutputFile)[];
  stdout?: boolean | CaptureOptions | undefined;
  stderr?: boolean | CaptureOptions | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  /**
   * The interpreter of a script, which is `args` joined by spaces. `sh` (or `true`) and `bash` stop at the first command that
   * fails; bash also at one inside a pipe. Words of your own need `{0}` where the path of the script goes.
   */
  shell?: Shell | undefined;
}

export type RunOptions = RunTemplate & RunInputs;

/** The config of `builtin/run`. `in_paths` go with the inputs, `out_paths` with the outputs, in order. */
interface RunConfig {
  args: string[];
  shell?: Shell;
  env?: Record<string, string>;
  /** `+in` is the standard input. */
  in_paths: { path: string; write?: boolean }[];
  /** `+out` and `+err` are the captured streams. */
  out_paths: string[];
}

/**
 * A task that runs a program in its own empty directory.
 * @throws USAGE if `args` is a string without `shell`
 */
export function run(args: readonly string[] | string, options: RunOptions = {}): Task {
  const { stdin, files = {}, out = [], stdout, stderr, env, shell, ...taskOptions } = options;
  if (typeof args === "string" && !shell) {
    throw new RainError("USAGE", `run needs a list of arguments, not the text ${JSON.stringify(args)}`, {
      hint: "Split it, or set { shell: true }.",
    });
  }
  const inputs: DataObject[] = [];
  const outputs: OutputOptions[] = [];
  const config: RunConfig = {
    args: typeof args === "string" ? [args] : [...args],
    ...(shell && { shell }),
    ...(env && { env: { ...env } }),
    in_paths: [],
    out_paths: [],
  };
  const addInput = (path: string, input: ObjectLike | WritableInput) => {
    const isPlain = input instanceof Task || input instanceof DataObject;
    inputs.push(asObject(isPlain ? input : input.object));
    config.in_paths.push(!isPlain && input.write ? { path, write: true } : { path });
  };
  const addOutput = (
    path: string,
    defaultLabel: string,
    options: CaptureOptions & { dataType?: DataType | undefined },
  ) => {
    const { label = defaultLabel, contentType, dataType, keep } = options;
    outputs.push({ label, contentType, dataType, keep });
    config.out_paths.push(path);
  };

  if (stdin) addInput("+in", stdin);
  for (const [path, input] of Object.entries(files)) addInput(path, input);
  for (const file of out) {
    const options = typeof file === "string" ? { path: file } : file;
    addOutput(options.path, options.path, options);
  }
  if (stdout) addOutput("+out", "stdout", stdout === true ? {} : stdout);
  if (stderr) addOutput("+err", "stderr", stderr === true ? {} : stderr);
  return new Task("builtin/run", { ...taskOptions, inputs, outputs, config });
}

/**
 * A program to run several times on different inputs:
 * `const sort = program(["sort"], { stdout: true }); const sorted = sort({ stdin: lines });`
 */
export function program(
  args: readonly string[] | string,
  template: RunTemplate = {},
): (inputs?: RunInputs & TaskOptions) => Task {
  return (inputs = {}) => run(args, { ...template, ...inputs });
}
