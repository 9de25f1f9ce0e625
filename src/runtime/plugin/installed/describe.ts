import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as v from "valibot";
import { RainError } from "../../errors.ts";
import { PACKAGE_ROOT } from "../../platform/files/package-root.ts";
import { parse } from "../../protocol/messages/parse.ts";
import { errorJson } from "../../protocol/messages/values.ts";
import { type PluginDescription, pluginDescription } from "./plugin-index.ts";

const run = promisify(execFile);

const TIME_LIMIT_MS = 20_000;
const SHOWN_CHARACTERS = 2000;

export interface ModulesToDescribe {
  /** The user's name for the package, for messages. */
  title: string;
  /** Absolute paths of the package and of its modules. */
  folder: string;
  module: string;
  commands: string | undefined;
  signal: AbortSignal;
}

const answerSchema = v.union([v.object({ description: pluginDescription }), v.object({ error: errorJson })]);

/**
 * Loads a plugin in a separate process, so that it cannot harm this process, and describes its contents.
 * @throws START_FAILED if something is wrong with the plugin, the reason of `signal`
 */
export async function describeInProcess(options: ModulesToDescribe): Promise<PluginDescription> {
  const { title, module, commands, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), "rain-describe-"));
  const answerPath = join(folder, "answer.json");
  const script = [
    join(PACKAGE_ROOT, "dist", "describe.js"),
    answerPath,
    module,
    ...(commands ? [commands] : []),
  ];
  const args =
    "Deno" in globalThis ? ["run", "-A", "--quiet", "--node-modules-dir=manual", ...script] : script;
  try {
    const ended = await run(process.execPath, args, {
      signal,
      timeout: TIME_LIMIT_MS,
      killSignal: "SIGKILL",
    }).catch((error: ChildError) => error);
    signal.throwIfAborted();
    const text = await readFile(answerPath, "utf8").catch(() => undefined);
    if (text === undefined) throw noAnswer(title, ended);
    const answer = parse(answerSchema, JSON.parse(text), "description");
    if ("description" in answer) return answer.description;
    const { message, hint } = answer.error;
    throw broken(title, withoutPaths(message, options), hint);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes the paths of a package that is being installed, which mean nothing to users. */
function withoutPaths(message: string, { module, folder }: ModulesToDescribe): string {
  return message.replaceAll(`the plugin ${module}`, "it").replaceAll(`${folder}/`, "");
}

type ChildError = { stdout: string; stderr: string; killed?: boolean; code?: number | null; signal?: string };

function noAnswer(title: string, ended: Partial<ChildError>): RainError {
  const { stdout = "", stderr = "", killed, code = 0, signal } = ended;
  const how = killed
    ? `it was not loaded within ${TIME_LIMIT_MS / 1000} s`
    : `its process ended with ${signal ? `signal ${signal}` : `exit code ${code}`} while it was loaded`;
  const printed = `${stdout}${stderr}`.trim().slice(-SHOWN_CHARACTERS);
  return broken(title, printed === "" ? how : `${how}. It printed:\n${printed}`);
}

function broken(title: string, why: string, hint = "The author of the plugin must correct this."): RainError {
  return new RainError("START_FAILED", `${title} cannot be used: ${why}`, { hint });
}
