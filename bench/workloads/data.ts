import { strict as assert } from "node:assert";
import { blob, type Task, tasks } from "../../src/index.ts";
import { itemAt } from "../item-at.ts";
import { tcpFile, tcpStream } from "../peers/tcp.ts";
import { countUse, type RainCluster, runGraph } from "../rain-cluster.ts";
import type { Sample } from "../sample.ts";
import type { Peers, Workload } from "../workload.ts";

import { daskPeers } from "./graphs.ts";

/** The maximum length of a chunk of a stream. */
const ZEROS = 16 << 20;

/** Without a host id, workers do not know that they are on the same machine, so they send files over the network. */
const STREAMED = { RAIN_HOST_ID: "" };

/** Makes an object on one worker and reads it on both. Measures the transfer to the second worker, from file to file. */
export function transfer(size: number, how: "linked" | "streamed"): Workload {
  return {
    title: `worker → worker, ${size >> 20} MiB, ${how}`,
    unit: "byte",
    peers: { ...daskPeers("transfer", size), ...tcpPeers(size) },
    rain: async (bench) =>
      sampleTransfer(await bench.cluster(how === "streamed" ? STREAMED : undefined), size),
  };
}

/** TCP transfers from memory to memory, and from file to file. */
function tcpPeers(size: number): Peers {
  return { tcp: (runs) => tcpStream(size, runs), "tcp-file": (runs) => tcpFile(size, runs) };
}

/** The reader on the worker that made the object starts at once. The other one starts after the transfer. */
async function sampleTransfer(cluster: RainCluster, size: number): Promise<Sample> {
  const { client } = cluster;
  await using session = await client.newSession({ name: "transfer" });
  const made = tasks.run(`head -c ${size} /dev/zero`, { shell: true, stdout: true }).keep();
  await session.submit(made);
  await made.wait();
  const readers = [1, 2].map(() => tasks.sleep(made, 0.2).keep());
  const usedSince = countUse(cluster);
  const submitted = Date.now();
  await session.submit(readers);
  await session.waitAll();
  const figures = usedSince();
  for (const reader of readers) {
    await reader.update();
    await reader.output.update();
    assert.equal(reader.output.info?.size, size);
  }
  assert.equal(new Set(readers.map(({ info }) => info?.worker)).size, 2, "both readers ran on one worker");
  const started = readers.map(({ info }) => Date.parse(info?.startedAt ?? ""));
  return { seconds: (Math.max(...started) - submitted) / 1000, amount: size, figures };
}

/** Makes `count` objects of `size` bytes. Half of them are sent to the other worker. */
export function smallObjects(count: number, size: number): Workload {
  return {
    title: `${count.toLocaleString("en")} objects of ${size} bytes, half of them crossing`,
    unit: "task",
    peers: {
      async tcp(runs) {
        const samples = await tcpStream((count * size) / 2, runs);
        return samples.map(({ seconds }) => ({ seconds, amount: 2 * count }));
      },
    },
    rain: async (bench) => {
      let ends: Task[] = [];
      return runGraph(
        await bench.cluster(),
        () => {
          const source = blob(new Uint8Array(size));
          const made = Array.from({ length: count }, () => tasks.concat([source]));
          // Each task reads its own object and a distant one, so that about half of them come from the other worker.
          ends = made.map((task, i) => tasks.concat([task, itemAt(made, (i + (count >> 1)) % count)]));
          itemAt(ends, 0).keep();
          return { submit: ends, tasks: 2 * count };
        },
        async () => {
          const bytes = await itemAt(ends, 0).output.fetch().bytes();
          assert(Buffer.alloc(2 * size).equals(bytes));
        },
      );
    },
  };
}

/** Fetches a kept object to the client, which discards it. */
export function fetchObject(size: number, how: "same host" | "streamed"): Workload {
  return {
    title: `client fetch, ${size >> 20} MiB, ${how}`,
    unit: "byte",
    peers: { ...daskPeers("fetch", size), tcp: (runs) => tcpStream(size, runs) },
    rain: async (bench) => {
      const cluster = await bench.cluster(how === "streamed" ? STREAMED : undefined);
      const { client } = cluster;
      await using session = await client.newSession({ name: "fetch" });
      const made = tasks.run(`head -c ${size} /dev/zero`, { shell: true, stdout: true }).keep();
      await session.submit(made);
      await made.wait();
      const zeros = Buffer.alloc(ZEROS);
      const usedSince = countUse(cluster);
      const start = performance.now();
      let received = 0;
      for await (const chunk of await made.output.fetch().stream()) {
        const bytes = chunk as Buffer;
        assert(bytes.equals(zeros.subarray(0, bytes.length)));
        received += bytes.length;
      }
      const seconds = (performance.now() - start) / 1000;
      assert.equal(received, size);
      return { seconds, amount: size, figures: usedSince() };
    },
  };
}
