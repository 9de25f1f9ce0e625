import * as v from "valibot";
import { keys, relativePath } from "../support/config.ts";
import { firstDuplicate, normalizePath } from "../support/paths.ts";
import { SCRIPT, shellSchema } from "./shell.ts";

/** Path of the input that the program reads as its standard input. */
export const STDIN = "+in";
/** Paths of the outputs with the standard output and standard error of the program. */
export const STDOUT = "+out";
export const STDERR = "+err";

/** Bytes that Linux allows for a word of a command line and for an environment variable (MAX_ARG_STRLEN, without the NUL). */
const MAX_WORD_BYTES = 131_071;

const args = v.pipe(
  v.array(v.string()),
  v.guard(
    (list): list is [program: string, ...args: string[]] => list.length > 0 && list[0] !== "",
    "the program to run is missing",
  ),
);

const placePath = v.pipe(
  relativePath,
  v.check((path) => normalizePath(path) !== "", "the path is that of the working directory itself"),
);
const inPath = v.pipe(
  placePath,
  v.check(
    (path) => path !== STDOUT && path !== STDERR,
    (issue) => `"${issue.input}" is an output; standard input is "${STDIN}"`,
  ),
);
const outPath = v.pipe(
  placePath,
  v.check(
    (path) => path !== STDIN,
    `"${STDIN}" is an input; the outputs of a program are "${STDOUT}" and "${STDERR}"`,
  ),
);

export const schema = keys({
  args: v.pipe(args, v.description("the program and its arguments; with a shell: the script, as one word")),
  shell: v.optional(
    v.pipe(
      shellSchema,
      v.description(`what runs the script: true for sh, or words with "${SCRIPT}" for its path`),
    ),
  ),
  env: v.optional(
    v.pipe(
      v.record(v.string(), v.string()),
      v.description("environment variables, beside those of the worker"),
    ),
  ),
  in_paths: v.optional(
    v.pipe(
      v.array(
        keys({
          path: v.pipe(
            inPath,
            v.description(`path in the working directory, or "${STDIN}" for standard input`),
          ),
          write: v.optional(
            v.pipe(v.boolean(), v.description("whether the program may change the file: it gets a copy")),
          ),
        }),
      ),
      v.description("where the program finds each input"),
    ),
    [],
  ),
  out_paths: v.optional(
    v.pipe(
      v.array(outPath),
      v.description(`where the program leaves each output, or "${STDOUT}" or "${STDERR}" for what it prints`),
    ),
    [],
  ),
  directories: v.optional(
    v.pipe(v.array(relativePath), v.description("empty directories that the program finds")),
    [],
  ),
});

export type RunConfig = v.InferOutput<typeof schema>;

/** Checks what the schema cannot express. @throws Error */
export function checkConfig({
  config,
  inputs,
  outputs,
}: {
  config: RunConfig;
  inputs: number;
  outputs: number;
}): void {
  const { in_paths, out_paths } = config;
  checkLengths(config);
  checkCount("in_paths", in_paths.length, "input", inputs);
  checkCount("out_paths", out_paths.length, "output", outputs);
  const inputPaths = in_paths.map(({ path }) => normalizePath(path));
  checkDistinct("input", inputPaths);
  const blocked = config.directories.map(normalizePath).find((path) => inputPaths.includes(path));
  if (blocked !== undefined) throw new Error(`the input path "${blocked}" is used twice`);
  const outputPaths = out_paths.map(normalizePath);
  checkDistinct("output", outputPaths);
  for (const path of outputPaths) {
    const outer = outputPaths.find((other) => path.startsWith(`${other}/`));
    if (outer === undefined) continue;
    // An output is moved away as a whole, so it cannot be a part of another.
    throw new Error(
      `the output path "${path}" lies in the output "${outer}"; use slice_directory to take it out`,
    );
  }
}

function checkLengths({ args, shell, env = {} }: RunConfig): void {
  // A script goes into a file.
  const words = shell ? (typeof shell === "object" ? shell : []) : args;
  for (const [index, word] of words.entries()) {
    const bytes = Buffer.byteLength(word);
    if (bytes <= MAX_WORD_BYTES) continue;
    throw new Error(
      `word ${index + 1} of the command has ${bytes} bytes, but Linux allows ${MAX_WORD_BYTES}; ${INSTEAD}`,
    );
  }
  for (const [name, value] of Object.entries(env)) {
    const bytes = Buffer.byteLength(`${name}=${value}`);
    if (bytes <= MAX_WORD_BYTES) continue;
    throw new Error(
      `the environment variable ${name} has ${bytes} bytes, but Linux allows ${MAX_WORD_BYTES}; ${INSTEAD}`,
    );
  }
}

/** What to do about a command that is too long. */
export const INSTEAD =
  "give the program long texts in a file (`files`), on standard input (`stdin`), or make the command a script (`shell`)";

function checkCount(key: string, paths: number, role: string, given: number): void {
  if (paths !== given) throw new Error(`${key} needs one entry per ${role}; it has ${paths} for ${given}`);
}

function checkDistinct(role: string, paths: string[]): void {
  const twice = firstDuplicate(paths);
  if (twice !== undefined) throw new Error(`the ${role} path "${twice}" is used twice`);
}
