import { createServer } from "node:net";
import { messageOf, RainError } from "../../errors.ts";
import { errnoOf } from "../../platform/errno.ts";
import { localHost } from "../access/reachable.ts";
import { formatAddress, type HostPort } from "../config/address.ts";
import { whoListens } from "./who-listens.ts";

/**
 * Checks that a server can listen on an address, before anything is started.
 * @throws START_FAILED, naming the address and, if a Rain server listens there, its user
 */
export async function checkFree(address: HostPort): Promise<void> {
  if (address.port === 0) return;
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once("error", reject);
      probe.listen(address.port, address.host, resolve);
    });
  } catch (error) {
    const taken = errnoOf(error) === "EADDRINUSE";
    const local = { host: localHost(address.host), port: address.port };
    const why = taken ? `${await whoListens(formatAddress(local))} is listening there` : messageOf(error);
    throw new RainError("START_FAILED", `cannot listen on ${formatAddress(address)}: ${why}`, {
      hint: "Choose another port with --listen PORT, or --listen 0 for a free one.",
      details: { address: formatAddress(address) },
    });
  } finally {
    await new Promise((resolve) => probe.close(resolve));
  }
}
