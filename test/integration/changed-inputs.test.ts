import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { blob, directory, remote, tasks } from "../../src/runtime/client/index.ts";
import { startCluster, temporaryDirectory } from "./cluster.ts";

/** Made from texts, since the test runner rewrites the imports of its files. */
const spoil = remote(
  new Function(
    "path",
    'return import("node:fs").then((fs) => fs.appendFileSync(`${path}/file`, "EVIL"))',
  ) as (path: string) => Promise<void>,
);
const read = remote(
  new Function("path", 'return import("node:fs").then((fs) => fs.readFileSync(`${path}/file`, "utf8"))') as (
    path: string,
  ) => Promise<string>,
);

/** Writes other bytes of the same length, and sets back the times and the mode. */
const forge = remote(
  new Function(
    "path",
    `const script = 'touch -r file ../like && chmod u+w file && printf EVIL >file && touch -r ../like file && chmod u-w file';
    return import("node:child_process").then(({ execFileSync }) => {
      execFileSync("sh", ["-c", script.replaceAll("../like", process.cwd() + "/like")], { cwd: path });
    })`,
  ) as (path: string) => Promise<void>,
);

async function newDirectory(content: string): Promise<string> {
  const dir = await temporaryDirectory();
  await writeFile(join(dir, "file"), content);
  return dir;
}

describe("a task that changes its input", () => {
  test("fails, and names the file, whether the input is the output of a task or a constant", async () => {
    const { client } = await startCluster([1]);
    const constant = directory(await newDirectory("good"));
    const made = tasks.makeDirectory({ file: tasks.concat([blob("good")]) });
    for (const input of [constant, made]) {
      const session = await client.newSession();
      await session.submit(spoil(input));
      await expect(session.waitAll()).rejects.toMatchObject({
        code: "TASK_FAILED",
        message: expect.stringMatching(/the input "#1\/file" was changed while the task ran/),
      });
      await session.close();
    }
  });

  test("and sets back its size, times and mode, fails as well", async () => {
    const { client } = await startCluster([1]);
    const session = await client.newSession();
    await session.submit(forge(directory(await newDirectory("good"))));
    await expect(session.waitAll()).rejects.toMatchObject({
      code: "TASK_FAILED",
      message: expect.stringMatching(/the input "#1\/file" was changed while the task ran/),
    });
  });

  test.each([
    ["in size", spoil],
    ["with size, times and mode set back", forge],
  ])("%s, reaches no other reader: the object is taken from elsewhere or made again", async (_, change) => {
    const { client } = await startCluster([1]);
    for (const input of [
      directory(await newDirectory("good")),
      tasks.makeDirectory({ file: tasks.concat([blob("good")]) }),
    ]) {
      const session = await client.newSession({ onFailure: "continue" });
      const spoiling = change(input);
      const readings = Array.from({ length: 5 }, () => read(input).keep());
      await session.submit([spoiling, ...readings]);
      await session.waitAll().catch(() => {});
      for (const reading of readings) expect(await reading.value()).toBe("good");
      await session.close();
    }
  });
});

test("a file that two workers of a machine have is read by executors of both", async () => {
  const { client, workers } = await startCluster([1, 1]);
  const [first = 0, second = 0] = workers.map(({ id }) => id);
  const on = (worker: number) => ({ where: { workers: [worker] } });
  const sizeOf = (worker: number) => remote((bytes: Uint8Array) => bytes.length, on(worker));
  const session = await client.newSession();
  const made = tasks.concat([blob(Buffer.alloc(3 << 20))], on(first)).keep();
  const moved = tasks.sleep(made, 0, on(second)).keep();
  await session.submit(made, moved);
  await session.waitAll();
  const sizes = [sizeOf(first)(made), sizeOf(second)(moved), sizeOf(second)(made)].map((task) => task.keep());
  await session.submit(sizes);
  for (const size of sizes) expect(await size.value()).toBe(3 << 20);
});
