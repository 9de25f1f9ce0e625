import { writeFile } from "node:fs/promises";
import { messageOf, RainError } from "../../runtime/errors.ts";

/** What `rain init` writes. */
const TEMPLATE = `rain: 1 # the version of this format

# Values that "rain submit FILE --set parts=5" changes.
params:
  parts: { type: integer, default: 3, minimum: 1, description: How many parts are counted at the same time }

# What the tasks start from: text, or files as { file: PATH }, relative to this file.
objects:
  poem: |
    The rain in Spain
    stays mainly in the plain
    and again, and again
    the rain, the rain

tasks:
  # A task runs a program in an empty directory. "files" says what it finds there, "out" what it leaves behind.
  parts:
    run: split -d -a 3 -n r/\${{ params.parts }} poem part-
    files: { poem: poem }
    out: "\${{ range(params.parts).map(i, 'part-' + pad(i, 3)) }}"

  # One instance for each value: count[part=0], count[part=1] …
  count:
    matrix: { part: "\${{ range(params.parts) }}" }
    shell: true # gives the command to /bin/sh, for the pipe
    run: tr -cs A-Za-z '\\n' | tr A-Z a-z | sort | uniq -c
    stdin: parts[\${{ matrix.part }}]
    stdout: true # what it prints is its output

  # "count[*]" stands for all instances. "rain tasks" lists the types of tasks.
  counts: { type: concat, inputs: ["count[*]"] }

  total:
    shell: true
    run: awk 'NF == 2 { total[$2] += $1 } END { for (word in total) print total[word], word }' | sort -k 1,1nr -k 2
    env: { LC_ALL: C }
    stdin: counts
    stdout: true

# What is brought back at the end, by path.
save:
  words.txt: total
`;

/**
 * Writes a session file that runs as it is; `.yml` is added to a name without an ending. Answers its path.
 * @param schema path of the JSON Schema, for editors
 * @throws RainError USAGE when the file is there already, IO
 */
export async function writeNewSession(name: string, schema: string): Promise<string> {
  const path = /\.ya?ml$/.test(name) ? name : `${name}.yml`;
  try {
    await writeFile(path, `# yaml-language-server: $schema=${schema}\n${TEMPLATE}`, { flag: "wx" });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      throw new RainError("USAGE", `${path} is there already`, {
        hint: "Give another name: `rain init NAME`.",
      });
    }
    throw new RainError("IO", `cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
  return path;
}
