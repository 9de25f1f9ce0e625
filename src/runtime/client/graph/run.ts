import type { DataType } from "../../protocol/messages/index.ts";
import { isPlainObject, misuse, wrongArgument } from "../check/misuse.ts";
import { checkOptions } from "../check/options.ts";
import { runOptions, runTemplate } from "../check/run-schemas.ts";
import { checkLabels, objectOf } from "./inputs.ts";
import {
  type DataObject,
  isObjectLike,
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

/**
 * A word of a command. A data object or task becomes a file or directory with a path of its own, and the word is this
 * path. A list is its words.
 */
export type Word = string | number | ObjectLike | WritableInput | readonly Word[];

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
  /** Directories that exist when the program starts, even if no input is in them. */
  directories?: string[];
}

/**
 * A task that runs a program in its own empty directory.
 * @throws USAGE if `args` is a string without `shell`
 */
export function run(args: readonly Word[] | string, options: RunOptions = {}): Task {
  return checkedRun("tasks.run", args, options);
}

/**
 * A program to run several times on different inputs:
 * `const sort = program(["sort"], { stdout: true }); const sorted = sort({ stdin: lines });`
 */
export function program(
  args: readonly Word[] | string,
  template: RunTemplate = {},
): (inputs?: RunInputs & TaskOptions) => Task {
  checkOptions("program", runTemplate, template);
  checkedRun("program", args, template);
  return (inputs = {}) => {
    checkOptions("a program", runOptions, inputs);
    return checkedRun("a program", args, { ...template, ...inputs });
  };
}

function checkedRun(call: string, args: readonly Word[] | string, options: RunOptions): Task {
  checkOptions(call, runOptions, options);
  const task = runTask(call, args, options);
  checkLabels(call, "options", task.outputs);
  return task;
}

/** As `run`, for options that were checked. @throws USAGE */
export function runTask(
  call: string,
  args: readonly Word[] | string,
  options: RunOptions & { directories?: string[] },
): Task {
  const {
    stdin,
    files = {},
    directories = [],
    out = [],
    stdout,
    stderr,
    env,
    shell,
    ...taskOptions
  } = options;
  if (typeof args === "string" && !shell) {
    throw misuse(`${call} needs a list of arguments, not the text ${JSON.stringify(args)}`, {
      hint: "Split it, or set { shell: true }.",
    });
  }
  const inputs: DataObject[] = [];
  const outputs: OutputOptions[] = [];
  const config: RunConfig = {
    args: [],
    ...(shell && { shell }),
    ...(env && { env: { ...env } }),
    in_paths: [],
    out_paths: [],
    ...(directories.length > 0 && { directories }),
  };
  const addInput = (argument: string, path: string, input: ObjectLike | WritableInput) => {
    const isPlain = isObjectLike(input) || !isPlainObject(input);
    inputs.push(objectOf(call, isPlain ? argument : `${argument}.object`, isPlain ? input : input.object));
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

  if (stdin !== undefined) addInput("options.stdin", "+in", stdin);
  for (const [path, input] of Object.entries(files))
    addInput(`options.files[${JSON.stringify(path)}]`, path, input);
  for (const file of out) {
    const options = typeof file === "string" ? { path: file } : file;
    addOutput(options.path, options.path, options);
  }
  if (stdout) addOutput("+out", "stdout", stdout === true ? {} : stdout);
  if (stderr) addOutput("+err", "stderr", stderr === true ? {} : stderr);
  if (typeof args === "string") config.args.push(args);
  else addWords(call, args, config, addInput);
  return new Task("builtin/run", { ...taskOptions, inputs, outputs, config });
}

/** Adds the words of a command to its config, and the objects among them to the inputs. */
function addWords(
  call: string,
  args: readonly Word[],
  config: RunConfig,
  addInput: (argument: string, path: string, input: ObjectLike | WritableInput) => void,
): void {
  if (!Array.isArray(args))
    throw wrongArgument(call, "args", "a list of words, or a text with { shell }", args);
  /** Paths of the objects that are words, so that an object among several words is one file. */
  const paths = new Map<unknown, string>();
  const isTaken = (path: string) =>
    config.in_paths.some((one) => one.path === path) || config.out_paths.includes(path);
  const add = (words: readonly Word[], argument: string, depth: number): void => {
    if (depth > 100)
      throw misuse(`${call}: ${argument}: the list contains itself, or is nested more than 100 deep`);
    for (let i = 0; i < words.length; i++) {
      const word: unknown = words[i];
      const place = `${argument}[${i}]`;
      if (typeof word === "string") config.args.push(word);
      else if (typeof word === "number" && Number.isFinite(word)) config.args.push(String(word));
      else if (Array.isArray(word)) add(word, place, depth + 1);
      else if (isObjectLike(word) || isWritable(word)) {
        const path = paths.get(word) ?? freePath(config.args.length, isTaken);
        if (!paths.has(word)) addInput(place, path, word);
        paths.set(word, path);
        config.args.push(path);
      } else
        throw wrongArgument(call, place, "a text, a number, a data object, a task or a list of these", word);
    }
  };
  add(args, "args", 0);
}

function isWritable(word: unknown): word is WritableInput {
  return (
    isPlainObject(word) &&
    Object.keys(word).every((key) => key === "object" || key === "write") &&
    isObjectLike(word.object)
  );
}

/** A path that no other input or output has: `arg-2` for the word with the index 2. */
function freePath(index: number, isTaken: (path: string) => boolean): string {
  let path = `arg-${index}`;
  while (isTaken(path)) path += "_";
  return path;
}
