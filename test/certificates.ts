import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate with its key: where they are, and what they say (PEM). */
export interface Certificate {
  certFile: string;
  keyFile: string;
  cert: string;
  key: string;
}

interface Wishes {
  /** As in `subjectAltName`. Default: `DNS:localhost,IP:127.0.0.1`. */
  names?: string;
  /** From now. Below 0, it has expired. Default: 2. */
  days?: number;
  /** It may sign others. */
  isAuthority?: boolean;
  /** Who signs it. Default: itself. */
  authority?: Certificate;
}

/** Makes a certificate in an existing directory, by openssl. */
export function makeCertificate(directory: string, name: string, wishes: Wishes = {}): Certificate {
  const { names = "DNS:localhost,IP:127.0.0.1", days = 2, isAuthority = false, authority } = wishes;
  const certFile = join(directory, `${name}.crt`);
  const keyFile = join(directory, `${name}.key`);
  const requestFile = join(directory, `${name}.csr`);
  const extensionFile = join(directory, `${name}.ext`);
  writeFileSync(extensionFile, `subjectAltName=${names}\nbasicConstraints=CA:${isAuthority}\n`);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", keyFile];
  openssl("req", "-new", ...key, "-subj", `/CN=${name}`, "-out", requestFile);
  const signer = authority
    ? ["-CA", authority.certFile, "-CAkey", authority.keyFile, "-CAcreateserial"]
    : ["-key", keyFile];
  const period = ["-days", String(days), "-extfile", extensionFile];
  openssl("x509", "-req", "-in", requestFile, ...signer, ...period, "-out", certFile);
  return {
    certFile,
    keyFile,
    cert: readFileSync(certFile, "utf8"),
    key: readFileSync(keyFile, "utf8"),
  };
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
