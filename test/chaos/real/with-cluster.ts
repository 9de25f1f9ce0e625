import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, connect } from "../../../src/index.ts";
import { ChaosCluster } from "./cluster.ts";
import { loopback } from "./network.ts";

/**
 * Calls a function with a server on the loopback interface and a client. Afterwards stops and removes everything.
 * @param rain the command line that runs Rain
 */
export async function withCluster<Result>(
  rain: readonly string[],
  use: (cluster: ChaosCluster, client: Client) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "rain-chaos-"));
  const env = { ...process.env, RAIN_HOME: join(directory, "home"), TMPDIR: directory };
  const cluster = new ChaosCluster({ directory, rain, network: loopback(), env });
  try {
    await cluster.startServer();
    await using client = await connect(cluster.address, { token: cluster.token });
    return await use(cluster, client);
  } finally {
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
