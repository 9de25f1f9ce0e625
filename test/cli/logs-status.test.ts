import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createShell, eventually, type Json, type Running, type Shell } from "./rain.ts";

const PIPELINE = `
rain: 1
name: pipeline
tasks:
  first: { run: [sh, -c, "echo one; echo noted >&2"], stdout: true, group: prepare, keep: true }
  second: { run: [tr, a-z, A-Z], stdin: first, stdout: true, group: work, name: work/second, keep: true }
`;

/** Has a cluster whose session 1 is the pipeline, finished. */
let shell: Shell;

beforeAll(async () => {
  shell = await createShell();
  await shell.write("pipeline.yml", PIPELINE);
  await shell.start();
  expect(await shell.rain("submit", "pipeline.yml")).toMatchObject({ code: 0 });
});
afterAll(() => shell.dispose());

/** Runs the pipeline once more. Answers the id of its session. */
async function runAgain(name: string): Promise<string> {
  return String((await shell.json("submit", "pipeline.yml", "--name", name)).value.session);
}

/** Collects the lines that a command prints while it goes on. */
function linesOf(running: Running): string[] {
  const lines: string[] = [];
  createInterface({ input: running.stdout }).on("line", (line) => lines.push(line));
  return lines;
}

describe("rain logs", () => {
  it("tells the story of the newest session, of one, and of one task", async () => {
    const { stdout } = await shell.rain("logs");
    const events = stdout.match(/(?<=session 1 +)[a-z-]+/g);
    expect(events).toEqual(expect.arrayContaining(["session-opened", "submitted", "assigned", "finished"]));
    expect(stdout).toContain("stderr: noted");
    expect((await shell.rain("logs", "pipeline")).stdout).toBe(stdout);

    const byName = await shell.rain("logs", "1", "work/second");
    expect(byName.stdout).toMatch(/finished +work\/second, worker 1/);
    expect(byName.stdout).not.toContain("first");
    expect((await shell.rain("logs", "1", "#1")).stdout).toBe(byName.stdout);
  });

  it("answers with one document of entries", async () => {
    const { entries } = (await shell.json("logs", "1")).value;
    expect(entries).toContainEqual({
      time: expect.stringMatching(/^[\d-]+T[\d:.]+Z$/),
      event: "finished",
      session: 1,
      task: 0,
      key: "first",
      type: "builtin/run",
      worker: 1,
      durationSeconds: expect.any(Number),
      stdout: "one\n",
      stderr: "noted\n",
    });
  });

  it("shows the server and its workers with --server, and one worker with --worker", async () => {
    expect((await shell.rain("logs", "--server")).stdout).toMatch(/server-started.*worker-joined +worker 1/s);
    expect((await shell.rain("logs", "--worker", "1")).stdout).toContain("finished");
    expect(await shell.rain("logs", "--worker", "9")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("worker 9"),
    });
  });

  it("takes an address for --server all the same", async () => {
    const { address } = (await shell.json("status")).value.server;
    expect((await shell.rain("logs", "--server", address)).stdout).toContain("session-opened");
    expect((await shell.rain("logs", "--server", "--server", address)).stdout).toContain("server-started");
  });

  it("knows a session that is closed, and no other", async () => {
    const closed = await runAgain("closed");
    await shell.rain("close", closed);
    expect((await shell.rain("logs", closed)).stdout).toContain("session-opened");
    expect(await shell.rain("logs", "99")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("session 99"),
    });
    expect(await shell.rain("logs", closed, "third")).toMatchObject({ code: 2 });
  });

  it("follows what happens, a line each, until the session has ended", async () => {
    await shell.write("waits.yml", "rain: 1\ntasks: { nap: { run: [sleep, '60'] } }\n");
    const followed = String((await shell.json("submit", "waits.yml", "--detach")).value.session);
    const following = shell.spawn("logs", followed, "--follow", "--json");
    const lines = linesOf(following);
    await eventually(() => lines.some((line) => JSON.parse(line).event === "submitted"), "the past is told");
    await shell.rain("cancel", followed);
    expect(await following).toMatchObject({ exitCode: 0, stderr: "" });
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ version: 1, state: "cancelled" });

    // What has ended before is told and over.
    expect(await shell.rain("logs", followed, "--follow")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("cancelled"),
    });
    await shell.rain("close", followed);
    expect(await shell.rain("logs", followed, "--follow")).toMatchObject({ code: 0 });
    expect(await shell.rain("logs", "99", "--follow")).toMatchObject({ code: 2 });
  });

  it("follows the server until Ctrl-C", async () => {
    const following = shell.spawn("logs", "--server", "--follow", "--json");
    const lines = linesOf(following);
    await eventually(() => lines.length > 0, "the past is told");
    following.kill("SIGINT");
    expect(await following).toMatchObject({ exitCode: 130, stderr: "" });
  });
});

