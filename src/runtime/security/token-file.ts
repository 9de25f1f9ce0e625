import { RainError } from "../errors.ts";
import { readPrivateFile } from "./private-file.ts";

/** The syntax of RFC 6750, and long enough not to be guessed. */
const TOKEN = /^[A-Za-z0-9._~+/-]{16,512}=*$/;

/** @throws USAGE if the file contains no token or all users can read it; IO if it cannot be read */
export async function readTokenFile(path: string): Promise<string> {
  const text = await readPrivateFile(path, "the token file");
  return checkedToken(text.trim(), path);
}

/** @param origin for the message @throws USAGE if it is not a token */
export function checkedToken(token: string, origin: string): string {
  if (TOKEN.test(token)) return token;
  throw new RainError("USAGE", `${origin} contains no token`, {
    hint: "A token has at least 16 characters: letters, digits and -._~+/, no spaces.",
  });
}
