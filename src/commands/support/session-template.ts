import { writeFile } from "node:fs/promises";
import { messageOf, RainError } from "../../runtime/errors.ts";

/** The file that `rain init` writes. */
const TEMPLATE = `rain: 1 # the version of this format

# Values that "rain submit FILE --set parts=5" can change.
params:
  parts: { type: integer, default: 3, minimum: 1, description: Number of parts to count at the same time }

# The input of the tasks: text, or files as { file: PATH }, relative to this file.
objects:
  poem: |
    The rain in Spain
    stays mainly in the plain
    and again, and again
    the rain, the rain

tasks:
  # A task runs a program in an empty directory: "files" are put there first, "out" are the files it produces.
  parts:
    run: split -d -a 3 -n r/\${{ params.parts }} poem part-
    files: { poem: poem }
    out: "\${{ range(params.parts).map(i, 'part-' + pad(i, 3)) }}"

  # One instance for each value: count[part=0], count[part=1] …
  count:
    matrix: { part: "\${{ range(params.parts) }}" }
    shell: true # runs the command as a script of /bin/sh, for the pipe
    run: tr -cs A-Za-z '\\n' | tr A-Z a-z | sort | uniq -c
    stdin: parts[\${{ matrix.part }}]
    stdout: true # its standard output is an output of the task

  # "count[*]" means all instances. "rain tasks" lists the task types.
  counts: { type: concat, inputs: ["count[*]"] }

  total:
    shell: true
    run: awk 'NF == 2 { total[$2] += $1 } END { for (word in total) print total[word], word }' | sort -k 1,1nr -k 2
    env: { LC_ALL: C }
    stdin: counts
    stdout: true

# Objects to fetch at the end, by path.
save:
  words.txt: total
`;

/**
 * Writes a session file that runs as it is, and returns its path. Adds `.yml` to a name without it.
 * @param schema path of the JSON Schema, for editors
 * @throws RainError USAGE if the file exists, IO
 */
export async function writeNewSession(name: string, schema: string): Promise<string> {
  const path = /\.ya?ml$/.test(name) ? name : `${name}.yml`;
  try {
    await writeFile(path, `# yaml-language-server: $schema=${schema}\n${TEMPLATE}`, { flag: "wx" });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") {
      throw new RainError("USAGE", `${path} already exists`, {
        hint: "Give another name: `rain init NAME`.",
      });
    }
    throw new RainError("IO", `cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
  return path;
}
