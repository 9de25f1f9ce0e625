import { describe, expect, it } from "vitest";
import { blob, tasks } from "../../src/runtime/client/index.ts";
import { startCluster } from "./cluster.ts";

describe("a task that needs others without their outputs", () => {
  it("starts when they have finished, and is submitted with them", async () => {
    const { client } = await startCluster([1, 1]);
    await using session = await client.newSession({ name: "needs" });
    const first = tasks.run(["sleep", "0.3"], { key: "first" });
    const second = tasks.sleep(blob("x"), 0, { key: "second", needs: [first], keep: true });
    await session.submit(second);
    const story = await session.why(second);
    expect(story.waiting?.producers).toMatchObject([{ key: "first" }]);
    await session.waitAll();
    const later = tasks.concat([blob("y")], { needs: [first], keep: true });
    await session.submit(later);
    expect(await later.output.fetch().text()).toBe("y");
  });

  it("is skipped when one of them fails", async () => {
    const { client } = await startCluster([1]);
    await using session = await client.newSession({ name: "needs", onFailure: "continue" });
    const first = tasks.run(["false"]);
    const second = tasks.concat([blob("x")], { needs: [first] });
    await session.submit(second);
    await session.waitAll().catch(() => {});
    expect((await session.status()).tasks).toMatchObject({ failed: 1, skipped: 1 });
  });

  it("takes only tasks", async () => {
    const { client } = await startCluster([1]);
    await using session = await client.newSession({ name: "needs" });
    const wrong = tasks.concat([blob("x")], { needs: ["first" as never] });
    await expect(session.submit(wrong)).rejects.toThrow("needs[0] of task builtin/concat");
  });
});
