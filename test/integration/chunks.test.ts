import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { blob, file, type LogEntry, type Task, tasks } from "../../src/runtime/client/index.ts";
import { eventually, startCluster } from "./cluster.ts";

vi.mock("../../src/runtime/protocol/limits.ts", async (original) => ({
  ...(await original<object>()),
  CHUNK_TASKS: 3,
  CHUNK_BYTES: 300,
}));

/** Tasks that each join words and what up to three earlier tasks gave; and what they give. */
function random(recipes: number[][]): { task: Task; text: string }[] {
  const made: { task: Task; text: string }[] = [];
  const words = ["red ", "green ", "blue "].map((text) => ({ task: blob(text), text }));
  for (const [i, picks] of recipes.entries()) {
    const things = [...words, ...made];
    // Small numbers pick words, so that texts do not grow without bounds.
    const inputs = picks.map((pick, n) => things[pick % (n === 0 ? things.length : words.length)]);
    const task = tasks.concat(
      inputs.map((input) => input.task),
      { name: `join/${i}` },
    );
    made.push({ task: task.keep(), text: inputs.map(({ text }) => text).join("") });
  }
  return made;
}

describe("a graph that is sent in many chunks", () => {
  it("gives the bytes that it must, whatever it is", { timeout: 60_000 }, async () => {
    const { client } = await startCluster([1, 1]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 20 }),
        async (recipes) => {
          await using session = await client.newSession();
          const made = random(recipes);
          await session.submit(made.map(({ task }) => task));
          for (const { task, text } of made) expect(await task.output.fetch().text()).toBe(text);
        },
      ),
      { numRuns: 20 },
    );
  });

  it("is one submit in the log", async () => {
    const { client } = await startCluster([1]);
    await using session = await client.newSession();
    const part = blob("x");
    await session.submit(Array.from({ length: 20 }, () => tasks.concat([part])));
    await session.waitAll();
    const entries: LogEntry[] = [];
    for await (const entry of client.logs({ session: session.id })) entries.push(entry);
    const submits = entries.filter(({ event }) => event === "submitted");
    expect(submits).toMatchObject([{ message: "20 tasks" }]);
    expect(entries.filter(({ event }) => event === "finished")).toHaveLength(20);
  });

  it("is refused whole for one bad task in its last chunk, and nothing of it runs", async () => {
    const { client } = await startCluster([1]);
    await using session = await client.newSession();
    const good = Array.from({ length: 20 }, (_, i) => tasks.concat([blob(`${i}`)]));
    await expect(session.submit(good, tasks.task("nobody/has-this"))).rejects.toMatchObject({
      code: "UNKNOWN_TASK_TYPE",
    });
    await expect(session.submit(good, tasks.sleep(file("/nowhere/at/all"), 0))).rejects.toMatchObject({
      code: "IO",
    });
    expect((await session.status()).tasks.total).toBe(0);
    await session.submit(good[19].keep());
    expect(await good[19].output.fetch().text()).toBe("19");
    expect((await session.status()).tasks.total).toBe(1);
  });

  it("leaves nothing behind when its client goes away in the middle", async () => {
    const { client, connect } = await startCluster([1]);
    const leaving = await connect();
    const session = await leaving.newSession({ name: "left", detached: true });
    // Thousands of chunks, each of which waits for the answer to the one before.
    const submitting = session.submit(Array.from({ length: 20_000 }, () => tasks.concat([])));
    submitting.catch(() => {});
    await client.status();
    await leaving.close();
    await expect(submitting).rejects.toMatchObject({ code: "SERVER_LOST" });
    const again = await client.session("left");
    await eventually(async () => (await again.status()).state === "open", "the session is as before");
    expect((await again.status()).tasks.total).toBe(0);
    await again.close();
  });
});
