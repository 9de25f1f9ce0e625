import { strict as assert } from "node:assert";
import { blob, type Task, tasks } from "../../src/index.ts";
import { tcpFile, tcpStream } from "../peers/tcp.ts";
import { cpuSeconds, peakMegabytes } from "../process-use.ts";
import { type RainCluster, runGraph } from "../rain-cluster.ts";
import type { Sample, Workload } from "../sample.ts";
import { daskPeers } from "./graphs.ts";

/** Workers that do not know that they are on one machine send each other files, as those on several machines do. */
const STREAMED = { RAIN_HOST_ID: "" };

/** An object made on one worker and read on both: what it costs to bring it to the second one, from file to file. */
export function transfer(size: number, how: "linked" | "streamed"): Workload {
  return {
    title: `worker → worker, ${size >> 20} MiB, ${how}`,
    unit: "byte",
    peers: { ...daskPeers("transfer", size), ...tcpPeers(size) },
    rain: async (bench) =>
      sampleTransfer(await bench.cluster(how === "streamed" ? STREAMED : undefined), size),
  };
}

/** From memory to memory, and from file to file. */
function tcpPeers(size: number): Workload["peers"] {
  return { tcp: (runs) => tcpStream(size, runs), "tcp-file": (runs) => tcpFile(size, runs) };
}

/** The reader that runs where the object was made has it at once; the other one starts when it has come. */
async function sampleTransfer({ client, pids }: RainCluster, size: number): Promise<Sample> {
  await using session = await client.newSession({ name: "transfer" });
  const made = tasks.run(`head -c ${size} /dev/zero`, { shell: true, stdout: true }).keep();
  await session.submit(made);
  await made.wait();
  const readers = [1, 2].map(() =>
    tasks.run("sleep 0.2; wc -c < object", { shell: true, files: { object: made }, stdout: true }).keep(),
  );
  const before = pids.workers.map(cpuSeconds);
  const submitted = Date.now();
  await session.submit(readers);
  await session.waitAll();
  for (const reader of readers) {
    assert.equal(Number(await reader.output.fetch().text()), size);
    await reader.update();
  }
  assert.equal(new Set(readers.map(({ info }) => info?.worker)).size, 2, "both readers ran on one worker");
  const started = readers.map(({ info }) => info?.startTime ?? Number.NaN);
  return {
    seconds: (Math.max(...started) - submitted) / 1000,
    amount: size,
    figures: {
      "workers' cpu s": pids.workers.reduce((sum, pid, i) => sum + cpuSeconds(pid) - before[i], 0),
      "worker MB": Math.max(...pids.workers.map(peakMegabytes)),
    },
  };
}

/** `count` objects of `size` bytes, half of which cross to the other worker. */
export function smallObjects(count: number, size: number): Workload {
  return {
    title: `${count.toLocaleString("en")} objects of ${size} bytes, half of them crossing`,
    unit: "task",
    rain: async (bench) => {
      let ends: Task[] = [];
      return runGraph(
        await bench.cluster(),
        () => {
          const source = blob(new Uint8Array(size));
          const made = Array.from({ length: count }, () => tasks.concat([source]));
          // Each joins its own with one that is far away, so that about half come from the other worker.
          ends = made.map((task, i) => tasks.concat([task, made[(i + (count >> 1)) % count]]));
          ends[0].keep();
          return { submit: ends, tasks: 2 * count };
        },
        async () => {
          assert.equal((await ends[0].output.fetch().bytes()).length, 2 * size);
        },
      );
    },
  };
}

/** A kept object brought to the client, which discards it. */
export function fetchObject(size: number, how: "same host" | "streamed"): Workload {
  return {
    title: `client fetch, ${size >> 20} MiB, ${how}`,
    unit: "byte",
    peers: { tcp: (runs) => tcpStream(size, runs) },
    rain: async (bench) => {
      const { client } = await bench.cluster(how === "streamed" ? STREAMED : undefined);
      await using session = await client.newSession({ name: "fetch" });
      const made = tasks.run(`head -c ${size} /dev/zero`, { shell: true, stdout: true }).keep();
      await session.submit(made);
      await made.wait();
      const start = performance.now();
      let received = 0;
      for await (const chunk of await made.output.fetch().stream()) received += (chunk as Uint8Array).length;
      assert.equal(received, size);
      return { seconds: (performance.now() - start) / 1000, amount: size };
    },
  };
}
