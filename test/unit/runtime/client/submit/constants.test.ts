import { mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { blob, directory, file, tasks } from "../../../../../src/runtime/client/index.ts";
import { startFakeServer } from "../fake-server.ts";

async function temporary(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "rain-test-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

describe("constants", () => {
  it("are part of the submit if they are small, from memory or from a file", async () => {
    const dir = await temporary();
    await writeFile(join(dir, "small.csv"), "1,2");
    const { client, chunks, uploads } = await startFakeServer();
    const session = await client.newSession();
    await session.submit(tasks.concat([blob("text"), file(join(dir, "small.csv"), { label: "table" })]));
    expect(chunks[0].constants).toEqual([
      { dataType: "blob", contentType: "text", size: 4, data: Buffer.from("text") },
      {
        dataType: "blob",
        label: "table",
        size: 3,
        data: Buffer.from("1,2"),
        file: { modifiedAt: expect.any(Number), executable: false },
      },
    ]);
    expect(uploads.size).toBe(0);
  });

  it("are uploaded before the submit if they are large", async () => {
    const dir = await temporary();
    const content = Buffer.alloc(3_000_000, "rain");
    await writeFile(join(dir, "large.bin"), content);
    const { client, chunks, uploads } = await startFakeServer();
    const session = await client.newSession();
    const large = blob(content.subarray(0, 20_000), { contentType: "user/Größe" });
    await session.submit(tasks.concat([blob("x"), large, file(join(dir, "large.bin"))]));
    expect(chunks[0].constants.map(({ size, data }) => [size, data !== undefined])).toEqual([
      [1, true],
      [20_000, false],
      [3_000_000, false],
    ]);
    expect([...uploads.keys()].sort()).toEqual([
      "/api/v1/sessions/1/constants/1",
      "/api/v1/sessions/1/constants/2",
    ]);
    const first = uploads.get("/api/v1/sessions/1/constants/1");
    expect(first?.headers).toMatchObject({
      "x-rain-data-type": "blob",
      "x-rain-content-type": encodeURIComponent("user/Größe"),
      "content-length": "20000",
    });
    expect(first?.body.equals(content.subarray(0, 20_000))).toBe(true);
    expect(uploads.get("/api/v1/sessions/1/constants/2")?.body.equals(content)).toBe(true);
  });

  it("are sent with the modification times of their files, and whether these are executable", async () => {
    const dir = await temporary();
    for (const [name, size] of [
      ["small", 3],
      ["large", 3_000_000],
    ] as const) {
      await writeFile(join(dir, name), Buffer.alloc(size), { mode: 0o755 });
      await utimes(join(dir, name), 1000, 1000);
    }
    const { client, chunks, uploads } = await startFakeServer();
    const session = await client.newSession();
    await session.submit(tasks.concat([file(join(dir, "small")), file(join(dir, "large")), blob("text")]));
    const facts = { modifiedAt: 1_000_000, executable: true };
    expect(chunks[0].constants.map(({ file }) => file)).toEqual([facts, facts, undefined]);
    const [upload] = uploads.values();
    expect(upload.headers).toMatchObject({ "x-rain-modified": "1000000", "x-rain-executable": "1" });
  });

  it("that cannot be read cause errors that name the path", async () => {
    const dir = await temporary();
    await symlink("/etc", join(dir, "out"));
    const { client, calls } = await startFakeServer();
    const session = await client.newSession();
    const missing = join(dir, "missing.csv");
    const cases = [file(missing), file(dir), directory(missing), directory(dir)];
    const paths = [missing, dir, missing, dir];
    for (const [i, object] of cases.entries()) {
      const task = tasks.sleep(object, 0);
      await expect(session.submit(task)).rejects.toMatchObject({
        code: "IO",
        message: expect.stringContaining(`cannot read ${paths[i]}: `),
      });
      expect(task.session).toBeUndefined();
    }
    expect(calls.some(({ method }) => method === "submit")).toBe(false);
  });
});
