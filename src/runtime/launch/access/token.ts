import { randomBytes } from "node:crypto";
import { rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, RainError } from "../../errors.ts";
import { isLoopback } from "../../platform/hosts.ts";
import { readPrivateFile } from "./private-file.ts";

/** The syntax of RFC 6750, and long enough not to be guessed. */
const TOKEN = /^[A-Za-z0-9._~+/-]{16,512}=*$/;

export interface TokenOptions {
  /** The host on which the server listens. */
  host: string;
  /** Whether to require a token on loopback as well. */
  force: boolean;
  /** File of the token, which may not exist yet. Default: in `directory`. */
  file: string | undefined;
  /** An existing directory of this server alone. */
  directory: string;
}

/**
 * The file with the token of a server; `undefined` if it needs none. If the file does not exist, writes the
 * token of `$RAIN_TOKEN` or a new one to it.
 * @throws USAGE, IO
 */
export async function serverTokenFile(options: TokenOptions): Promise<string | undefined> {
  const { host, force, file, directory } = options;
  if (!force && file === undefined && isLoopback(host)) return undefined;
  const path = file ?? join(directory, "token");
  const given = file === undefined ? takeToken() : undefined;
  if (given !== undefined) await writeToken(path, given);
  else if (!(await exists(path))) await writeToken(path, randomBytes(32).toString("base64url"));
  return path;
}

/** @throws USAGE if the file contains no token or all users can read it; IO if it cannot be read */
export async function readTokenFile(path: string): Promise<string> {
  const text = await readPrivateFile(path, "the token file");
  return checkedToken(text.trim(), path);
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

async function writeToken(path: string, token: string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(draft, `${token}\n`, { mode: 0o600, flag: "wx" });
    await rename(draft, path);
  } catch (error) {
    throw new RainError("IO", `cannot write the token to ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function checkedToken(token: string, origin: string): string {
  if (TOKEN.test(token)) return token;
  throw new RainError("USAGE", `${origin} contains no token`, {
    hint: "A token has at least 16 characters: letters, digits and -._~+/, no spaces.",
  });
}
