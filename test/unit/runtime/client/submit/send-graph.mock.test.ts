import { expect, it, vi } from "vitest";
import { blob, tasks } from "../../../../../src/runtime/client/index.ts";
import { RainError } from "../../../../../src/runtime/errors.ts";
import { startFakeServer } from "../fake-server.ts";

vi.mock("../../../../../src/runtime/protocol/limits.ts", async (original) => ({
  ...(await original<object>()),
  CHUNK_TASKS: 2,
}));

const ten = () => Array.from({ length: 10 }, (_, i) => tasks.concat([blob(`${i}`)], { name: `task ${i}` }));

it("sends the next chunk when the previous one was accepted, and submits with the last", async () => {
  let open = 0;
  let most = 0;
  const { client, calls } = await startFakeServer({
    on: {
      async addChunk() {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setImmediate(resolve));
        open--;
        return {};
      },
    },
  });
  const session = await client.newSession();
  await session.submit(ten());
  expect(calls.slice(1).map(({ method }) => method)).toEqual([...Array(5).fill("addChunk"), "submit"]);
  expect(most).toBe(1);
});

it("gives every graph its own number", async () => {
  const { client, calls } = await startFakeServer({
    on: {
      place: () => {
        throw new RainError("IO", "no");
      },
    },
  });
  const session = await client.newSession();
  await Promise.all([session.submit(ten()), client.place(ten()).catch(() => {}), session.submit(ten())]);
  const graphs = calls.filter(({ method }) => method === "submit" || method === "place");
  expect(new Set(graphs.map(({ params }) => (params as { graph: number }).graph)).size).toBe(3);
});

it("stops at the chunk that the server rejects, and can submit it again", async () => {
  let refused = false;
  const { client, calls } = await startFakeServer({
    on: {
      addChunk: ({ chunk }) => {
        if (chunk.firstTask !== 2 || refused) return {};
        refused = true;
        throw new RainError("LIMIT_EXCEEDED", "too much");
      },
    },
  });
  const session = await client.newSession();
  const all = ten();
  await expect(session.submit(all)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED", message: "too much" });
  expect(calls.some(({ method }) => method === "submit")).toBe(false);
  expect(all.every(({ session, number }) => session === undefined && number === undefined)).toBe(true);
  await session.submit(all);
  expect([all[9].number, all[9].output.number, session.taskCount]).toEqual([9, 19, 10]);
});

it("reports why the last chunk was rejected, not that the graph is missing", async () => {
  const { client } = await startFakeServer({
    on: {
      addChunk: () => {
        throw new RainError("LIMIT_EXCEEDED", "too much");
      },
      submit: () => {
        throw new RainError("INVALID_GRAPH", "no chunk has come");
      },
    },
  });
  const session = await client.newSession();
  await expect(session.submit(tasks.concat([]))).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
});

it("drops the graph when a later chunk cannot be packed", async () => {
  const { client, calls } = await startFakeServer();
  const session = await client.newSession();
  const config: Record<string, unknown> = {};
  const bad = tasks.task("images/resize", { config, name: "bad" });
  // It was valid when the task was made.
  config.when = new Date();
  await expect(session.submit(ten(), bad)).rejects.toMatchObject({ code: "USAGE" });
  await client.status().catch(() => {});
  expect(calls.map(({ method }) => method)).toContain("dropGraph");
  expect(calls.map(({ method }) => method)).not.toContain("submit");
});
