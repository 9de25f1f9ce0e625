import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RainError } from "../../errors.ts";

/**
 * Maximum connections that wait to be accepted, since many clients may connect at once. The system may allow
 * fewer.
 */
const BACKLOG = 4096;

/** Starts listening, and returns `HOST:PORT`. @param port 0 for any free port @throws START_FAILED */
export function listen(http: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === "EADDRINUSE";
      const reason = isTaken ? "another program listens there" : error.message;
      reject(
        new RainError("START_FAILED", `cannot listen on ${host}:${port}: ${reason}`, {
          hint: isTaken ? "Choose another port with --listen, or --listen 0 for a free one." : undefined,
          details: { address: `${host}:${port}` },
          cause: error,
        }),
      );
    };
    http.once("error", onError);
    http.listen({ port, host, backlog: BACKLOG }, () => {
      http.off("error", onError);
      resolve(addressOf(http));
    });
  });
}

function addressOf(http: Server): string {
  const { address, port, family } = http.address() as AddressInfo;
  return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
}
