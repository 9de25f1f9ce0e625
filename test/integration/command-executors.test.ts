import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { blob, task, tasks } from "../../src/runtime/client/index.ts";
import { startCluster } from "./cluster.ts";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/executors/${name}`, import.meta.url));

/** Executors as a worker configuration has them. */
const odd = (how = "well") => ({ command: process.execPath, args: [fixture("odd.mjs"), how] });
/** Debian's, which has its python3-cbor2. */
const PYTHON = "/usr/bin/python3";
const page = { command: PYTHON, args: [fixture("from-the-page.py")] };
const HAS_CBOR2 = spawnSync(PYTHON, ["-c", "import cbor2"]).status === 0;

const withCommands = (commands: object, cpus = 2) =>
  startCluster([cpus], { executors: { commands: commands as Record<string, never> } });

describe("an executor of the worker configuration", () => {
  it("offers every method under its name", async () => {
    const { client } = await withCommands({ odd: odd() });
    const { types } = await client.taskTypes();
    expect(types.map(({ name }) => name)).toContain("odd/*");
    await using session = await client.newSession();
    const wrong = task("even/file", { outputs: [{}] });
    await expect(session.submit(wrong)).rejects.toMatchObject({ code: "UNKNOWN_TASK_TYPE" });
  });

  it("gives blobs and directories by path", async () => {
    const { client } = await withCommands({ odd: odd() });
    await using session = await client.newSession();
    const file = task("odd/file", { outputs: [{}], keep: true });
    const folder = task("odd/folder", { outputs: [{ dataType: "dir" }] });
    const part = tasks.sliceDirectory(folder, "sub/a.txt", { keep: true });
    await session.submit([file, part]);
    expect(await file.output.fetch().text()).toBe("from a file");
    expect(await part.output.fetch().text()).toBe("a");
  });

  it.each([
    [
      "crash",
      /: executor odd \(pid \d+\) was killed by SIGSEGV while it ran this task:\nsegmentation fault, probably$/,
    ],
    ["quit", /: executor odd \(pid \d+\) exited with code 5 while it ran this task$/],
    ["hang-up", /: executor odd \(pid \d+\) was killed by SIGKILL while it ran this task$/],
    ["quoted", /: the "disk" is full$/],
    ["other-task", /: executor odd \(pid \d+\) broke the protocol: it sent a result for task /],
    ["no-outputs", /: it gave 0 outputs, but 1 are declared$/],
    ["oversize", /broke the protocol: a frame of 268435456 bytes is announced/],
    ["garbage", /broke the protocol: not a valid CBOR item/],
    ["link", /: output 0 lies outside of the executor's directory: link-/],
  ])("that does wrong (%s) fails its task, and nothing else", async (method, message) => {
    const { client } = await withCommands({ odd: odd() });
    await using others = await client.newSession();
    const rest = Array.from({ length: 100 }, (_, i) => tasks.concat([blob(`${i}`)]));
    await using session = await client.newSession();
    const bad = task(`odd/${method}`, { outputs: [{}] });
    await Promise.all([others.submit(rest), session.submit(bad)]);
    await expect(bad.wait()).rejects.toMatchObject({
      code: "TASK_FAILED",
      message: expect.stringMatching(message),
    });
    await others.waitAll();
    await using next = await client.newSession();
    const good = task("odd/file", { outputs: [{}], keep: true });
    await next.submit(good);
    expect(await good.output.fetch().text()).toBe("from a file");
  });

  it.each([
    ["exit", /: executor odd exited with code 3 before it had registered:\nno licence found$/],
    ["wrong-type", /: executor odd: it registered as "even"; "odd" is expected$/],
    ["garbage", /: executor odd: it did not register, but sent something else: /],
  ])("that cannot be used (%s) fails the task that asked for it", async (how, message) => {
    const { client } = await withCommands({ odd: odd(how) });
    await using session = await client.newSession();
    const bad = task("odd/file", { outputs: [{}] });
    await session.submit(bad);
    await expect(bad.wait()).rejects.toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) }),
    );
    await using others = await client.newSession();
    await others.submit(tasks.concat([blob("a")]));
    await others.waitAll();
  });

  it("is killed with its task when the session is closed, or the time is up", async () => {
    const { client } = await withCommands({ odd: odd() });
    const session = await client.newSession();
    await session.submit(task("odd/hang", { outputs: [{}] }));
    await session.close();
    await using late = await client.newSession();
    const slow = task("odd/hang", { outputs: [{}], timeout: 0.3 });
    await late.submit(slow);
    await expect(slow.wait()).rejects.toThrow("timed out after 0.3 s");
  });

  it("drops the objects that it keeps when their session ends", async () => {
    const { client } = await withCommands({ odd: odd() }, 1);
    const session = await client.newSession();
    const kept = task("odd/keep", { inputs: [blob("a"), blob("b")], outputs: [{}] });
    await session.submit(kept);
    await session.waitAll();
    await session.close();
    await using next = await client.newSession();
    const seen = task("odd/seen", { outputs: [{}], keep: true });
    await next.submit(seen);
    const log = JSON.parse(await seen.output.fetch().text()) as [string, unknown][];
    expect(log.map(([kind]) => kind)).toEqual(["call", "drop_cached", "call"]);
    expect(log[1]?.[1]).toHaveLength(2);
  });
});

// Written from the description of the protocol by means of Debian's python3-cbor2; without that there is nothing to run.
describe.runIf(HAS_CBOR2)("an executor that knows nothing but the protocol", () => {
  it("runs tasks", async () => {
    const { client } = await withCommands({ page }, 1);
    await using session = await client.newSession();
    const word = blob("straw");
    const large = blob("x".repeat(200_000));
    const reversed = task("page/reverse", {
      inputs: [word, large],
      outputs: [{ keep: true }, {}],
    });
    const upper = task("page/upper", {
      inputs: [word, reversed.outputs[1]!],
      outputs: [{}, {}],
      keep: true,
    });
    const same = task("page/same", { inputs: [word], outputs: [{}], keep: true });
    await session.submit([reversed, upper, same]);
    expect(await reversed.outputs[0]?.fetch().text()).toBe("warts");
    expect(await upper.outputs[0]?.fetch().text()).toBe("STRAW");
    expect(await upper.outputs[1]?.fetch().text()).toBe("X".repeat(200_000));
    expect(await same.output.fetch().text()).toBe("straw");
    const unknown = task("page/what", { outputs: [{}] });
    await session.submit(unknown);
    await expect(unknown.wait()).rejects.toThrow("there is no what");
  });
});
