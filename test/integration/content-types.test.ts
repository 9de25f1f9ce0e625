import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { blob, connect, task, tasks } from "../../src/runtime/client/index.ts";
import type { ContentType } from "../../src/runtime/plugin/contract/index.ts";
import type { ExternalTaskType } from "../../src/runtime/plugin/loading/package.ts";
import { startCluster } from "./cluster.ts";

const module = fileURLToPath(new URL("../fixtures/plugins/tables.mjs", import.meta.url));
const plugin = {
  name: "tables",
  package: "rain-plugin-tables",
  version: "1.0.0",
  hash: module,
  folder: dirname(module),
  module,
};
const externals: ExternalTaskType[] = ["tables/csv", "tables/pairs", "tables/sum"].map((name) => ({
  package: plugin,
  info: { name, summary: "", inputs: "", outputs: "" },
}));

test("an output that its submitter says nothing about is what its task type makes", async () => {
  const { client } = await startCluster([1], { externals });
  await using session = await client.newSession();
  const table = task("tables/csv").keep();
  const narrower = task("tables/pairs").keep();
  const forwarded = tasks.sleep(table, 0).keep();
  const sum = task("tables/sum", { inputs: [narrower] }).keep();
  await session.submit(table, narrower, forwarded, sum);
  await session.waitAll();

  const { kept } = await session.status();
  expect(kept.map(({ contentType }) => contentType)).toEqual(["csv", "user/pairs/small", "csv", "json"]);
  expect((await table.output.fetch()).info.contentType).toBe("csv");
  expect(await forwarded.output.fetch().load()).toEqual([
    { a: "1", b: "2" },
    { a: "3", b: "4" },
  ]);
  expect(await sum.output.fetch().load()).toBe(10);
});

test("a task that is given another type than it declares fails before it runs, and says what it was given", async () => {
  const { client } = await startCluster([1], { externals });
  await using session = await client.newSession();
  await session.submit(task("tables/sum", { name: "add up", inputs: [task("tables/csv")] }));
  await expect(session.waitAll()).rejects.toMatchObject({
    code: "TASK_FAILED",
    message: expect.stringMatching(
      /tables\/sum: inputs\[0\] \("pairs"\): expected the content type "user\/pairs", but this is "csv"$/,
    ),
    details: { name: "add up", type: "tables/sum" },
  });
});

test("an input that says nothing is read as what the task type declares", async () => {
  const { client } = await startCluster([1], { externals });
  await using session = await client.newSession();
  const sum = task("tables/sum", { inputs: [blob(Uint8Array.of(1, 2))] }).keep();
  await session.submit(sum);
  expect(await sum.output.fetch().load()).toBe(3);
});

test("a client loads the content types of the plugins that it is given", async () => {
  const { client, server } = await startCluster([1], { externals });
  const { pairs } = (await import(module)) as { pairs: ContentType };
  await using knowing = await connect(server.address, { contentTypes: [pairs] });
  for (const [by, value] of [
    [client, Buffer.of(1, 2, 3, 4)],
    [
      knowing,
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ] as const) {
    await using session = await by.newSession();
    const made = task("tables/pairs").keep();
    await session.submit(made);
    expect(await made.output.fetch().load()).toEqual(value);
  }
});
