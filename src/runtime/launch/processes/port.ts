import { createServer } from "node:net";
import { messageOf, RainError } from "../../errors.ts";
import { errnoOf } from "../../platform/errno.ts";
import { formatAddress, type HostPort } from "../config/address.ts";

/**
 * Checks that a server can listen on an address, before anything is started.
 * @throws START_FAILED, naming the address
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
    const why = taken ? "another program is listening there" : messageOf(error);
    throw new RainError("START_FAILED", `cannot listen on ${formatAddress(address)}: ${why}`, {
      hint: "Choose another port with --listen PORT; 0 picks a free one.",
      details: { address: formatAddress(address) },
    });
  } finally {
    await new Promise((resolve) => probe.close(resolve));
  }
}
