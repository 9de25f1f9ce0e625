import { describe, expect, it } from "vitest";
import { blob, tasks } from "../../src/runtime/client/index.ts";
import { eventually, startCluster } from "./cluster.ts";

describe("when a worker is lost", () => {
  it("a kept result that was only there is made again", async () => {
    const cluster = await startCluster([1]);
    await using session = await cluster.client.newSession({ name: "kept" });
    const joined = tasks.concat([blob("Hello "), blob("world!")]).keep();
    await session.submit(joined);
    await joined.wait();
    await cluster.workers[0].stop();
    const fetched = joined.output.fetch().text();
    await cluster.addWorker();
    expect(await fetched).toBe("Hello world!");
  });

  it("what it ran runs elsewhere", async () => {
    const cluster = await startCluster([1]);
    await using session = await cluster.client.newSession({ name: "running" });
    const slow = tasks.sleep(blob("x"), 0.5).keep();
    await session.submit(slow);
    await eventually(async () => (await session.status()).tasks.running === 1, "the task runs");
    await cluster.workers[0].stop();
    const id = await cluster.addWorker();
    await slow.wait();
    await slow.update();
    expect(slow.info?.worker).toBe(id);
    expect(await slow.output.fetch().text()).toBe("x");
  });

  it("a large intermediate that its consumers were to use is made again, as far back as needed", async () => {
    const cluster = await startCluster([1]);
    await using session = await cluster.client.newSession({ name: "large" });
    const megabyte = "a".repeat(1 << 20);
    const source = tasks.concat([blob(megabyte), blob(megabyte)]);
    const large = tasks.concat([source, source]);
    const consumers = [0, 1].map(() =>
      tasks.run(["sh", "-c", "sleep 0.3; wc -c <in"], { files: { in: large }, stdout: true }).keep(),
    );
    await session.submit(consumers);
    await large.wait();
    await cluster.workers[0].stop();
    await cluster.addWorker();
    for (const consumer of consumers)
      expect((await consumer.output.fetch().text()).trim()).toBe(`${4 << 20}`);
  });
});
