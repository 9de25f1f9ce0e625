import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { messageOf, RainError } from "../../runtime/errors.ts";

const INSTALLED = "node_modules/rain-tasks/schema/session.json";
const PUBLISHED = "https://raw.githubusercontent.com/rain-tasks/rain";

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
 * Its first line names the JSON Schema, for editors.
 * @param version of Rain
 * @throws RainError USAGE if the file exists, IO
 */
export async function writeNewSession(name: string, version: string): Promise<string> {
  const path = /\.ya?ml$/.test(name) ? name : `${name}.yml`;
  try {
    await writeFile(path, newSessionText(path, version), { flag: "wx" });
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

/** The text of the session file for a path. */
export function newSessionText(path: string, version: string): string {
  return `# yaml-language-server: $schema=${schemaFor(path, version)}\n${TEMPLATE}`;
}

/**
 * The address of the schema that holds on other machines, too: relative to the file, if the package is installed for
 * its folder, or else that of the published version.
 */
function schemaFor(path: string, version: string): string {
  const folder = dirname(resolve(path));
  for (let above = folder; ; above = dirname(above)) {
    const schema = join(above, INSTALLED);
    if (existsSync(schema)) return relative(folder, schema);
    if (above === dirname(above)) return `${PUBLISHED}/v${version}/schema/session.json`;
  }
}
