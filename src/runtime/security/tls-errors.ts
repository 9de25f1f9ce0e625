import { connect } from "node:tls";
import { RainError } from "../errors.ts";

const PROBE_MS = 1_000;

/** Prefixes of the codes with which OpenSSL refuses a certificate, see X509_STORE_CTX_get_error(3). */
const TURNED_DOWN =
  /^(CERT_|UNABLE_TO_|INVALID_|DEPTH_ZERO_|SELF_SIGNED_|PATH_LENGTH_|HOSTNAME_|ERROR_IN_CERT)/;

const NOT_TRUSTED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** The error for a failed TLS connection to `HOST:PORT`, with a hint; `undefined` for other failures. */
export function explainTlsError(address: string, error: Error & { code?: string }): RainError | undefined {
  const { code = "", message } = error;
  const refuse = (what: string, hint: string) => new RainError("REFUSED", what, { hint, cause: error });
  const certificate = `the certificate of what answers at ${address}`;
  if (NOT_TRUSTED.has(code)) {
    const hint =
      "Give its authority, or the certificate if it signed itself, by --tls-ca FILE or $RAIN_TLS_CA.";
    return refuse(`${certificate} is of nobody who is trusted here`, hint);
  }
  if (code === "CERT_HAS_EXPIRED") return refuse(`${certificate} has expired`, "Start it with a new one.");
  if (code === "CERT_NOT_YET_VALID") {
    return refuse(`${certificate} is not valid yet`, "Compare the clocks of the two machines.");
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return refuse(`${certificate} is for another host`, "Use an address that stands in the certificate.");
  }
  if (TURNED_DOWN.test(code))
    return refuse(`${certificate} is not accepted: ${message}`, "Start it with another one.");
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
    const plain = code === "ERR_SSL_WRONG_VERSION_NUMBER" || message.includes("wrong version number");
    if (!plain) return refuse(`TLS with ${address} failed: ${message}`, "See the log of the server.");
    const hint = `Name it http://${address}, and without --tls-ca and $RAIN_TLS_CA.`;
    return refuse(`what answers at ${address} does not speak TLS`, hint);
  }
  return undefined;
}

/** Whether a connection that broke without an answer may have been to a server that speaks only TLS. */
export function isSpeechless({ code, message }: Error & { code?: string }): boolean {
  // The last is what a server on Deno brings about, which answers in TLS.
  return code === "ECONNRESET" || message === "socket hang up" || code === "HPE_INVALID_CONSTANT";
}

/** The refusal of a server that speaks TLS only; `undefined` when what listens at `HOST:PORT` does not speak it at all. */
export async function tlsExpected(address: string): Promise<RainError | undefined> {
  if (!(await speaksTls(address))) return undefined;
  return new RainError("REFUSED", `the server at ${address} speaks TLS only`, {
    hint: `Name it https://${address}, with --tls-ca FILE unless a known authority signed its certificate.`,
  });
}

function speaksTls(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`https://${address}`);
  return new Promise((resolve) => {
    // Nothing is sent: an untrusted certificate proves as much as a trusted one.
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
      answer(TURNED_DOWN.test(code) || code === "ERR_TLS_CERT_ALTNAME_INVALID");
    });
  });
}
