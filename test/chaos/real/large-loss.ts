import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { blob, type Client, type Session, tasks } from "../../../src/index.ts";
import { withCluster } from "./with-cluster.ts";

const MEBIBYTE = 1 << 20;
const CONSUMERS = 6;

/** The result of a run. */
export interface LargeLoss {
  /** Whether the intermediate object had to be made again. */
  wasMadeAgain: boolean;
  seconds: number;
}

/**
 * Kills the only worker with a large intermediate object after its consumers were assigned to another worker.
 * @throws if the result of a consumer is not the digest of the right bytes
 */
export function loseLarge(rain: readonly string[], megabytes: number): Promise<LargeLoss> {
  return withCluster(rain, async (cluster, client) => {
    const first = await cluster.startWorker(1);
    await using session = await client.newSession({ name: "large" });
    const begin = performance.now();
    const source = blob(Buffer.alloc(MEBIBYTE, "rain "));
    const large = tasks.concat(Array.from({ length: megabytes }, () => source));
    const consumers = Array.from({ length: CONSUMERS }, () =>
      tasks.run(["sh", "-c", "sleep 0.5; md5sum <in"], { files: { in: large }, stdout: true }).keep(),
    );
    await session.submit(...consumers);
    await large.wait();
    await cluster.startWorker(1);
    await assignedTo(client, session, 2);
    await first.process.kill();
    await session.waitAll();
    const digest = createHash("md5");
    for (let n = 0; n < megabytes; n++) digest.update(Buffer.alloc(MEBIBYTE, "rain "));
    const expected = `${digest.digest("hex")}  -\n`;
    for (const consumer of consumers) {
      const text = await consumer.output.fetch().text();
      if (text !== expected) throw new Error(`a consumer gave ${text}`);
    }
    const seconds = (performance.now() - begin) / 1000;
    return { wasMadeAgain: await wasRestarted(client, session), seconds };
  });
}

async function assignedTo(client: Client, session: Session, worker: number): Promise<void> {
  for (;;) {
    for await (const entry of client.logs({ session: session.id })) {
      if (entry.event === "assigned" && entry.worker === worker) return;
    }
    await sleep(10);
  }
}

async function wasRestarted(client: Client, session: Session): Promise<boolean> {
  for await (const { event } of client.logs({ session: session.id })) if (event === "restarted") return true;
  return false;
}
