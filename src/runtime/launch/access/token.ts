import { randomBytes } from "node:crypto";
import { rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, RainError } from "../../errors.ts";
import { isLoopback } from "../../platform/hosts.ts";
import { readPrivateFile } from "./private-file.ts";

/** As in RFC 6750; one that is shorter could be guessed. */
const TOKEN = /^[A-Za-z0-9._~+/-]{16,512}=*$/;

export interface TokenOptions {
  /** Where the server listens. */
  host: string;
  /** It is to ask for a token on loopback, too. */
  force: boolean;
  /** Where the token is, or is to be put. Default: in `directory`. */
  file: string | undefined;
  /** Existing, and the server's own. */
  directory: string;
}

/**
 * The file with the token of a server, `undefined` when it needs none. A token that is not there yet is that of `$RAIN_TOKEN`,
 * or a new one. @throws USAGE, IO
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

/** @throws USAGE when the file holds no token, or all users can read it; IO when it cannot be read */
export async function readTokenFile(path: string): Promise<string> {
  const text = await readPrivateFile(path, "the token file");
  return checkedToken(text.trim(), path);
}

/**
 * The token of `$RAIN_TOKEN`, which is no longer in the environment then: no program that this process starts gets to see it.
 * @throws USAGE when it can be no token
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
  throw new RainError("USAGE", `${origin} holds no token`, {
    hint: "A token is 16 or more letters, digits or characters of -._~+/ without spaces.",
  });
}
