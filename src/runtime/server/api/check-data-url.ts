import { RainError } from "../../errors.ts";

/**
 * In a cluster with TLS, workers must send objects by TLS, too. @param dataUrl address of the worker's data
 * server @throws REFUSED
 */
export function checkDataUrl(dataUrl: string, secure: boolean): void {
  if (dataUrl.startsWith("https:") === secure) return;
  if (secure) {
    throw new RainError("REFUSED", "this cluster speaks TLS, but the worker has no certificate", {
      hint: "Give it one: --tls-cert FILE --tls-key FILE.",
    });
  }
  throw new RainError("REFUSED", "this cluster does not speak TLS, but the worker has a certificate", {
    hint: "Start the worker without --tls-cert, or the server with it.",
  });
}
