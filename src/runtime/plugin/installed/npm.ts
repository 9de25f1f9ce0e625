import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf, RainError } from "../../errors.ts";

const run = promisify(execFile);

const TIME_LIMIT_MS = 10 * 60_000;
const MAX_OUTPUT_BYTES = 64 * 2 ** 20;

/**
 * Options to copy the package without its development and peer dependencies. Rain itself provides
 * `rain-tasks`.
 */
const OPTIONS = [
  ...["--save-exact", "--install-links", "--legacy-peer-deps", "--omit=dev"],
  ...["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", "--json"],
];

/** A package that npm has installed. */
export interface NpmPackage {
  /** npm name. */
  name: string;
  version: string;
  /** Its source and expected hash; absent for a folder. */
  resolved?: string;
  integrity?: string;
}

/**
 * Installs one package with its dependencies into `folder`, which is empty.
 * @param spec a package in the form of npm: NAME@VERSION, the path of a tarball or a folder, a git address
 * @throws USAGE for a package that does not exist, IO when npm fails, the reason of `signal`
 */
export async function npmInstall(folder: string, spec: string, signal: AbortSignal): Promise<NpmPackage> {
  await writeFile(join(folder, "package.json"), `{ "private": true }\n`);
  try {
    await run("npm", ["install", spec, ...OPTIONS], {
      cwd: folder,
      signal,
      timeout: TIME_LIMIT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw npmFailure(spec, error as ExecError);
  }
  return installedPackage(folder, spec);
}

type ExecError = NodeJS.ErrnoException & { stdout?: string; stderr?: string; killed?: boolean };

async function installedPackage(folder: string, spec: string): Promise<NpmPackage> {
  const { dependencies = {} } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const [name] = Object.keys(dependencies);
  if (name === undefined) throw new RainError("IO", `npm installed nothing for ${spec}`);
  const lock = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8"));
  const { version, resolved, integrity } = lock.packages[`node_modules/${name}`];
  return { name, version, resolved, integrity };
}

const UNREACHABLE = [
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENETUNREACH",
  "ENOTCACHED",
  "ENOTFOUND",
  "ERR_SOCKET_TIMEOUT",
  "ETIMEDOUT",
];

function npmFailure(spec: string, error: ExecError): RainError {
  const failed = (code: "IO" | "USAGE", why: string, hint: string) =>
    new RainError(code, `cannot install ${spec}: ${why}`, { hint, cause: error });

  if (error.code === "ENOENT") {
    return failed("IO", "npm is not on the PATH", "npm comes with Node.js.");
  }
  if (error.killed)
    return failed("IO", "npm took longer than ten minutes", "Try again, or install from a tarball.");
  const { code, summary } = reportOf(error);
  if (code === "E404") return failed("USAGE", "npm does not find this package", "Check its name.");
  if (code === "ETARGET")
    return failed("USAGE", "there is no such version", `\`npm view ${spec} versions\` lists them.`);
  if (UNREACHABLE.includes(code)) {
    return failed(
      "IO",
      `npm cannot reach the registry (${code})`,
      "Without network, install a tarball that was made with `npm pack`.",
    );
  }
  return failed("IO", `npm says: ${summary}`, "Run `npm install` in an empty folder for details.");
}

/** npm prints errors as JSON to stdout, unless it fails early. */
function reportOf({ stdout = "", stderr = "", message }: ExecError): { code: string; summary: string } {
  try {
    const { code, summary, detail } = JSON.parse(stdout.slice(stdout.indexOf("{"))).error;
    return { code: String(code), summary: [summary, detail].filter(Boolean).join(" ").trim() };
  } catch {
    const lines = stderr.trim().split("\n").slice(-5).join("\n");
    return { code: "", summary: lines || messageOf(message) };
  }
}
