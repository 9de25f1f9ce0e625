import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { PluginStore } from "../../../../../src/runtime/server/objects/plugin-store.ts";

const TAR = Buffer.from("what a tar may hold");
const HASH = createHash("sha256").update(TAR).digest("hex");

async function newStore() {
  const parent = await mkdtemp(join(tmpdir(), "store-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const directory = join(parent, "plugins");
  return { directory, store: new PluginStore(directory) };
}

test("returns what was stored", async () => {
  const { store, directory } = await newStore();
  expect(store.has(HASH)).toBe(false);
  await Promise.all([store.receive(HASH, Readable.from([TAR])), store.receive(HASH, Readable.from([TAR]))]);
  expect(store.has(HASH)).toBe(true);
  const { size, body } = await store.read(HASH);
  expect(await buffer(body)).toEqual(TAR);
  expect(size).toBe(TAR.length);
  expect(await readdir(directory)).toEqual([`${HASH}.tar`]);
  await store.clear();
  expect(store.has(HASH)).toBe(false);
  expect(existsSync(directory)).toBe(false);
});

test.each([
  ["has another content", () => Readable.from(["something else"]), 1000, "INVALID_MESSAGE"],
  ["is too large", () => Readable.from([TAR]), TAR.length - 1, "LIMIT_EXCEEDED"],
  [
    "breaks off",
    () =>
      new Readable({
        read() {
          this.destroy(new Error("gone"));
        },
      }),
    1000,
    "IO",
  ],
])("keeps nothing of what %s", async (_, body, limit, code) => {
  const { store, directory } = await newStore();
  await expect(store.receive(HASH, body(), limit)).rejects.toMatchObject({ code });
  expect(store.has(HASH)).toBe(false);
  expect(await readdir(directory)).toEqual([]);
});

test("rejects an unknown hash", async () => {
  const { store } = await newStore();
  await expect(store.read(HASH)).rejects.toMatchObject({ code: "NOT_FOUND" });
});
