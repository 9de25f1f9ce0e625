import { randomBytes } from "node:crypto";
import { link, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, RainError } from "../../errors.ts";
import { errnoOf } from "../../platform/errno.ts";
import { isLoopback } from "../../platform/hosts.ts";
import { checkedToken } from "../../security/token-file.ts";

/** Printed where a server is started without a token. */
export const NO_TOKEN_WARNING =
  "without a token, every user of this machine can run programs as you and read your sessions";

export interface TokenOptions {
  /** The host on which the server listens. */
  host: string;
  /** False with `--no-token`, which is possible on loopback only. */
  required: boolean;
  /** File of the token, which may not exist yet. Default: in `shared` or `directory`. */
  file: string | undefined;
  /** An existing directory of this server alone. */
  directory: string;
  /** An existing directory whose token several servers of the user may share. Default: `directory`. */
  shared?: string | undefined;
}

/**
 * The file with the token of a server; `undefined` if it requires none. If the file does not exist, writes
 * the token of `$RAIN_TOKEN` or a new one to it.
 * @throws USAGE, IO
 */
export async function serverTokenFile(options: TokenOptions): Promise<string | undefined> {
  const { host, required, file, directory, shared = directory } = options;
  const given = takeToken();
  if (!required) {
    checkOpen(host, file);
    return undefined;
  }
  if (file === undefined && given !== undefined) return writeToken(join(directory, "token"), given, rename);
  const path = file ?? join(shared, "token");
  // Unlike a rename, a link never replaces the token that another server has just made.
  if (!(await exists(path))) await writeToken(path, randomBytes(32).toString("base64url"), linkIfMissing);
  return path;
}

/**
 * Takes the token of `$RAIN_TOKEN` out of the environment, so that programs started by this process do not
 * inherit it.
 * @throws USAGE if it is not a token
 */
export function takeToken(): string | undefined {
  const token = process.env.RAIN_TOKEN;
  delete process.env.RAIN_TOKEN;
  return token ? checkedToken(token.trim(), "$RAIN_TOKEN") : undefined;
}

/** @throws USAGE */
function checkOpen(host: string, file: string | undefined): void {
  if (file !== undefined) throw new RainError("USAGE", "--no-token and --token-file exclude each other");
  if (isLoopback(host)) return;
  throw new RainError("USAGE", `other machines can reach ${host}, so the server needs a token`, {
    hint: "Leave out --no-token, or listen on 127.0.0.1.",
  });
}

async function writeToken(
  path: string,
  token: string,
  place: (draft: string, path: string) => Promise<void>,
): Promise<string> {
  const draft = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(draft, `${token}\n`, { mode: 0o600, flag: "wx" });
    await place(draft, path);
    return path;
  } catch (error) {
    throw new RainError("IO", `cannot write the token to ${path}: ${messageOf(error)}`, { cause: error });
  } finally {
    await rm(draft, { force: true });
  }
}

async function linkIfMissing(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return;
    // Some file systems have no links.
    await rename(draft, path);
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
