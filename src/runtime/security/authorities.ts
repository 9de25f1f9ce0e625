import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { messageOf, RainError } from "../errors.ts";

/**
 * Reads a PEM file with trusted certificates.
 * @throws IO if it cannot be read; USAGE if it contains no certificate
 */
export async function readAuthorities(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((error) => {
    throw new RainError("IO", `cannot read the certificates in ${path}: ${messageOf(error)}`, {
      hint: "--tls-ca or $RAIN_TLS_CA names this file.",
      cause: error,
    });
  });
  try {
    new X509Certificate(text);
    return text;
  } catch (error) {
    throw new RainError("USAGE", `${path} contains no certificate`, {
      hint: "A certificate is text that begins with -----BEGIN CERTIFICATE-----.",
      cause: error,
    });
  }
}
