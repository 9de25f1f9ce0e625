import { chmod, link, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { packTar, type TarHeader } from "modern-tar";
import { describe, expect, test } from "vitest";
import { packTree, unpackTree } from "../../../../src/runtime/transport/tar.ts";
import { MiB, temporaryDirectory } from "../worker/support.ts";

/** A tree with everything that a directory object may contain. */
async function makeTree(root: string): Promise<void> {
  await mkdir(join(root, "sub", "empty"), { recursive: true });
  await writeFile(join(root, "b.txt"), "second");
  await writeFile(join(root, "a.txt"), "first");
  await writeFile(join(root, "sub", "run.sh"), "#!/bin/sh\n", { mode: 0o755 });
  await writeFile(join(root, "sub", "nothing"), "");
  await writeFile(join(root, `${"long-".repeat(60)}ü`.slice(-120)), "long name");
  await symlink("../a.txt", join(root, "sub", "link"));
}

function tarOf(
  ...entries: { header: Partial<TarHeader> & { name: string }; body?: string }[]
): Promise<Uint8Array> {
  return packTar(
    entries.map(({ header, body = "" }) => ({ header: { size: body.length, ...header }, body })),
  );
}

/** Changes the size in the first header, in base 256, which can represent any size. */
function declareSize(tar: Uint8Array, size: number): Uint8Array {
  const changed = Buffer.from(tar);
  changed.fill(0, 124, 136)[124] = 0x80;
  changed.writeUIntBE(size, 130, 6);
  changed.fill(" ", 148, 156);
  const sum = changed.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return changed;
}

describe("packing", () => {
  test("a tree survives packing and unpacking", async () => {
    const root = await temporaryDirectory();
    await makeTree(join(root, "tree"));
    await unpackTree(packTree(join(root, "tree")), join(root, "copy"));
    const names = await readdir(join(root, "tree"), { recursive: true });
    expect(names).toHaveLength(8);
    expect((await readdir(join(root, "copy"), { recursive: true })).sort()).toEqual(names.sort());
    expect(await readFile(join(root, "copy", "sub", "link"), "utf8")).toBe("first");
    expect((await stat(join(root, "copy", "sub", "run.sh"))).mode & 0o777).toBe(0o755);
    expect((await stat(join(root, "copy", "b.txt"))).mode & 0o777).toBe(0o644);
  });

  test("files keep their modification times, to the second", async () => {
    const root = await temporaryDirectory();
    await mkdir(join(root, "tree"));
    await writeFile(join(root, "tree", "file"), "");
    await utimes(join(root, "tree", "file"), 1000.5, 1000.5);
    await unpackTree(packTree(join(root, "tree")), join(root, "copy"));
    expect((await stat(join(root, "copy", "file"))).mtimeMs).toBe(1_000_000);
  });

  test("without times, equal trees give equal bytes, regardless of order, hard links and other modes", async () => {
    const root = await temporaryDirectory();
    const [one, two] = [join(root, "one"), join(root, "two")];
    await mkdir(one);
    await writeFile(join(one, "a"), "same");
    await writeFile(join(one, "b"), "same");
    await mkdir(two);
    await writeFile(join(two, "b"), "same");
    await link(join(two, "b"), join(two, "a"));
    await chmod(join(two, "a"), 0o400);
    await utimes(join(two, "a"), 1, 1);
    const bytesOf = (tree: string) => buffer(packTree(tree, { times: "none" }));
    expect(await bytesOf(one)).toEqual(await bytesOf(two));
  });

  test("a link that leads out of the tree ends the tar with an error", async () => {
    const root = await temporaryDirectory();
    await symlink("/nowhere/rain-hostile", join(root, "link"));
    await expect(buffer(packTree(root))).rejects.toMatchObject({ code: "IO" });
  });

  test("a reader may stop early", async () => {
    const root = await temporaryDirectory();
    await writeFile(join(root, "large"), new Uint8Array(30 * MiB));
    const tar = packTree(root);
    for await (const chunk of tar) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(tar.destroyed).toBe(true);
  });
});

describe("unpacking hostile tars", () => {
  const cases: [what: string, tar: Promise<Uint8Array>][] = [
    ["an absolute path", tarOf({ header: { name: "/nowhere/rain-hostile" }, body: "x" })],
    ["a path up and out", tarOf({ header: { name: "a/../../rain-hostile" }, body: "x" })],
    [
      "an absolute link",
      tarOf({ header: { name: "link", type: "symlink", linkname: "/nowhere/rain-hostile" } }),
    ],
    ["a link out", tarOf({ header: { name: "link", type: "symlink", linkname: "../rain-hostile" } })],
    ["a hard link out", tarOf({ header: { name: "link", type: "link", linkname: "../rain-hostile" } })],
    [
      "a file through a link out",
      tarOf(
        { header: { name: "d", type: "symlink", linkname: ".." } },
        { header: { name: "d/rain-hostile" }, body: "x" },
      ),
    ],
    [
      "a file through a link that leads out by a second one",
      tarOf(
        { header: { name: "a/b/up", type: "symlink", linkname: "../.." } },
        { header: { name: "out", type: "symlink", linkname: "a/b/up/.." } },
        { header: { name: "out/rain-hostile" }, body: "x" },
      ),
    ],
    [
      "a hard link through a link that leads out",
      tarOf(
        { header: { name: "a/b/up", type: "symlink", linkname: "../.." } },
        { header: { name: "stolen", type: "link", linkname: "a/b/up/../rain-outside" } },
      ),
    ],
    [
      "a link in the place of a directory that a later file lies in",
      tarOf(
        { header: { name: "d/", type: "directory" } },
        { header: { name: "d", type: "symlink", linkname: ".." } },
        { header: { name: "d/rain-hostile" }, body: "x" },
      ),
    ],
    [
      "a path out in a pax header",
      tarOf({ header: { name: "a", pax: { path: "../rain-hostile" } }, body: "x" }),
    ],
    [
      "a link out in a pax header",
      tarOf({ header: { name: "a", type: "symlink", linkname: "b", pax: { linkpath: "../rain-hostile" } } }),
    ],
    [
      "a size that is never reached",
      tarOf({ header: { name: "a" }, body: "x" }).then((tar) => declareSize(tar, 2 ** 40)),
    ],
    ["a path deeper than any", tarOf({ header: { name: `${"d/".repeat(3000)}a` }, body: "x" })],
    [
      "a file in a file",
      tarOf({ header: { name: "a" }, body: "x" }, { header: { name: "a/rain-hostile" }, body: "x" }),
    ],
    ["a device", tarOf({ header: { name: "null", type: "character-device" } })],
    ["a pipe", tarOf({ header: { name: "pipe", type: "fifo" } })],
  ];

  test.each(cases)("rejects %s and writes nothing outside", async (_, tar) => {
    const root = await temporaryDirectory();
    await writeFile(join(root, "rain-outside"), "outside");
    await expect(unpackTree(Readable.from([await tar]), join(root, "target"))).rejects.toThrow();
    expect((await readdir(root)).sort()).toEqual(["rain-outside", "target"]);
    expect((await stat(join(root, "rain-outside"))).nlink).toBe(1);
  });

  test("an incomplete tar is an error", async () => {
    const root = await temporaryDirectory();
    const tar = await tarOf({ header: { name: "a" }, body: "x".repeat(2000) });
    await expect(unpackTree(Readable.from([tar.subarray(0, 1500)]), join(root, "target"))).rejects.toThrow();
  });

  test.each([
    ["names that differ in their case", ["a", "A"], ["A", "a"]],
    ["a name twice, of which the first counts", ["a", "a"], ["a"]],
  ])("%s do no harm", async (_, names, expected) => {
    const root = await temporaryDirectory();
    const tar = await tarOf(...names.map((name, i) => ({ header: { name }, body: String(i) })));
    await unpackTree(Readable.from([tar]), join(root, "target"));
    expect((await readdir(join(root, "target"))).sort()).toEqual(expected);
    expect(await readFile(join(root, "target", "a"), "utf8")).toBe("0");
  });

  test("unpacks a directory without permissions for its owner", async () => {
    const root = await temporaryDirectory();
    const tar = await tarOf(
      { header: { name: "d/", type: "directory", mode: 0 } },
      { header: { name: "d/a", mode: 0o4777 }, body: "x" },
    );
    await unpackTree(Readable.from([tar]), join(root, "target"));
    expect(await readFile(join(root, "target", "d", "a"), "utf8")).toBe("x");
    expect((await stat(join(root, "target", "d", "a"))).mode & 0o7000, "no set-user-id").toBe(0);
  });
});
