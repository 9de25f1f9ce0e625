import { connect } from "node:tls";
import { RainError } from "../errors.ts";

const PROBE_MS = 1_000;

/** Error codes for certificates that OpenSSL rejects, see X509_STORE_CTX_get_error(3). */
const REJECTED = /^(CERT_|UNABLE_TO_|INVALID_|DEPTH_ZERO_|SELF_SIGNED_|PATH_LENGTH_|HOSTNAME_|ERROR_IN_CERT)/;

const UNTRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/**
 * Returns the error for a failed TLS connection to `HOST:PORT`, with a hint. `undefined` for other failures.
 */
export function explainTlsError(address: string, error: Error & { code?: string }): RainError | undefined {
  const { code = "", message } = error;
  const refuse = (what: string, hint: string) => new RainError("REFUSED", what, { hint, cause: error });
  const certificate = `the certificate of the server at ${address}`;
  if (UNTRUSTED.has(code)) {
    const hint =
      "Name its authority, or the certificate itself if it is self-signed, with --tls-ca FILE or $RAIN_TLS_CA.";
    return refuse(`${certificate} is not trusted`, hint);
  }
  if (code === "CERT_HAS_EXPIRED")
    return refuse(`${certificate} has expired`, "Start the server with a new certificate.");
  if (code === "CERT_NOT_YET_VALID") {
    return refuse(`${certificate} is not valid yet`, "Compare the clocks of the two machines.");
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return refuse(`${certificate} is for another host`, "Use an address that the certificate contains.");
  }
  if (REJECTED.test(code))
    return refuse(`${certificate} is not accepted: ${message}`, "Start the server with another certificate.");
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
    const plain = code === "ERR_SSL_WRONG_VERSION_NUMBER" || message.includes("wrong version number");
    if (!plain) return refuse(`TLS with ${address} failed: ${message}`, "See the log of the server.");
    const hint = `Use the address http://${address}, without --tls-ca and $RAIN_TLS_CA.`;
    return refuse(`the server at ${address} does not use TLS`, hint);
  }
  return undefined;
}

/** Returns whether a connection that broke without an answer may need TLS. */
export function mayNeedTls({ code, message }: Error & { code?: string }): boolean {
  // The last code occurs with servers on Deno, which answer in TLS.
  return code === "ECONNRESET" || message === "socket hang up" || code === "HPE_INVALID_CONSTANT";
}

/**
 * Returns the error for a server that accepts only TLS. `undefined` if the program at `HOST:PORT` does not
 * use TLS.
 */
export async function tlsExpected(address: string): Promise<RainError | undefined> {
  if (!(await usesTls(address))) return undefined;
  return new RainError("REFUSED", `the server at ${address} accepts only TLS`, {
    hint: `Use the address https://${address}, with --tls-ca FILE unless a known authority signed its certificate.`,
  });
}

function usesTls(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`https://${address}`);
  return new Promise((resolve) => {
    // Sends nothing. An untrusted certificate also proves that the server uses TLS.
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 443) });
    const answer = (isTls: boolean) => {
      socket.destroy();
      resolve(isTls);
    };
    socket.setTimeout(PROBE_MS, () => answer(false));
    socket.once("secureConnect", () => answer(true));
    socket.once("close", () => answer(false));
    socket.on("error", (error: Error & { code?: string }) => {
      const { code = "" } = error;
      answer(REJECTED.test(code) || code === "ERR_TLS_CERT_ALTNAME_INVALID");
    });
  });
}
