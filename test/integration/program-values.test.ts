import { describe, expect, it } from "vitest";
import { blob, program, remote, task, tasks } from "../../src/runtime/client/index.ts";
import { startCluster } from "./cluster.ts";

async function connected() {
  const { client } = await startCluster([2]);
  return client;
}

describe("values of the program", () => {
  it("a remote function and a constant work in every submit and session", async () => {
    const client = await connected();
    const [one, other] = [await client.newSession(), await client.newSession()];
    const increment = remote((x: number) => x + 1);
    const greeting = blob("hello");
    for (const session of [one, one, other, one]) {
      const call = increment(1).keep();
      const joined = tasks.concat([greeting, greeting]).keep();
      await session.submit(call, joined);
      expect([await call.value(), await joined.output.fetch().text()]).toEqual([2, "hellohello"]);
    }
  });

  it("a remote function gets what objects hold, at any depth", async () => {
    const session = await (await connected()).newSession();
    const describeIt = remote(
      (list: unknown[], map: Map<string, unknown>, set: Set<unknown>) =>
        JSON.stringify([list, [...map], [...set]]),
      { contentType: "text" },
    );
    const three = remote(() => 3);
    const call = describeIt(
      [1, { two: [blob("2", { contentType: "json" })] }],
      new Map([["three", three()]]),
      new Set([blob("four"), "five"]),
    ).keep();
    await session.submit(call);
    expect(JSON.parse(await call.output.fetch().text())).toEqual([
      [1, { two: [2] }],
      [["three", 3]],
      ["four", "five"],
    ]);
  });

  it("a program reads the objects among its words", async () => {
    const session = await (await connected()).newSession();
    const cat = program(["cat", [blob("a"), tasks.concat([blob("b"), blob("c")])], "own"], { stdout: true });
    const [first, second] = [cat({ files: { own: blob("1") } }), cat({ files: { own: blob("2") } })];
    await session.submit(first.keep(), second.keep());
    expect([await first.output.fetch().text(), await second.output.fetch().text()]).toEqual(["abc1", "abc2"]);
  });

  it("a failed remote function keeps the name and the message of its error", async () => {
    const client = await connected();
    const messageOf = async (fn: () => unknown) => {
      const session = await client.newSession();
      const call = remote(fn)();
      await session.submit(call);
      return await call.wait().then(
        () => "it did not fail",
        (error: Error) => error.message,
      );
    };
    const range = () => {
      throw new RangeError("bad 1");
    };
    const object = () => {
      throw { code: 7 };
    };
    expect(await messageOf(range)).toMatch(/: RangeError: bad 1$/);
    expect(await messageOf(object)).toMatch(/: \{ code: 7 \}$/);
  });
});

describe("the info of objects", () => {
  it("has what the server knows of them: state, size, content type, places, error", async () => {
    const client = await connected();
    const session = await client.newSession({ onFailure: "continue" });
    const made = task("concat", { inputs: [blob("abc")], outputs: [{ contentType: "text", keep: true }] });
    const failed = tasks.run(["false"], { out: ["x"] });
    await session.submit(made, failed);
    await session.waitAll().catch(() => {});
    await session.update([made.output, failed.output]);
    expect(made.output.info).toMatchObject({
      state: "present",
      size: 3,
      contentType: "text",
      kept: true,
      workers: [1],
    });
    expect(failed.output.info).toMatchObject({
      state: "failed",
      workers: [],
      error: { code: "TASK_FAILED", message: expect.stringContaining("exited with code 1") },
    });
    await made.output.unkeep();
    await made.output.update();
    expect(made.output.info).toMatchObject({ state: "released", kept: false });
  });
});
