import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { resolve } from "node:path";
import { messageOf, RainError } from "../../errors.ts";
import { readAuthorities } from "../../security/authorities.ts";
import type { Trust } from "../../security/credentials.ts";
import { readPrivateFile } from "../../security/private-file.ts";

export interface TlsFlags {
  "tls-cert"?: string | undefined;
  "tls-key"?: string | undefined;
  "tls-ca"?: string | undefined;
}

/** The certificate of a server or worker, and the certificates it trusts. */
export interface OwnTls {
  identity: { cert: string; key: string };
  trust: Trust;
  /** Absolute paths. */
  files: { cert: string; key: string; ca: string | undefined };
}

/**
 * Reads the files of the flags; `undefined` without a certificate. The trusted authorities are those of
 * `--tls-ca`, else of `$RAIN_TLS_CA`, else the certificate itself if it is self-signed.
 * @throws IO, USAGE, START_FAILED if it cannot be used
 */
export async function readTls(flags: TlsFlags): Promise<OwnTls | undefined> {
  if (flags["tls-cert"] === undefined || flags["tls-key"] === undefined) return undefined;
  const files = {
    cert: resolve(flags["tls-cert"]),
    key: resolve(flags["tls-key"]),
    ca: authorityFile(flags),
  };
  const cert = await readFile(files.cert, "utf8").catch((error) => {
    throw new RainError("IO", `cannot read the certificate ${files.cert}: ${messageOf(error)}`);
  });
  const key = await readPrivateFile(files.key, "the private key");
  const certificate = usable(() => new X509Certificate(cert), `${files.cert} contains no certificate`);
  checkDates(certificate, files.cert);
  checkKey(certificate, key, files);
  if (certificate.issuer === certificate.subject) files.ca ??= files.cert;
  const trust = files.ca === undefined ? {} : { ca: await readAuthorities(files.ca) };
  return { identity: { cert, key }, trust, files };
}

/** The file of `--tls-ca`, else of `$RAIN_TLS_CA`. */
export function authorityFile(flags: TlsFlags): string | undefined {
  const file = flags["tls-ca"] ?? process.env.RAIN_TLS_CA;
  return file ? resolve(file) : undefined;
}

/** Whether a certificate (PEM) is valid for a host. */
export function isFor(cert: string, host: string): boolean {
  const certificate = new X509Certificate(cert);
  return (isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host)) !== undefined;
}

/** The hosts that a certificate (PEM) is valid for, without patterns. */
export function hostsOf(cert: string): string[] {
  const names = new X509Certificate(cert).subjectAltName?.split(", ") ?? [];
  const hosts = names.map((name) => /^(?:DNS|IP Address):([^*"]+)$/.exec(name)?.[1]);
  return hosts.filter((host) => host !== undefined);
}

function checkDates({ validFrom, validTo }: X509Certificate, file: string): void {
  const now = Date.now();
  if (Date.parse(validTo) < now) throw notUsable(`the certificate ${file} expired on ${validTo}`);
  if (Date.parse(validFrom) > now)
    throw notUsable(`the certificate ${file} is not valid before ${validFrom}`);
}

function checkKey(certificate: X509Certificate, key: string, files: OwnTls["files"]): void {
  const privateKey: KeyObject = usable(
    () => createPrivateKey(key),
    `${files.key} contains no private key that can be read without a password`,
  );
  if (certificate.checkPrivateKey(privateKey)) return;
  throw notUsable(`the private key ${files.key} does not belong to the certificate ${files.cert}`);
}

function usable<T>(read: () => T, otherwise: string): T {
  try {
    return read();
  } catch (error) {
    throw notUsable(otherwise, error);
  }
}

function notUsable(message: string, cause?: unknown): RainError {
  return new RainError("START_FAILED", message, { hint: "See --tls-cert and --tls-key.", cause });
}
