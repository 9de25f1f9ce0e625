import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { blob, type Task, tasks } from "../../src/runtime/client/index.ts";
import { startCluster } from "./cluster.ts";

const WORD = 4;

/** The fft graph: 2^L wide, L layers, each task joins two of the layer before. Output i of the last layer is every input in a fixed order. */
function fft(levels: number): { last: Task[]; expected: (i: number) => string } {
  const width = 1 << levels;
  const cell = (i: number) => String(i).padStart(WORD, "0");
  let layer = Array.from({ length: width }, (_, i) => tasks.concat([blob(cell(i))]));
  for (let level = 0; level < levels; level++) {
    layer = layer.map((task, i) => tasks.concat([task, layer[(i + (1 << level)) % width]]));
  }
  return {
    last: layer,
    expected(i) {
      let cells = [i];
      for (let level = levels - 1; level >= 0; level--) {
        cells = cells.flatMap((c) => [c, (c + (1 << level)) % width]);
      }
      return cells.map(cell).join("");
    },
  };
}

describe("graphs on two workers", () => {
  it("finishes 100 000 independent tasks", { timeout: 120_000 }, async () => {
    const { client } = await startCluster([1, 1]);
    await using session = await client.newSession({ name: "independent" });
    const part = blob("x");
    const all = Array.from({ length: 100_000 }, () => tasks.concat([part]));
    all[99_999].keep();
    await session.submit(all);
    await session.waitAll();
    expect((await session.status()).tasks).toMatchObject({ total: 100_000, finished: 100_000 });
    expect(await all[99_999].output.fetch().text()).toBe("x");
  });

  it("computes the fft graph of 8 levels, every output right", { timeout: 60_000 }, async () => {
    const { client } = await startCluster([1, 1]);
    await using session = await client.newSession({ name: "fft" });
    const { last, expected } = fft(8);
    for (const task of last) task.keep();
    await session.submit(last);
    for (const [i, task] of last.entries()) expect(await task.output.fetch().text()).toBe(expected(i));
  });

  it("finishes the fft graph of 12 levels", { timeout: 120_000 }, async () => {
    const { client } = await startCluster([1, 1]);
    await using session = await client.newSession({ name: "fft" });
    const { last, expected } = fft(12);
    last[5].keep();
    await session.submit(last);
    await session.waitAll();
    expect(await last[5].output.fetch().text()).toBe(expected(5));
  });

  it("finishes a chain of 2 000 and a fan-out of 10 000 with its join", { timeout: 60_000 }, async () => {
    const { client } = await startCluster([1, 1]);
    await using session = await client.newSession({ name: "shapes" });
    let chain = tasks.concat([blob("0")]);
    for (let i = 0; i < 2_000; i++) chain = tasks.concat([chain]);
    const fan = Array.from({ length: 10_000 }, () => tasks.concat([chain]));
    const join = tasks.concat(fan).keep();
    await session.submit(join);
    expect(await join.output.fetch().text()).toBe("0".repeat(10_000));
  });

  it("moves a 50 MB object from one worker to the other", { timeout: 60_000 }, async () => {
    const { client } = await startCluster([1, 1]);
    await using session = await client.newSession({ name: "large" });
    const size = 50 << 20;
    const big = tasks.run(`head -c ${size} /dev/zero | tr '\\0' r`, { shell: true, stdout: true });
    const hash = () =>
      tasks.run("sleep 0.3; sha256sum < big", { shell: true, files: { big }, stdout: true }).keep();
    const both = [hash(), hash()];
    await session.submit(both);
    const expected = createHash("sha256").update(Buffer.alloc(size, "r")).digest("hex");
    for (const task of both) expect(await task.output.fetch().text()).toBe(`${expected}  -\n`);
    await Promise.all(both.map((task) => task.update()));
    expect(new Set(both.map((task) => task.info?.worker)).size).toBe(2);
  });
});
