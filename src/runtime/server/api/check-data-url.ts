import { RainError } from "../../errors.ts";

/**
 * Checks that a worker sends objects over TLS if and only if the cluster uses TLS.
 * @param dataUrl address of the worker's data server
 * @throws REFUSED
 */
export function checkDataUrl(dataUrl: string, secure: boolean): void {
  if (dataUrl.startsWith("https:") === secure) return;
  if (secure) {
    throw new RainError("REFUSED", "this cluster uses TLS, but the worker has no certificate", {
      hint: "Start the worker with --tls-cert FILE --tls-key FILE.",
    });
  }
  throw new RainError("REFUSED", "this cluster does not use TLS, but the worker has a certificate", {
    hint: "Start the worker without --tls-cert, or the server with it.",
  });
}