describe("rain status", () => {
  it("shows server, workers and sessions", async () => {
    const { stdout } = await shell.rain("status");
    expect(stdout).toMatch(/^Rain \S+ at 127\.0\.0\.1:\d+, up /);
    expect(stdout).toMatch(/ 1 +\S+ +online/);
    expect(stdout).toMatch(/ 1 +pipeline +finished +2 +0 +0 +0 +2 +0/);
  });

  it("answers as documented", async () => {
    expect((await shell.json("status")).value).toMatchObject({
      server: { address: expect.any(String), version: expect.any(String), uptimeSeconds: expect.any(Number) },
      workers: [
        { id: 1, address: expect.any(String), cpus: expect.any(Number), state: "online", running: 0 },
      ],
      sessions: expect.arrayContaining([
        expect.objectContaining({
          session: 1,
          name: "pipeline",
          state: "finished",
          tasks: {
            total: 2,
            waiting: 0,
            ready: 0,
            running: 0,
            finished: 2,
            failed: 0,
            cancelled: 0,
            skipped: 0,
          },
        }),
      ]),
    });
  });

  it("shows the groups and kept objects of a session", async () => {
    const { stdout } = await shell.rain("status", "pipeline");
    expect(stdout).toMatch(/^Session 1 pipeline: finished/);
    expect(stdout).toMatch(/prepare +1 .*work +1 /s);
    expect(stdout).toMatch(/first +4 B +blob/);
    const { value } = await shell.json("status", "1");
    expect(value.kept.map(({ ref, size }: Json) => [ref, size])).toEqual([
      ["first", 4],
      ["second", 4],
    ]);
  });

  it("is shown again and again with --watch, until Ctrl-C", async () => {
    const watching = shell.spawn("status", "--watch", "--json");
    const lines = linesOf(watching);
    await eventually(() => lines.length >= 2, "it is shown twice");
    watching.kill("SIGINT");
    expect(await watching).toMatchObject({ exitCode: 130, stderr: "" });
    expect(JSON.parse(lines[1]).sessions.at(-1)).toMatchObject({ session: 1 });
  });

  it("says which session there is not", async () => {
    expect(await shell.rain("status", "77")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("77"),
    });
    expect((await shell.json("status", "no-such")).value.error.code).toBe("NOT_FOUND");
  });
});

describe("the other commands with --json", () => {
  it("answer with one document each", async () => {
    expect((await shell.json("wait", "1")).value).toMatchObject({
      session: 1,
      state: "finished",
      tasks: { total: 2 },
    });
    expect((await shell.json("fetch", "1", "second")).value).toEqual({
      version: 1,
      session: 1,
      ref: "second",
      size: 4,
      contentType: "",
      dataType: "blob",
      base64: Buffer.from("ONE\n").toString("base64"),
    });
    expect((await shell.json("fetch", "1", "second", "-o", "copy")).value).toMatchObject({
      path: "copy",
      size: 4,
    });
    const again = await runAgain("again");
    expect((await shell.json("cancel", again)).value).toMatchObject({
      session: Number(again),
      state: "finished",
    });
    expect((await shell.json("close", again)).value).toMatchObject({
      sessions: [{ session: Number(again) }],
    });
    expect((await shell.json("validate", "pipeline.yml")).value).toMatchObject({
      name: "pipeline",
      tasks: { total: 2 },
    });
    expect((await shell.json("tasks")).value).toMatchObject({
      types: expect.arrayContaining([expect.objectContaining({ name: "builtin/concat" })]),
      contentTypes: expect.arrayContaining(["json", "text"]),
    });
    expect((await shell.json("tasks", "run")).value).toMatchObject({
      name: "builtin/run",
      config: { type: "object" },
    });
    expect((await shell.json("tasks", "rum")).value.error.code).toBe("UNKNOWN_TASK_TYPE");
  });
});
