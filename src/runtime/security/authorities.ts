import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { messageOf, RainError } from "../errors.ts";

/** The file with certificates that are trusted, as PEM. @throws IO when it cannot be read, USAGE when it holds none */
export async function readAuthorities(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((error) => {
    throw new RainError("IO", `cannot read the certificates in ${path}: ${messageOf(error)}`, {
      hint: "They are those of --tls-ca or $RAIN_TLS_CA.",
      cause: error,
    });
  });
  try {
    new X509Certificate(text);
    return text;
  } catch (error) {
    throw new RainError("USAGE", `${path} holds no certificate`, {
      hint: "A certificate is text that begins with -----BEGIN CERTIFICATE-----.",
      cause: error,
    });
  }
}
